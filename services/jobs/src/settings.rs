//! What a client may ask of a job beside its text.

use std::time::Duration;

use tally_count::{Case, Definition, Ngrams};
use tally_extract::Region;

/// How urgent a job is. Each class has its own line; lines are drained by weight, so that none starves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Priority {
    /// Before others.
    High,
    /// As it comes.
    #[default]
    Normal,
    /// When there is time.
    Low,
}

impl Priority {
    /// All classes, the most urgent first.
    pub const ALL: [Self; 3] = [Self::High, Self::Normal, Self::Low];

    /// Its word on the wire and on disk.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Normal => "normal",
            Self::Low => "low",
        }
    }

    /// Reads that word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|priority| priority.as_str() == text)
    }
}

/// The language that a client says its text is in: a BCP 47 tag such as `de` or `zh-Hant`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LanguageTag(String);

impl LanguageTag {
    /// Takes a tag of the shape of BCP 47: subtags of 1 to 8 letters or digits, joined by `-`, 35 bytes at most
    /// (RFC 5646 4.4.1), the first 2 to 8 letters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let shaped = text.len() <= 35
            && text
                .split('-')
                .all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()));
        let first = text.split('-').next().unwrap_or_default();
        let language = first.len() >= 2 && first.bytes().all(|b| b.is_ascii_alphabetic());
        (shaped && language).then(|| Self(text.to_owned()))
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A mark of the client's own, to find jobs by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// Its name: 1 to [`Label::LONGEST`] bytes, without control characters.
    pub name: String,
    /// Its value: up to [`Label::LONGEST`] bytes, without control characters.
    pub value: String,
}

impl Label {
    /// The most labels of one job.
    pub const MOST: usize = 16;
    /// The longest name or value, in bytes.
    pub const LONGEST: usize = 128;

    /// A label, when both parts are within bounds. Names hold no `:`, which divides name from value in filters.
    #[must_use]
    pub fn new(name: &str, value: &str) -> Option<Self> {
        let plain = |text: &str| text.len() <= Self::LONGEST && !text.chars().any(char::is_control);
        let good = !name.is_empty() && !name.contains(':') && plain(name) && plain(value);
        good.then(|| Self { name: name.to_owned(), value: value.to_owned() })
    }
}

/// The options of a job, each within its bounds (the door checks them).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The definition of the headline number; by the text's language when not given.
    pub definition: Option<Definition>,
    /// How many of the most frequent words the record shows: 0 to [`Settings::MOST_TOP`].
    pub top: usize,
    /// Whether words that differ in case only are one in the histogram.
    pub case: Case,
    /// Whether the record tells why its definitions differ: it costs about half of the counting again.
    pub why: bool,
    /// How many words stand in each row of words that the record shows, 2 to [`Ngrams::LONGEST`]; 0 shows none.
    pub ngrams: usize,
    /// The regions that count; what a reader sees when not given.
    pub regions: Option<Vec<Region>>,
    /// The language, where the client knows it.
    pub language: Option<LanguageTag>,
    /// Its line.
    pub priority: Priority,
    /// How long after its acceptance it may at most end; then it fails.
    pub deadline: Duration,
    /// How long after its end it is kept.
    pub retain: Duration,
    /// Marks of the client's own, sorted by name, each name once.
    pub labels: Vec<Label>,
}

impl Settings {
    /// The most words that a record shows.
    pub const MOST_TOP: usize = 10_000;
    /// The most rows of words that it shows, whatever `top` is: a row is several words long.
    pub const MOST_NGRAMS: usize = 1_000;
    /// How many it shows when nothing is said.
    pub const TOP: usize = 100;
    /// The deadline when nothing is said: one day.
    pub const DEADLINE: Duration = Duration::from_secs(24 * 3600);
    /// The furthest deadline: thirty days.
    pub const LONGEST_DEADLINE: Duration = Duration::from_secs(30 * 24 * 3600);
    /// How long an ended job is kept when nothing is said: seven days.
    pub const RETAIN: Duration = Duration::from_secs(7 * 24 * 3600);
    /// The longest that one may be kept: a year.
    pub const LONGEST_RETAIN: Duration = Duration::from_secs(365 * 24 * 3600);
    /// The least that a job with an idempotency key is kept: its key stays bound for a day.
    pub const LEAST_RETAIN_KEYED: Duration = Duration::from_secs(24 * 3600);

    /// Whether a row may have so many words, or none be shown: one word is no row.
    #[must_use]
    pub const fn is_ngram(words: usize) -> bool {
        words == 0 || (words >= 2 && words <= Ngrams::LONGEST)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            definition: None,
            top: Self::TOP,
            case: Case::Fold,
            why: false,
            ngrams: 0,
            regions: None,
            language: None,
            priority: Priority::Normal,
            deadline: Self::DEADLINE,
            retain: Self::RETAIN,
            labels: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_wire_are_read_back() {
        for priority in Priority::ALL {
            assert_eq!(Priority::parse(priority.as_str()), Some(priority));
        }
        assert_eq!(Priority::parse("urgent"), None);
    }

    #[test]
    fn tags_and_labels_have_bounds() {
        assert!(LanguageTag::parse("zh-Hant-TW").is_some());
        for bad in ["", "e", "12", "en_US", "en-", "en-toolonglong", "é"] {
            assert_eq!(LanguageTag::parse(bad), None, "{bad:?}");
        }
        assert!(Label::new("team", "docs: north").is_some());
        assert_eq!(Label::new("", "x"), None);
        assert_eq!(Label::new("a:b", "x"), None);
        assert_eq!(Label::new("a", "line\nbreak"), None);
        assert_eq!(Label::new("a", &"x".repeat(129)), None);
    }
}
