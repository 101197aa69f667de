//! Detects the language of a text from its letters by script and its frequent words.
//!
//! It runs on request on a tally, so counting does not pay for it and merged tallies give the result of
//! the whole text. A script that one language uses decides. If several languages share the script,
//! function words decide, and if these are not enough, trigrams of the frequent words.

mod function_words;
mod stop_words;
#[cfg(test)]
mod tests;
mod trigrams;

use crate::Histogram;
use crate::properties::ScriptClass;
use crate::segment_counter::LettersByScript;

/// A language with a confidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Language {
    /// BCP 47 tag, such as `en` or `zh`.
    pub tag: String,
    /// From 0 (a guess) to 1 (certain).
    pub confidence: f32,
}

/// A tag with a confidence.
type LanguageGuess = (&'static str, f32);

/// Minimum confidence of a result.
const MIN_CONFIDENCE: f32 = 0.1;
/// Minimum confidence at which function words decide without trigrams.
const SURE: f32 = 0.3;
/// Minimum percentage of kana in Japanese text.
const MIN_KANA: u64 = 5;

/// The language of a text with these letters and words.
pub(crate) fn of(letters: &LettersByScript, words: &Histogram) -> Option<Language> {
    let (script, share) = dominant(letters)?;
    let (tag, confidence) = match script {
        ScriptClass::Latin | ScriptClass::Cyrillic | ScriptClass::Arabic | ScriptClass::Devanagari => {
            by_words(script, words)?
        }
        _ => (of_script(script, letters)?, saturating_confidence(letters[script as usize])),
    };
    let confidence = confidence * share;
    (confidence >= MIN_CONFIDENCE).then(|| Language { tag: tag.to_owned(), confidence })
}

/// The first `n` words of `ranked` that say something about the text: no stop words (articles, prepositions and so on)
/// of the language with this tag, no single letters, no numbers. Empty for a language without a list of stop words.
///
/// This is for callers that have ranked the words of a [`Histogram`] already. Others use
/// [`Tally::keywords`](crate::Tally::keywords).
#[must_use]
pub fn keywords<'a>(
    tag: &str,
    ranked: impl IntoIterator<Item = (&'a str, u64)>,
    n: usize,
) -> Vec<(&'a str, u64)> {
    if n == 0 {
        return Vec::new();
    }
    match stop_words::of(tag) {
        Some(mut list) => ranked.into_iter().filter(|(word, _)| !list.has(word)).take(n).collect(),
        None => Vec::new(),
    }
}

/// The [`keywords`] of all words.
pub(crate) fn keywords_of<'a>(tag: &str, words: &'a Histogram, n: usize) -> Vec<(&'a str, u64)> {
    if n == 0 { Vec::new() } else { keywords(tag, words.top(words.len()), n) }
}

/// Whether most of the text is in a script written without spaces.
pub(crate) fn is_written_without_spaces(letters: &LettersByScript) -> bool {
    use ScriptClass::{Han, Kana, Khmer, Lao, Myanmar, Thai};
    let script = dominant(letters).map(|(script, _)| script);
    script.is_some_and(|script| matches!(script, Han | Kana | Khmer | Lao | Myanmar | Thai))
}

/// The tag of the main language, if GMX-V counts it by characters.
pub(crate) fn counted_by_character(letters: &LettersByScript) -> Option<&'static str> {
    let (script, _) = dominant(letters)?;
    let tag = of_script(script, letters)?;
    matches!(tag, "zh" | "ja" | "ko" | "th").then_some(tag)
}

/// The main script of the text and its share. Han stands for Han and kana together. A character of these
/// or of Hangul weighs as much as two letters of other scripts, because it carries as much text.
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

/// Grows from 0 to 1 with the amount of evidence.
fn saturating_confidence(evidence: u64) -> f32 {
    evidence as f32 / (evidence as f32 + 2.0)
}

/// The language of a script that one language uses.
fn of_script(script: ScriptClass, letters: &LettersByScript) -> Option<&'static str> {
    Some(match script {
        ScriptClass::Han | ScriptClass::Kana => {
            let (han, kana) = (letters[ScriptClass::Han as usize], letters[ScriptClass::Kana as usize]);
            if kana * 100 >= (han + kana) * MIN_KANA { "ja" } else { "zh" }
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

/// The language of a script that several languages share.
fn by_words(script: ScriptClass, words: &Histogram) -> Option<LanguageGuess> {
    let by_function_words = function_words::guess(script, words);
    match by_function_words {
        Some((_, confidence)) if confidence >= SURE => by_function_words,
        _ => {
            let by_trigrams = trigrams::guess(script, words);
            let confidence = |guess: &Option<LanguageGuess>| guess.map_or(0.0, |(_, confidence)| confidence);
            if confidence(&by_function_words) >= confidence(&by_trigrams) {
                by_function_words
            } else {
                by_trigrams
            }
        }
    }
}
