//! The character that replaces bytes that could not be decoded.

/// Replaces bytes that are invalid in the charset of a text.
///
/// It is U+FFFF, a noncharacter that no text uses. [`Definition::Wc`](crate::Definition::Wc) ignores it: it neither
/// starts nor ends a word, just as GNU `wc` ignores invalid bytes. Every other definition treats it as U+FFFD, the usual
/// replacement character, which is a symbol. Examples show it as U+FFFD.
///
/// ```
/// use tally_count::{Definition, Options, UNDECODED, count};
/// let words = |text: &str| count(text, &Options::default()).words;
/// let (damaged, replaced) = (words(&format!("a {UNDECODED} b")), words("a \u{FFFD} b"));
/// assert_eq!((damaged.get(Definition::Wc), replaced.get(Definition::Wc)), (2, 3));
/// assert_eq!(damaged.get(Definition::Office), replaced.get(Definition::Office));
/// ```
pub const UNDECODED: char = '\u{FFFF}';

/// `text` with U+FFFD for each [`UNDECODED`].
pub(crate) fn displayed(text: &str) -> String {
    text.replace(UNDECODED, "\u{FFFD}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Cause, Options, count};

    #[test]
    fn examples_show_the_replacement_character() {
        let tally = count(&format!("a {UNDECODED}"), &Options::default().with_differences(true));
        let differences = tally.differences().unwrap();
        let found = differences.causes().iter().find(|found| found.cause == Cause::Symbol).unwrap();
        assert_eq!(found.examples[0].text, "\u{FFFD}");
    }
}
