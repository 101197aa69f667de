//! Guesses the language by the trigrams of the frequent words, for languages without a list of function
//! words and for texts with few of them.
//!
//! The model is whatlang's. It takes a fifth of a millisecond, so it runs last.

use whatlang::{Detector, Lang};

use super::LanguageGuess;
use crate::Histogram;
use crate::properties::ScriptClass;

/// Maximum number of words for the model.
const WORDS: usize = 150;
/// Minimum length of all words in bytes.
const MIN_BYTES: usize = 24;
/// Maximum confidence: the model's own confidence is too high.
const MAX_CONFIDENCE: f32 = 0.6;

/// The language written in `script` whose trigrams are most similar to those of `words`.
pub(super) fn guess(script: ScriptClass, words: &Histogram) -> Option<LanguageGuess> {
    let mut text = String::new();
    for (word, _) in words.top(WORDS) {
        text.push_str(word);
        text.push(' ');
    }
    let allowed = LANGUAGES.iter().filter(|(of, ..)| *of == script).map(|(_, lang, _)| *lang);
    let found = Detector::with_allowlist(allowed.collect()).detect(&text)?;
    let (.., tag) = LANGUAGES.iter().find(|(_, lang, _)| *lang == found.lang())?;
    let length = (text.len() as f32 / 400.0).min(1.0);
    let confidence = found.confidence() as f32 * MAX_CONFIDENCE * length;
    (text.len() >= MIN_BYTES).then_some((tag, confidence))
}

/// The model's languages whose scripts several languages share, with their tags.
#[rustfmt::skip]
const LANGUAGES: &[(ScriptClass, Lang, &str)] = &[
    (ScriptClass::Latin, Lang::Eng, "en"), (ScriptClass::Latin, Lang::Spa, "es"), (ScriptClass::Latin, Lang::Por, "pt"),
    (ScriptClass::Latin, Lang::Ita, "it"), (ScriptClass::Latin, Lang::Fra, "fr"), (ScriptClass::Latin, Lang::Deu, "de"),
    (ScriptClass::Latin, Lang::Pol, "pl"), (ScriptClass::Latin, Lang::Nob, "nb"), (ScriptClass::Latin, Lang::Dan, "da"),
    (ScriptClass::Latin, Lang::Swe, "sv"), (ScriptClass::Latin, Lang::Fin, "fi"), (ScriptClass::Latin, Lang::Tur, "tr"),
    (ScriptClass::Latin, Lang::Nld, "nl"), (ScriptClass::Latin, Lang::Hun, "hu"), (ScriptClass::Latin, Lang::Ces, "cs"),
    (ScriptClass::Latin, Lang::Ron, "ro"), (ScriptClass::Latin, Lang::Slv, "sl"), (ScriptClass::Latin, Lang::Hrv, "hr"),
    (ScriptClass::Latin, Lang::Lit, "lt"), (ScriptClass::Latin, Lang::Lav, "lv"), (ScriptClass::Latin, Lang::Est, "et"),
    (ScriptClass::Latin, Lang::Vie, "vi"), (ScriptClass::Latin, Lang::Uzb, "uz"), (ScriptClass::Latin, Lang::Aze, "az"),
    (ScriptClass::Latin, Lang::Ind, "id"), (ScriptClass::Latin, Lang::Tuk, "tk"), (ScriptClass::Latin, Lang::Aka, "ak"),
    (ScriptClass::Latin, Lang::Zul, "zu"), (ScriptClass::Latin, Lang::Sna, "sn"), (ScriptClass::Latin, Lang::Afr, "af"),
    (ScriptClass::Latin, Lang::Lat, "la"), (ScriptClass::Latin, Lang::Slk, "sk"), (ScriptClass::Latin, Lang::Cat, "ca"),
    (ScriptClass::Latin, Lang::Tgl, "tl"), (ScriptClass::Latin, Lang::Cym, "cy"), (ScriptClass::Latin, Lang::Epo, "eo"),
    (ScriptClass::Latin, Lang::Jav, "jv"),
    (ScriptClass::Cyrillic, Lang::Rus, "ru"), (ScriptClass::Cyrillic, Lang::Ukr, "uk"),
    (ScriptClass::Cyrillic, Lang::Bul, "bg"), (ScriptClass::Cyrillic, Lang::Bel, "be"),
    (ScriptClass::Cyrillic, Lang::Srp, "sr"), (ScriptClass::Cyrillic, Lang::Mkd, "mk"),
    (ScriptClass::Arabic, Lang::Ara, "ar"), (ScriptClass::Arabic, Lang::Urd, "ur"), (ScriptClass::Arabic, Lang::Pes, "fa"),
    (ScriptClass::Devanagari, Lang::Hin, "hi"), (ScriptClass::Devanagari, Lang::Mar, "mr"),
    (ScriptClass::Devanagari, Lang::Nep, "ne"),
];
