//! Why definitions differ, on disk: words unnamed, in the order of the report's own.

use serde::{Deserialize, Serialize};
use tally_count::{Cause, Difference, Differences, Example, Words};
use tally_jobs::report::Numbers;

use super::{Text, Unreadable};

/// One cause: its name, how many clusters, their words, and examples with their places.
#[derive(Serialize, Deserialize)]
pub struct Shape<'a>(
    #[serde(borrow)] Text<'a>,
    u64,
    Vec<u64>,
    #[serde(borrow)] Vec<(Text<'a>, u64, Vec<u64>)>,
);

/// The causes to store beside these numbers.
pub fn write<'a>(told: &'a Differences, numbers: &Numbers) -> Vec<Shape<'a>> {
    let words = |words: &Words| numbers.words.iter().map(|(by, _)| words.get(*by)).collect::<Vec<_>>();
    let example = |one: &'a Example| (one.text.as_str().into(), one.offset_bytes, words(&one.words));
    let shape = |one: &'a Difference| {
        let examples = one.examples.iter().map(example).collect();
        Shape(one.cause.as_str().into(), one.clusters, words(&one.words), examples)
    };
    told.causes().iter().map(shape).collect()
}

/// Reads them back.
pub fn read(shapes: Vec<Shape<'_>>, numbers: &Numbers) -> Result<Differences, Unreadable> {
    let words = |counts: Vec<u64>| {
        let mut words = Words::default();
        numbers.words.iter().zip(counts).for_each(|((by, _), count)| words.set(*by, count));
        words
    };
    let example = |(text, offset_bytes, counts): (Text<'_>, u64, Vec<u64>)| Example {
        text: text.into_owned(),
        offset_bytes,
        words: words(counts),
    };
    let read = |Shape(name, clusters, counts, examples): Shape<'_>| {
        let cause =
            Cause::named(&name).ok_or_else(|| Unreadable::Name { what: "cause", name: name.into_owned() })?;
        let examples = examples.into_iter().map(example).collect();
        Ok(Difference { cause, clusters, words: words(counts), examples })
    };
    shapes.into_iter().map(read).collect::<Result<_, Unreadable>>().map(Differences::new)
}
