//! Builds the key under which the histogram counts a word: case-folded and in NFC.
//!
//! Most words are their own key and skip this module.

use icu_casemap::{CaseMapper, CaseMapperBorrowed};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
use writeable::Writeable;

use crate::Case;
use crate::properties::KeyNeeds;

/// Builds keys in two reused buffers.
#[derive(Debug)]
pub(crate) struct KeyBuilder {
    case: Case,
    folding: CaseMapperBorrowed<'static>,
    composed: String,
    folded: String,
}

impl KeyBuilder {
    pub(crate) const fn new(case: Case) -> Self {
        let folding = CaseMapper::new();
        Self { case, folding, composed: String::new(), folded: String::new() }
    }

    /// The key of `word`. `needs` are the needs of its characters.
    pub(crate) fn key<'a>(&'a mut self, word: &'a str, needs: KeyNeeds) -> &'a str {
        match (self.case, needs.normalizes()) {
            (Case::Keep, false) => word,
            (Case::Keep, true) => composed(word, &mut self.composed),
            (Case::Fold, false) => self.folded_simply(word),
            (Case::Fold, true) => self.folded_fully(word),
        }
    }

    fn folded_simply(&mut self, word: &str) -> &str {
        self.folded.clear();
        if word.is_ascii() {
            self.folded.push_str(word);
            self.folded.make_ascii_lowercase();
        } else {
            self.folded.extend(word.chars().map(|c| self.folding.simple_fold(c)));
        }
        &self.folded
    }

    fn folded_fully<'a>(&'a mut self, word: &'a str) -> &'a str {
        let word = composed(word, &mut self.composed);
        self.folded.clear();
        let written = self.folding.fold(word).write_to(&mut self.folded);
        written.expect("writing to a String cannot fail");
        composed(&self.folded, &mut self.composed)
    }
}

/// `word` in NFC, written to `buffer` unless it is NFC already.
fn composed<'a>(word: &'a str, buffer: &'a mut String) -> &'a str {
    if is_nfc_quick(word.chars()) == IsNormalized::Yes {
        return word;
    }
    buffer.clear();
    buffer.extend(word.nfc());
    buffer
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::properties::PropertyTable;

    fn key(case: Case, word: &str) -> String {
        let needs = word.chars().map(|c| PropertyTable::shared().get(c).key_needs());
        KeyBuilder::new(case).key(word, needs.fold(KeyNeeds::default(), KeyNeeds::followed_by)).to_owned()
    }

    #[test]
    fn words_that_differ_in_case_or_composition_share_a_key() {
        for alike in [
            &["straße", "STRASSE", "Strasse"][..],
            &["é", "e\u{301}", "É", "E\u{301}"],
            &["Σίσυφος", "ΣΊΣΥΦΟΣ"],
            &["Ǆ", "ǅ", "ǆ"],
            &["ǰ", "J\u{30C}"],
            &["Москва", "МОСКВА"],
            &["각", "\u{1100}\u{1161}\u{11A8}"],
        ] {
            for word in alike {
                assert_eq!(key(Case::Fold, word), key(Case::Fold, alike[0]));
            }
        }
        assert_ne!(key(Case::Fold, "ı"), key(Case::Fold, "i"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn the_needs_of_a_word_give_its_full_key(word in "[aAJÅßIͅαΣ가각कิุู่้์ါ့ׁ\u{300}-\u{36f}\u{5b0}-\u{5bc}\u{f71}-\u{f74}\\PC]{1,6}") {
            let needs = word.chars().map(|c| PropertyTable::shared().get(c).key_needs());
            let needs = needs.fold(KeyNeeds::default(), KeyNeeds::followed_by);
            for case in [Case::Fold, Case::Keep] {
                let mut keys = KeyBuilder::new(case);
                let full = keys.key(&word, KeyNeeds::all()).to_owned();
                let key = if needs.are_none() { &word } else { keys.key(&word, needs) };
                prop_assert_eq!(key, &full, "{:?}", word);
            }
        }
    }

    #[test]
    fn keeping_case_still_normalises() {
        assert_eq!(key(Case::Keep, "E\u{301}tude"), "\u{c9}tude");
        assert_eq!(key(Case::Keep, "Москва"), "Москва");
    }
}
