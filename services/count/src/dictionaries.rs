//! Where dictionaries cut text that is written without spaces.
//!
//! The words are those of ICU4X's dictionaries and the rule is its rule: the longest word that the
//! dictionary has from here on, up to a grapheme border. Its segmenter does much for each character
//! that such a run does not need; this goes from character to character of the dictionary itself, and
//! leaves runs that are not of one kind to the segmenter, by which it is tested.

mod cj;
mod southeast_asian;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use icu_segmenter::options::WordBreakInvariantOptions;
use icu_segmenter::{WordSegmenter, WordSegmenterBorrowed};

use crate::properties::{CharProperties, PropertyTable, ScriptClass, WordClass};
use cj::CjDictionary;
use southeast_asian::SoutheastAsianDictionaries;

/// The dictionaries, each read at its first use.
#[derive(Debug)]
pub(crate) struct Dictionaries {
    han: LazyLock<Option<CjDictionary>>,
    spaceless: LazyLock<SoutheastAsianDictionaries>,
    segmenter: WordSegmenterBorrowed<'static>,
}

static DICTIONARIES: LazyLock<Dictionaries> = LazyLock::new(|| Dictionaries {
    han: LazyLock::new(CjDictionary::load),
    spaceless: LazyLock::new(SoutheastAsianDictionaries::load),
    segmenter: WordSegmenter::new_dictionary(WordBreakInvariantOptions::default()),
});

/// The letter that ICU4X 2.4 leaves out of its range of Lao, so that it cuts before and behind it.
const LAO_RO: char = '\u{ea3}';

/// What a run that goes to the dictionary consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RunKind {
    /// Han and hiragana, and katakana between them, without marks.
    Cj,
    /// One of the scripts of South-East Asia, with its marks.
    SoutheastAsian(ScriptClass),
    /// Anything else.
    Mixed,
}

impl Dictionaries {
    /// The dictionaries of the process.
    pub(crate) fn shared() -> &'static Self {
        &DICTIONARIES
    }

    /// Tells every word of `run`, and whether it is certain to hold a letter.
    pub(crate) fn cut<'t>(&self, table: &PropertyTable, run: &'t str, mut told: impl FnMut(&'t str, bool)) {
        match (kind(table, run), &*self.han) {
            (RunKind::Cj, Some(han)) => cut_han(han, table, run, |word| told(word, true)),
            (RunKind::SoutheastAsian(script), _) if self.spaceless.has(script) => {
                self.spaceless.cut(table, script, run, |word| told(word, false));
            }
            _ => {
                let mut start = 0;
                for end in self.segmenter.segment_str(run) {
                    if end > start {
                        told(&run[start..end], false);
                    }
                    start = end;
                }
            }
        }
    }
}

fn kind(table: &PropertyTable, run: &str) -> RunKind {
    let Some(first) = run.chars().next().map(|c| table.get(c)) else { return RunKind::Mixed };
    let known = |c: char| c != LAO_RO && (c as u32) < 0x1_0000;
    match ScriptClass::ALL[first.script()] {
        script @ (ScriptClass::Thai | ScriptClass::Lao | ScriptClass::Khmer | ScriptClass::Myanmar) => {
            // One comparison of bits a character: every run of these scripts goes through here.
            if first.is_by_dictionary()
                && run.chars().all(|c| known(c) && table.get(c).has_same_dictionary(first))
            {
                RunKind::SoutheastAsian(script)
            } else {
                RunKind::Mixed
            }
        }
        _ if run.chars().all(|c| known(c) && is_of_han(table.get(c))) => RunKind::Cj,
        _ => RunKind::Mixed,
    }
}

/// A character that the dictionary of Chinese and Japanese may know, and to which nothing clings.
fn is_han(properties: CharProperties) -> bool {
    let script = ScriptClass::ALL[properties.script()];
    properties.is_single_character_word() && matches!(script, ScriptClass::Han | ScriptClass::Kana)
}

/// What may stand in a run of Chinese or Japanese.
fn is_of_han(properties: CharProperties) -> bool {
    is_han(properties) || is_katakana(properties)
}

/// Katakana, of which UAX #29 makes one word.
fn is_katakana(properties: CharProperties) -> bool {
    properties.word() == WordClass::KATAKANA && properties.is_alphanumeric() && !properties.attaches()
}

/// Tells the words between and of runs of katakana.
fn cut_han<'t>(han: &CjDictionary, table: &PropertyTable, run: &'t str, mut told: impl FnMut(&'t str)) {
    let mut rest = run;
    while let Some(first) = rest.chars().next() {
        let katakana = is_katakana(table.get(first));
        let end = rest.find(|c| is_katakana(table.get(c)) != katakana).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        if katakana {
            told(part);
        } else {
            han.cut(part, &mut told);
        }
        rest = after;
    }
}
