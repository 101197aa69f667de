//! Why definitions differ. The word counts have no names; they follow the order of the numbers in the summary.

use serde::{Deserialize, Serialize};
use tally_count::{Cause, Difference, Differences, Example, Words};

use super::{Text, UnreadablePart};
use crate::report::Numbers;

/// One cause: its name, how many clusters, their words, and examples with their places.
#[derive(Serialize, Deserialize)]
pub(super) struct DifferenceShape<'a>(
    #[serde(borrow)] Text<'a>,
    u64,
    Vec<u64>,
    #[serde(borrow)] Vec<(Text<'a>, u64, Vec<u64>)>,
);

/// The causes to store beside these numbers.
pub(super) fn write<'a>(found: &'a Differences, numbers: &Numbers) -> Vec<DifferenceShape<'a>> {
    let words = |words: &Words| numbers.words.iter().map(|(by, _)| words.get(*by)).collect::<Vec<_>>();
    let example = |one: &'a Example| (one.text.as_str().into(), one.offset_bytes, words(&one.words));
    let shape = |one: &'a Difference| {
        let examples = one.examples.iter().map(example).collect();
        DifferenceShape(one.cause.as_str().into(), one.clusters, words(&one.words), examples)
    };
    found.causes().iter().map(shape).collect()
}

/// Reads them back.
pub(super) fn read(
    shapes: Vec<DifferenceShape<'_>>,
    numbers: &Numbers,
) -> Result<Differences, UnreadablePart> {
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
    let read = |DifferenceShape(name, clusters, counts, examples): DifferenceShape<'_>| {
        let cause = Cause::named(&name)
            .ok_or_else(|| UnreadablePart::Name { what: "cause", name: name.into_owned() })?;
        let examples = examples.into_iter().map(example).collect();
        Ok(Difference { cause, clusters, words: words(counts), examples })
    };
    shapes.into_iter().map(read).collect::<Result<_, UnreadablePart>>().map(Differences::new)
}
