//! Compares grapheme clusters with Unicode's test data and an independent implementation.

use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation;

use super::*;
use crate::oracle::{SAMPLES, texts, unicode_data};
use crate::properties::{PropertyTable, is_new};

fn graphemes(text: &str) -> u64 {
    let mut counter = GraphemeCounter::new();
    for character in text.chars() {
        counter.step(PropertyTable::shared().get(character).grapheme());
    }
    counter.count()
}

#[test]
fn counts_characters_as_a_reader_sees_them() {
    for (text, expected) in [
        ("", 0),
        ("abc", 3),
        ("\r\n", 1),
        ("e\u{301}", 1),
        ("👩\u{200D}👩\u{200D}👧", 1),
        ("🇩🇪🇫🇷", 2),
        ("각", 1),
        ("क्षि", 1),
    ] {
        assert_eq!(graphemes(text), expected, "{text:?}");
    }
}

#[test]
fn passes_the_unicode_test_data() {
    let data = unicode_data("TEST_SAME");
    assert!(data.len() > 500, "{}", data.len());
    for (text, expected) in data {
        assert_eq!(graphemes(&text), expected.len() as u64, "{text:?}");
    }
}

#[test]
fn three_characters_of_any_classes_equal_the_oracle() {
    for a in SAMPLES {
        for b in SAMPLES {
            for c in SAMPLES {
                let text = format!("{a}{b}{c}");
                assert_eq!(graphemes(&text), text.graphemes(true).count() as u64, "{text:?}");
            }
        }
    }
}

#[test]
fn every_character_equals_the_oracle() {
    for character in ('\0'..=char::MAX).filter(|&c| !is_new(c)) {
        for text in [format!("a{character}a"), format!("क\u{94d}{character}क"), format!("😀{character}😀")]
        {
            assert_eq!(graphemes(&text), text.graphemes(true).count() as u64, "{text:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn random_texts_equal_the_oracle(text in texts()) {
        prop_assume!(!text.contains(is_new));
        prop_assert_eq!(graphemes(&text), text.graphemes(true).count() as u64);
    }
}
