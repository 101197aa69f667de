//! The language of a text, from what was counted: letters by script, and words by frequency.
//!
//! Knows tallies, not texts, so it costs nothing until it is asked for, and merged tallies give the
//! answer of the whole. Scripts that one language uses decide alone; where several share one, small
//! words do, and only where these say too little, trigrams of the frequent words.

mod function_words;
#[cfg(test)]
mod tests;
mod trigrams;

use crate::Histogram;
use crate::properties::ScriptClass;
use crate::segment_counter::LettersByScript;

/// A language and how sure we are of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Language {
    /// BCP 47 tag, such as `en` or `zh`.
    pub tag: String,
    /// From 0 (a guess) to 1 (certain).
    pub confidence: f32,
}

/// A language by its tag and the confidence in it.
type LanguageGuess = (&'static str, f32);

/// Below this, no language is named.
const LEAST_CONFIDENCE: f32 = 0.1;
/// Above this, small words need no trigrams beside them.
const SURE: f32 = 0.3;
/// Share of kana among the characters of a Japanese text, at least, in percent.
const LEAST_KANA: u64 = 5;

/// The language of a text with these letters and words.
pub(crate) fn of(letters: &LettersByScript, words: &Histogram) -> Option<Language> {
    let (script, share) = dominant(letters)?;
    let (tag, confidence) = match script {
        ScriptClass::Latin | ScriptClass::Cyrillic | ScriptClass::Arabic | ScriptClass::Devanagari => {
            by_words(script, words)?
        }
        _ => (of_script(script, letters)?, enough(letters[script as usize])),
    };
    let confidence = confidence * share;
    (confidence >= LEAST_CONFIDENCE).then(|| Language { tag: tag.to_owned(), confidence })
}

/// The first `n` of these words that are no articles, prepositions and the like of the language with
/// this tag; none for a language whose small words are not known. For who has ranked the words of a
/// [`Histogram`] already; others ask [`Tally::keywords`](crate::Tally::keywords).
#[must_use]
pub fn keywords<'a>(
    tag: &str,
    ranked: impl IntoIterator<Item = (&'a str, u64)>,
    n: usize,
) -> Vec<(&'a str, u64)> {
    match small_words(tag) {
        Some(small) => ranked.into_iter().filter(|(word, _)| !small.has(word)).take(n).collect(),
        None => Vec::new(),
    }
}

/// The same of all words.
pub(crate) fn keywords_of<'a>(tag: &str, words: &'a Histogram, n: usize) -> Vec<(&'a str, u64)> {
    match small_words(tag) {
        // Before the last one wanted there may stand every small word, but nothing else that is passed over.
        Some(small) => keywords(tag, words.top(n.saturating_add(small.len())), n),
        None => Vec::new(),
    }
}

fn small_words(tag: &str) -> Option<function_words::FunctionWords> {
    function_words::of(tag.split('-').next().unwrap_or(tag))
}

/// Whether most of the text is in a script that is written without spaces.
pub(crate) fn is_written_without_spaces(letters: &LettersByScript) -> bool {
    use ScriptClass::{Han, Kana, Khmer, Lao, Myanmar, Thai};
    let script = dominant(letters).map(|(script, _)| script);
    script.is_some_and(|script| matches!(script, Han | Kana | Khmer | Lao | Myanmar | Thai))
}

/// Which of the languages that GMX-V counts by characters the text is in, if any.
pub(crate) fn billed_by_character(letters: &LettersByScript) -> Option<&'static str> {
    let (script, _) = dominant(letters)?;
    let tag = of_script(script, letters)?;
    matches!(tag, "zh" | "ja" | "ko" | "th").then_some(tag)
}

/// The script of most of the text, Han and kana taken together as the larger of them, and its share.
/// A character of these or of Hangul weighs as two letters of others: it says as much.
fn dominant(letters: &LettersByScript) -> Option<(ScriptClass, f32)> {
    let weight = |script: ScriptClass| match script {
        ScriptClass::Other => 0,
        ScriptClass::Kana => 0,
        ScriptClass::Han => 2 * (letters[ScriptClass::Han as usize] + letters[ScriptClass::Kana as usize]),
        ScriptClass::Hangul => 2 * letters[ScriptClass::Hangul as usize],
        _ => letters[script as usize],
    };
    let all: u64 = ScriptClass::ALL.map(weight).iter().sum();
    let first = ScriptClass::ALL.into_iter().rev().max_by_key(|&script| weight(script))?;
    (all > 0).then(|| (first, weight(first) as f32 / all as f32))
}

/// From 0 to 1 with the number of pieces of evidence.
fn enough(pieces: u64) -> f32 {
    pieces as f32 / (pieces as f32 + 2.0)
}

/// The language of a script that decides alone.
fn of_script(script: ScriptClass, letters: &LettersByScript) -> Option<&'static str> {
    Some(match script {
        ScriptClass::Han | ScriptClass::Kana => {
            let (han, kana) = (letters[ScriptClass::Han as usize], letters[ScriptClass::Kana as usize]);
            if kana * 100 >= (han + kana) * LEAST_KANA { "ja" } else { "zh" }
        }
        ScriptClass::Greek => "el",
        ScriptClass::Hebrew => "he",
        ScriptClass::Hangul => "ko",
        ScriptClass::Thai => "th",
        ScriptClass::Lao => "lo",
        ScriptClass::Khmer => "km",
        ScriptClass::Myanmar => "my",
        ScriptClass::Bengali => "bn",
        ScriptClass::Gujarati => "gu",
        ScriptClass::Gurmukhi => "pa",
        ScriptClass::Oriya => "or",
        ScriptClass::Tamil => "ta",
        ScriptClass::Telugu => "te",
        ScriptClass::Kannada => "kn",
        ScriptClass::Malayalam => "ml",
        ScriptClass::Sinhala => "si",
        ScriptClass::Georgian => "ka",
        ScriptClass::Armenian => "hy",
        ScriptClass::Ethiopic => "am",
        ScriptClass::Tibetan => "bo",
        ScriptClass::Other
        | ScriptClass::Latin
        | ScriptClass::Cyrillic
        | ScriptClass::Arabic
        | ScriptClass::Devanagari => {
            return None;
        }
    })
}

/// The language of a script that several share.
fn by_words(script: ScriptClass, words: &Histogram) -> Option<LanguageGuess> {
    let small = function_words::guess(script, words);
    match small {
        Some((_, confidence)) if confidence >= SURE => small,
        _ => {
            let of_trigrams = trigrams::guess(script, words);
            let confidence = |guess: &Option<LanguageGuess>| guess.map_or(0.0, |(_, confidence)| confidence);
            if confidence(&small) >= confidence(&of_trigrams) { small } else { of_trigrams }
        }
    }
}
