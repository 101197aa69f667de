//! Why definitions differ: words unnamed, in the order of the report's own.

use serde::{Deserialize, Serialize};
use tally_count::{Cause, Difference, Differences, Example, Words};
use tally_jobs::report::Numbers;

use super::{Unreadable, signed, unsigned};

/// One cause: its name, how many clusters, their words, and examples with their places.
#[derive(Debug, Serialize, Deserialize)]
pub struct CauseShape(String, i64, Vec<i64>, Vec<(String, i64, Vec<i64>)>);

/// The causes to store beside these numbers.
pub fn write(told: &Differences, numbers: &Numbers) -> Vec<CauseShape> {
    let words =
        |words: &Words| numbers.words.iter().map(|(by, _)| signed(words.get(*by))).collect::<Vec<_>>();
    let example = |one: &Example| (one.text.clone(), signed(one.offset_bytes), words(&one.words));
    let shape = |one: &Difference| {
        let examples = one.examples.iter().map(example).collect();
        CauseShape(one.cause.as_str().to_owned(), signed(one.clusters), words(&one.words), examples)
    };
    told.causes().iter().map(shape).collect()
}

/// Reads them back.
pub fn read(shapes: Vec<CauseShape>, numbers: &Numbers) -> Result<Differences, Unreadable> {
    let words = |counts: Vec<i64>| {
        let mut words = Words::default();
        for ((by, _), count) in numbers.words.iter().zip(counts) {
            words.set(*by, unsigned(count, "count")?);
        }
        Ok::<_, Unreadable>(words)
    };
    let example = |(text, offset, counts)| {
        Ok(Example { text, offset_bytes: unsigned(offset, "offset")?, words: words(counts)? })
    };
    let read = |CauseShape(name, clusters, counts, examples)| {
        let Some(cause) = Cause::named(&name) else { return Err(Unreadable::Name { what: "cause", name }) };
        let examples = examples.into_iter().map(example).collect::<Result<_, Unreadable>>()?;
        Ok(Difference { cause, clusters: unsigned(clusters, "count")?, words: words(counts)?, examples })
    };
    shapes.into_iter().map(read).collect::<Result<_, _>>().map(Differences::new)
}
