//! Grapheme clusters against Unicode's test data and an independent implementation.

use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation;

use super::*;
use crate::oracle::{SAMPLES, texts, unicode_data};
use crate::properties::{PropertyTable, is_new};

fn clusters(text: &str) -> u64 {
    let mut counter = GraphemeCounter::new();
    for character in text.chars() {
        counter.step(PropertyTable::shared().get(character).grapheme());
    }
    counter.clusters()
}

#[test]
fn what_a_reader_sees_as_one_is_one() {
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
        assert_eq!(clusters(text), expected, "{text:?}");
    }
}

#[test]
fn unicodes_own_test_data_holds() {
    let data = unicode_data("TEST_SAME");
    assert!(data.len() > 500, "{}", data.len());
    for (text, graphemes) in data {
        assert_eq!(clusters(&text), graphemes.len() as u64, "{text:?}");
    }
}

#[test]
fn every_three_classes_are_counted_as_by_the_oracle() {
    for a in SAMPLES {
        for b in SAMPLES {
            for c in SAMPLES {
                let text = format!("{a}{b}{c}");
                assert_eq!(clusters(&text), text.graphemes(true).count() as u64, "{text:?}");
            }
        }
    }
}

#[test]
fn every_character_is_counted_as_by_the_oracle() {
    for character in ('\0'..=char::MAX).filter(|&c| !is_new(c)) {
        for text in [format!("a{character}a"), format!("क\u{94d}{character}क"), format!("😀{character}😀")]
        {
            assert_eq!(clusters(&text), text.graphemes(true).count() as u64, "{text:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn texts_are_counted_as_by_the_oracle(text in texts()) {
        prop_assume!(!text.contains(is_new));
        prop_assert_eq!(clusters(&text), text.graphemes(true).count() as u64);
    }
}
