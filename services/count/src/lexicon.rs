//! Where dictionaries cut text that is written without spaces.
//!
//! The words are those of ICU4X's dictionaries and the rule is its rule: the longest word that the
//! dictionary has from here on, up to a grapheme border. Its segmenter does much for each character
//! that such a run does not need; this goes from character to character of the dictionary itself, and
//! leaves runs that are not of one kind to the segmenter, by which it is tested.

mod han;
mod spaceless;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use icu_segmenter::options::WordBreakInvariantOptions;
use icu_segmenter::{WordSegmenter, WordSegmenterBorrowed};

use crate::properties::{Properties, Script, Table, Word};
use han::Han;
use spaceless::Spaceless;

/// The dictionaries, each read at its first use.
#[derive(Debug)]
pub(crate) struct Lexicon {
    han: LazyLock<Option<Han>>,
    spaceless: LazyLock<Spaceless>,
    segmenter: WordSegmenterBorrowed<'static>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| Lexicon {
    han: LazyLock::new(Han::load),
    spaceless: LazyLock::new(Spaceless::load),
    segmenter: WordSegmenter::new_dictionary(WordBreakInvariantOptions::default()),
});

/// The letter that ICU4X 2.4 leaves out of its range of Lao, so that it cuts before and behind it.
const LAO_RO: char = '\u{ea3}';

/// What a run that goes to the dictionary consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Han and hiragana, and katakana between them, without marks.
    Han,
    /// One of the scripts of South-East Asia, with its marks.
    Spaceless(Script),
    /// Anything else.
    Mixed,
}

impl Lexicon {
    /// The dictionaries of the process.
    pub(crate) fn shared() -> &'static Self {
        &LEXICON
    }

    /// Tells every word of `run`, and whether it is certain to hold a letter.
    pub(crate) fn cut<'t>(&self, table: &Table, run: &'t str, mut told: impl FnMut(&'t str, bool)) {
        match (kind(table, run), &*self.han) {
            (Kind::Han, Some(han)) => cut_han(han, table, run, |word| told(word, true)),
            (Kind::Spaceless(script), _) if self.spaceless.has(script) => {
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

fn kind(table: &Table, run: &str) -> Kind {
    let Some(first) = run.chars().next().map(|c| table.get(c)) else { return Kind::Mixed };
    let known = |c: char| c != LAO_RO && (c as u32) < 0x1_0000;
    match Script::ALL[first.script()] {
        script @ (Script::Thai | Script::Lao | Script::Khmer | Script::Myanmar) => {
            // One comparison of bits a character: every run of these scripts goes through here.
            if first.is_by_dictionary() && run.chars().all(|c| known(c) && table.get(c).is_cut_alike(first)) {
                Kind::Spaceless(script)
            } else {
                Kind::Mixed
            }
        }
        _ if run.chars().all(|c| known(c) && is_of_han(table.get(c))) => Kind::Han,
        _ => Kind::Mixed,
    }
}

/// A character that the dictionary of Chinese and Japanese may know, and to which nothing clings.
fn is_han(properties: Properties) -> bool {
    let script = Script::ALL[properties.script()];
    properties.is_single() && matches!(script, Script::Han | Script::Kana)
}

/// What may stand in a run of Chinese or Japanese.
fn is_of_han(properties: Properties) -> bool {
    is_han(properties) || is_katakana(properties)
}

/// Katakana, of which UAX #29 makes one word.
fn is_katakana(properties: Properties) -> bool {
    properties.word() == Word::KATAKANA && properties.is_alphanumeric() && !properties.joins()
}

/// Tells the words between and of runs of katakana.
fn cut_han<'t>(han: &Han, table: &Table, run: &'t str, mut told: impl FnMut(&'t str)) {
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
