//! What stands in a text for bytes that were no characters.
//!
//! Knows the one character that says so; who decodes, and by which charset, is not known here.

/// Stands for bytes that the charset of a text does not have.
///
/// A noncharacter, which no text has a use for. GNU `wc` passes over such bytes: they neither start nor end a word; so does
/// [`Definition::Wc`](crate::Definition::Wc). To everything else it is what is usually put in the place of such bytes,
/// U+FFFD, which is a symbol; and that is what is shown of it.
///
/// ```
/// use tally_count::{Definition, Options, UNDECODED, count};
/// let words = |text: &str| count(text, &Options::default()).words;
/// let (damaged, replaced) = (words(&format!("a {UNDECODED} b")), words("a \u{FFFD} b"));
/// assert_eq!((damaged.get(Definition::Wc), replaced.get(Definition::Wc)), (2, 3));
/// assert_eq!(damaged.get(Definition::Office), replaced.get(Definition::Office));
/// ```
pub const UNDECODED: char = '\u{FFFF}';

/// The text as it is shown to people.
pub(crate) fn shown(text: &str) -> String {
    text.replace(UNDECODED, "\u{FFFD}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Cause, Options, count};

    #[test]
    fn examples_show_what_people_know() {
        let tally = count(&format!("a {UNDECODED}"), &Options::default().with_differences(true));
        let differences = tally.differences().unwrap();
        let found = differences.causes().iter().find(|found| found.cause == Cause::Symbol).unwrap();
        assert_eq!(found.examples[0].text, "\u{FFFD}");
    }
}
