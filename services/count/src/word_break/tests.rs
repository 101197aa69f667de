//! Word boundaries against Unicode's test data and an independent implementation.

use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation;

use super::*;
use crate::oracle::{SAMPLES, oracle_errs, texts, unicode_data};
use crate::properties::is_new;

fn segments(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let end = segment(PropertyTable::shared(), text, at, |_| ()).end;
        found.push(&text[at..end]);
        at = end;
    }
    found
}

#[test]
fn passes_the_unicode_test_data() {
    let data = unicode_data("TEST_WORD");
    assert_eq!(data.len(), 1944, "all of WordBreakTest");
    for (text, words) in data {
        assert_eq!(segments(&text), words, "{text:?}");
    }
}

#[test]
fn three_characters_of_any_classes_equal_the_oracle() {
    for a in SAMPLES {
        for b in SAMPLES {
            for c in SAMPLES {
                let text = format!("{a}{b}{c}");
                let theirs: Vec<&str> = text.split_word_bounds().collect();
                assert!(segments(&text) == theirs || oracle_errs(&text), "{text:?}");
            }
        }
    }
}

#[test]
fn a_joiner_before_a_pictograph_keeps_the_other_rules() {
    // Perl's \b{wb} agrees. The oracle does not, see `oracle_errs`.
    assert_eq!(segments("\u{200d}\u{24c2}a"), ["\u{200d}\u{24c2}a"]);
    assert_eq!(segments("a.\u{200d}\u{1f600}"), ["a", ".\u{200d}\u{1f600}"]);
    assert_eq!(segments("a\u{200d}\u{1f600}"), ["a\u{200d}\u{1f600}"]);
}

#[test]
fn every_character_equals_the_oracle() {
    for character in ('\0'..=char::MAX).filter(|&c| !is_new(c)) {
        for beside in ['a', '\u{30ab}', ' ', '\u{5d0}'] {
            let text = format!("{beside}{character}{beside}");
            let theirs: Vec<&str> = text.split_word_bounds().collect();
            assert_eq!(segments(&text), theirs, "{text:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn random_texts_equal_the_oracle(text in texts()) {
        prop_assume!(!text.contains(is_new) && !oracle_errs(&text));
        let theirs: Vec<&str> = text.split_word_bounds().collect();
        prop_assert_eq!(segments(&text), theirs);
    }
}
