//! Divides text of scripts written without spaces into words by dictionary.
//!
//! The dictionaries and the rule are ICU4X's: the longest word that starts here and ends at a grapheme
//! boundary. Its segmenter does work for each character that a run of one script does not need. So this
//! module walks the dictionaries itself, and leaves mixed runs to the segmenter. The tests compare both.

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

/// The dictionaries, each loaded at its first use.
#[derive(Debug)]
pub(crate) struct Dictionaries {
    cj: LazyLock<Option<CjDictionary>>,
    southeast_asian: LazyLock<SoutheastAsianDictionaries>,
    segmenter: WordSegmenterBorrowed<'static>,
}

static DICTIONARIES: LazyLock<Dictionaries> = LazyLock::new(|| Dictionaries {
    cj: LazyLock::new(CjDictionary::load),
    southeast_asian: LazyLock::new(SoutheastAsianDictionaries::load),
    segmenter: WordSegmenter::new_dictionary(WordBreakInvariantOptions::default()),
});

/// ICU4X 2.4 omits this letter from its range of Lao, so it breaks before and after it.
const LAO_RO: char = '\u{ea3}';

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RunKind {
    /// Han, hiragana and katakana, without marks.
    Cj,
    /// One script of Southeast Asia, with its marks.
    SoutheastAsian(ScriptClass),
    Mixed,
}

impl Dictionaries {
    pub(crate) fn shared() -> &'static Self {
        &DICTIONARIES
    }

    /// Calls `emit` with each word of `run`, and with `true` if the word certainly has a letter.
    pub(crate) fn divide<'t>(
        &self,
        table: &PropertyTable,
        run: &'t str,
        mut emit: impl FnMut(&'t str, bool),
    ) {
        match (kind(table, run), &*self.cj) {
            (RunKind::Cj, Some(cj)) => divide_cj(cj, table, run, |word| emit(word, true)),
            (RunKind::SoutheastAsian(script), _) if self.southeast_asian.has(script) => {
                self.southeast_asian.divide(table, script, run, |word| emit(word, false));
            }
            _ => {
                let mut start = 0;
                for end in self.segmenter.segment_str(run) {
                    if end > start {
                        emit(&run[start..end], false);
                    }
                    start = end;
                }
            }
        }
    }
}

fn kind(table: &PropertyTable, run: &str) -> RunKind {
    let Some(first) = run.chars().next().map(|c| table.get(c)) else { return RunKind::Mixed };
    let is_supported = |c: char| c != LAO_RO && (c as u32) < 0x1_0000;
    match ScriptClass::ALL[first.script()] {
        script @ (ScriptClass::Thai | ScriptClass::Lao | ScriptClass::Khmer | ScriptClass::Myanmar) => {
            // One bit comparison per character keeps this check cheap.
            if first.is_by_dictionary()
                && run.chars().all(|c| is_supported(c) && table.get(c).has_same_dictionary(first))
            {
                RunKind::SoutheastAsian(script)
            } else {
                RunKind::Mixed
            }
        }
        _ if run.chars().all(|c| is_supported(c) && is_cj(table.get(c))) => RunKind::Cj,
        _ => RunKind::Mixed,
    }
}

/// Han or hiragana, without marks.
fn is_han_or_hiragana(properties: CharProperties) -> bool {
    let script = ScriptClass::ALL[properties.script()];
    properties.is_single_character_word() && matches!(script, ScriptClass::Han | ScriptClass::Kana)
}

fn is_cj(properties: CharProperties) -> bool {
    is_han_or_hiragana(properties) || is_katakana(properties)
}

/// UAX #29 keeps a run of katakana together as one word.
fn is_katakana(properties: CharProperties) -> bool {
    properties.word() == WordClass::KATAKANA && properties.is_alphanumeric() && !properties.attaches()
}

/// Emits each run of katakana as a word, and divides the text between them by dictionary.
fn divide_cj<'t>(cj: &CjDictionary, table: &PropertyTable, run: &'t str, mut emit: impl FnMut(&'t str)) {
    let mut rest = run;
    while let Some(first) = rest.chars().next() {
        let katakana = is_katakana(table.get(first));
        let end = rest.find(|c| is_katakana(table.get(c)) != katakana).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        if katakana {
            emit(part);
        } else {
            cj.divide(part, &mut emit);
        }
        rest = after;
    }
}
