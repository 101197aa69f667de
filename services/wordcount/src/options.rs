//! What a client may ask of a count.

use tally_count::{Case, Definition, Ngrams};
use tally_extract::Region;

/// The language that a client gives for its text: a BCP 47 tag such as `de` or `zh-Hant`.
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

/// The options of a count. The API checks their bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountOptions {
    /// The definition of the headline number; the text's language decides when it is not given.
    pub definition: Option<Definition>,
    /// How many of the most frequent words the record shows: 0 to [`CountOptions::MOST_TOP`].
    pub top: usize,
    /// Whether words that differ in case only are one in the histogram.
    pub case: Case,
    /// Whether the record says why its definitions differ: it costs about half of the counting again.
    pub why: bool,
    /// N-gram length, 2 to [`Ngrams::LONGEST`]; 0 disables n-grams.
    pub ngrams: usize,
    /// The regions that count; by default what a reader sees.
    pub regions: Option<Vec<Region>>,
    /// The language, where the client knows it.
    pub language: Option<LanguageTag>,
}

impl CountOptions {
    /// The most words that a record shows.
    pub const MOST_TOP: usize = 10_000;
    /// The most n-grams that it shows, whatever `top` is: each is several words long.
    pub const MOST_NGRAMS: usize = 1_000;
    /// How many words it shows by default.
    pub const TOP: usize = 100;

    /// Whether an n-gram may have this length, or 0 for none: one word is not an n-gram.
    #[must_use]
    pub const fn is_ngram(words: usize) -> bool {
        words == 0 || (words >= 2 && words <= Ngrams::LONGEST)
    }
}

impl Default for CountOptions {
    fn default() -> Self {
        Self {
            definition: None,
            top: Self::TOP,
            case: Case::Fold,
            why: false,
            ngrams: 0,
            regions: None,
            language: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::LanguageTag;

    #[test]
    fn language_tags_have_the_shape_of_bcp_47() {
        assert!(LanguageTag::parse("zh-Hant-TW").is_some());
        for bad in ["", "e", "12", "en_US", "en-", "en-toolonglong", "é"] {
            assert_eq!(LanguageTag::parse(bad), None, "{bad:?}");
        }
    }
}
