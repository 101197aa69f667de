//! A guess by the trigrams of a text's frequent words, for languages without a list of small words
//! and for texts with few of them.
//!
//! The model is whatlang's. It costs a fifth of a millisecond, so it is asked last.

use whatlang::{Detector, Lang};

use super::Guess;
use crate::Histogram;
use crate::properties::Script;

/// Most words that are looked at: enough for the model, cheap for any text.
const WORDS: usize = 150;
/// Fewest bytes of words from which trigrams say anything.
const LEAST_BYTES: usize = 24;
/// Trigrams never count as more than this: the model's own confidence runs high.
const MOST_CONFIDENCE: f32 = 0.6;

/// The language whose trigrams are most like those of `words`, if `script` is one it is written in.
pub(super) fn guess(script: Script, words: &Histogram) -> Option<Guess> {
    let mut text = String::new();
    for (word, _) in words.top(WORDS) {
        text.push_str(word);
        text.push(' ');
    }
    let allowed = LANGUAGES.iter().filter(|(of, ..)| *of == script).map(|(_, lang, _)| *lang);
    let found = Detector::with_allowlist(allowed.collect()).detect(&text)?;
    let (.., tag) = LANGUAGES.iter().find(|(_, lang, _)| *lang == found.lang())?;
    let length = (text.len() as f32 / 400.0).min(1.0);
    let confidence = found.confidence() as f32 * MOST_CONFIDENCE * length;
    (text.len() >= LEAST_BYTES).then_some((tag, confidence))
}

/// The model's languages that share a script, with their tags.
#[rustfmt::skip]
const LANGUAGES: &[(Script, Lang, &str)] = &[
    (Script::Latin, Lang::Eng, "en"), (Script::Latin, Lang::Spa, "es"), (Script::Latin, Lang::Por, "pt"),
    (Script::Latin, Lang::Ita, "it"), (Script::Latin, Lang::Fra, "fr"), (Script::Latin, Lang::Deu, "de"),
    (Script::Latin, Lang::Pol, "pl"), (Script::Latin, Lang::Nob, "nb"), (Script::Latin, Lang::Dan, "da"),
    (Script::Latin, Lang::Swe, "sv"), (Script::Latin, Lang::Fin, "fi"), (Script::Latin, Lang::Tur, "tr"),
    (Script::Latin, Lang::Nld, "nl"), (Script::Latin, Lang::Hun, "hu"), (Script::Latin, Lang::Ces, "cs"),
    (Script::Latin, Lang::Ron, "ro"), (Script::Latin, Lang::Slv, "sl"), (Script::Latin, Lang::Hrv, "hr"),
    (Script::Latin, Lang::Lit, "lt"), (Script::Latin, Lang::Lav, "lv"), (Script::Latin, Lang::Est, "et"),
    (Script::Latin, Lang::Vie, "vi"), (Script::Latin, Lang::Uzb, "uz"), (Script::Latin, Lang::Aze, "az"),
    (Script::Latin, Lang::Ind, "id"), (Script::Latin, Lang::Tuk, "tk"), (Script::Latin, Lang::Aka, "ak"),
    (Script::Latin, Lang::Zul, "zu"), (Script::Latin, Lang::Sna, "sn"), (Script::Latin, Lang::Afr, "af"),
    (Script::Latin, Lang::Lat, "la"), (Script::Latin, Lang::Slk, "sk"), (Script::Latin, Lang::Cat, "ca"),
    (Script::Latin, Lang::Tgl, "tl"), (Script::Latin, Lang::Cym, "cy"), (Script::Latin, Lang::Epo, "eo"),
    (Script::Latin, Lang::Jav, "jv"),
    (Script::Cyrillic, Lang::Rus, "ru"), (Script::Cyrillic, Lang::Ukr, "uk"),
    (Script::Cyrillic, Lang::Bul, "bg"), (Script::Cyrillic, Lang::Bel, "be"),
    (Script::Cyrillic, Lang::Srp, "sr"), (Script::Cyrillic, Lang::Mkd, "mk"),
    (Script::Arabic, Lang::Ara, "ar"), (Script::Arabic, Lang::Urd, "ur"), (Script::Arabic, Lang::Pes, "fa"),
    (Script::Devanagari, Lang::Hin, "hi"), (Script::Devanagari, Lang::Mar, "mr"),
    (Script::Devanagari, Lang::Nep, "ne"),
];
