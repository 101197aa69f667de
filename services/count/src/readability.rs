//! Scores how hard a text is to read.
//!
//! A formula only applies to the languages it was developed and tested for. Scores are computed on
//! request from the histogram and the number of sentences, so counting does not pay for them.

mod syllables;

use crate::Histogram;
use syllables::SyllableRules;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Formula {
    /// Flesch 1948, English: 206.835 - 1.015 words a sentence - 84.6 syllables a word; 100 is easy.
    FleschReadingEase,
    /// Kincaid 1975, English: 0.39 words a sentence + 11.8 syllables a word - 15.59, a school year.
    FleschKincaidGrade,
    /// Amstad 1978, German: 180 - words a sentence - 58.5 syllables a word.
    FleschAmstad,
    /// Kandel and Moles 1958, French: 207 - 1.015 words a sentence - 73.6 syllables a word.
    FleschKandelMoles,
    /// Szigriszt-Pazos 1993, Spanish: 206.835 - words a sentence - 62.3 syllables a word.
    FleschSzigriszt,
    /// Douma 1960, Dutch: 206.84 - 0.93 words a sentence - 77 syllables a word.
    FleschDouma,
    /// Oborneva 2006, Russian: 206.835 - 1.3 words a sentence - 60.1 syllables a word.
    FleschOborneva,
    /// Lucisano and Piemontese 1988, Italian: 89 + (300 sentences - 10 letters) / words.
    Gulpease,
    /// Björnsson 1968: words a sentence + words of more than six letters in a hundred; 20 is easy.
    /// For the eleven languages that he compared in 1983.
    Lix,
}

/// The score of a text by one formula.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Readability {
    pub formula: Formula,
    /// The score, rounded to tenths.
    pub score: f64,
}

/// Minimum number of words for a score: the formulas were developed on samples of this size.
const MIN_WORDS: u64 = 100;
/// Minimum number of letters of a long word.
const LONG_WORD: usize = 7;

impl Formula {
    pub const ALL: [Self; 9] = [
        Self::FleschReadingEase,
        Self::FleschKincaidGrade,
        Self::FleschAmstad,
        Self::FleschKandelMoles,
        Self::FleschSzigriszt,
        Self::FleschDouma,
        Self::FleschOborneva,
        Self::Gulpease,
        Self::Lix,
    ];

    /// The name used in results.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FleschReadingEase => "flesch_reading_ease",
            Self::FleschKincaidGrade => "flesch_kincaid_grade",
            Self::FleschAmstad => "flesch_amstad",
            Self::FleschKandelMoles => "flesch_kandel_moles",
            Self::FleschSzigriszt => "flesch_szigriszt",
            Self::FleschDouma => "flesch_douma",
            Self::FleschOborneva => "flesch_oborneva",
            Self::Gulpease => "gulpease",
            Self::Lix => "lix",
        }
    }

    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|formula| formula.as_str() == name)
    }

    /// Tags of the languages that the formula applies to.
    #[must_use]
    pub const fn languages(self) -> &'static [&'static str] {
        match self {
            Self::FleschReadingEase | Self::FleschKincaidGrade => &["en"],
            Self::FleschAmstad => &["de"],
            Self::FleschKandelMoles => &["fr"],
            Self::FleschSzigriszt => &["es"],
            Self::FleschDouma => &["nl"],
            Self::FleschOborneva => &["ru"],
            Self::Gulpease => &["it"],
            Self::Lix => &["da", "de", "en", "es", "fi", "fr", "it", "nb", "pt", "ru", "sv"],
        }
    }

    /// How the input of the formula is estimated; `None` if it is counted exactly.
    #[must_use]
    pub const fn estimated_by(self) -> Option<&'static str> {
        match self {
            Self::Gulpease | Self::Lix | Self::FleschOborneva => None,
            _ => Some("syllables are counted by groups of vowels, with rules for silent ones"),
        }
    }

    fn score(self, statistics: &TextStatistics) -> f64 {
        let (sentence, word) =
            (statistics.words / statistics.sentences, statistics.syllables / statistics.words);
        match self {
            Self::FleschReadingEase => 206.835 - 1.015 * sentence - 84.6 * word,
            Self::FleschKincaidGrade => 0.39 * sentence + 11.8 * word - 15.59,
            Self::FleschAmstad => 180.0 - sentence - 58.5 * word,
            Self::FleschKandelMoles => 207.0 - 1.015 * sentence - 73.6 * word,
            Self::FleschSzigriszt => 206.835 - sentence - 62.3 * word,
            Self::FleschDouma => 206.84 - 0.93 * sentence - 77.0 * word,
            Self::FleschOborneva => 206.835 - 1.3 * sentence - 60.1 * word,
            Self::Gulpease => {
                89.0 + (300.0 * statistics.sentences - 10.0 * statistics.letters) / statistics.words
            }
            Self::Lix => sentence + 100.0 * statistics.long_words / statistics.words,
        }
    }
}

/// The inputs of the formulas.
struct TextStatistics {
    words: f64,
    sentences: f64,
    syllables: f64,
    letters: f64,
    long_words: f64,
}

/// The scores of a text with these words and sentences, by all formulas for `language`.
pub(crate) fn of(language: &str, words: &Histogram, sentences: u64) -> Vec<Readability> {
    let language = language.split('-').next().unwrap_or(language);
    let language = if language == "no" { "nb" } else { language };
    let formulas: Vec<_> =
        Formula::ALL.into_iter().filter(|formula| formula.languages().contains(&language)).collect();
    let all = words.occurrences();
    if formulas.is_empty() || all < MIN_WORDS || sentences == 0 || !words.is_complete() {
        return Vec::new();
    }
    let statistics = statistics(SyllableRules::named(language), words, all, sentences);
    let rounded = |score: f64| (score * 10.0).round() / 10.0;
    formulas
        .into_iter()
        .map(|formula| Readability { formula, score: rounded(formula.score(&statistics)) })
        .collect()
}

fn statistics(language: SyllableRules, words: &Histogram, all: u64, sentences: u64) -> TextStatistics {
    let (mut syllables, mut letters, mut long) = (0, 0, 0);
    for (word, count) in words.iter() {
        let length = match word.is_ascii() {
            true => word.bytes().filter(u8::is_ascii_alphanumeric).count(),
            false => word.chars().filter(|c| c.is_alphanumeric()).count(),
        };
        syllables += count * language.syllables(word);
        letters += count * length as u64;
        long += if length >= LONG_WORD { count } else { 0 };
    }
    TextStatistics {
        words: all as f64,
        sentences: sentences as f64,
        syllables: syllables as f64,
        letters: letters as f64,
        long_words: long as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, count};

    fn scores(language: &str, text: &str) -> Vec<(Formula, f64)> {
        let scores = count(text, &Options::default()).readability(language);
        scores.into_iter().map(|one| (one.formula, one.score)).collect()
    }

    #[test]
    fn computes_scores_of_a_known_text() {
        // Twenty sentences of six words, eight syllables, one long word, 29 letters.
        let text = "The cat sat here on velvets. ".repeat(20);
        let ease = (Formula::FleschReadingEase, 102.0);
        let grade = (Formula::FleschKincaidGrade, 0.5);
        let lix = (Formula::Lix, 22.7);
        assert_eq!(scores("en", &text), [ease, grade, lix]);
        assert_eq!(scores("it", &text)[0], (Formula::Gulpease, 102.3));
        assert_eq!(scores("sv", &text), [lix]);
    }

    #[test]
    fn gives_no_score_without_a_formula_or_enough_words() {
        let text = "The cat sat here on velvets. ".repeat(20);
        for language in ["zh", "tr", "", "pl"] {
            assert_eq!(scores(language, &text), [], "{language}");
        }
        assert_eq!(scores("en", "Too short."), []);
        assert_eq!(scores("en-GB", &text).len(), 3);
    }

    #[test]
    fn parses_every_name() {
        for formula in Formula::ALL {
            assert_eq!(Formula::named(formula.as_str()), Some(formula));
        }
    }
}
