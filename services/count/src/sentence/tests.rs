//! Compares sentences with Unicode's test data and an independent implementation, and tests merging.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use unicode_segmentation::UnicodeSegmentation;

use super::*;
use crate::oracle::{texts, unicode_data};
use crate::properties::{PropertyTable, SentenceClass, is_new};

fn effect(text: &str) -> SentenceEffect {
    effect_of(text, LineEnd::Sentence)
}

fn wrapped(text: &str) -> SentenceEffect {
    effect_of(text, LineEnd::Space)
}

/// The text with the line ends inside its paragraphs replaced by spaces.
fn joined(text: &str) -> String {
    let mut fed = false;
    let join = |character: char| match PropertyTable::shared().get(character).sentence_symbol() {
        SentenceClass::LINE_FEED => {
            fed = !fed;
            if fed { ' ' } else { '\n' }
        }
        SentenceClass::CARRIAGE_RETURN => ' ',
        symbol => {
            fed &= symbol == SentenceClass::SPACE;
            character
        }
    };
    text.chars().map(join).collect()
}

fn effect_of(text: &str, line_end: LineEnd) -> SentenceEffect {
    let mut counter = SentenceCounter::new(line_end);
    for character in text.chars() {
        counter.step(PropertyTable::shared().get(character).sentence_symbol());
    }
    counter.finish()
}

#[test]
fn terminators_end_sentences_and_abbreviations_do_not() {
    for (text, sentences) in [
        ("", 0),
        (" . ", 0),
        ("No end", 1),
        ("One. Two! Three?", 3),
        ("e.g. this", 1),
        ("U.S.A. is", 1),
        ("It is 3.14 long.", 1),
        ("(It ended.) It began.", 2),
        ("First\nSecond", 2),
        ("What?! Yes.", 2),
        ("See p. 12 below", 1),
        ("See p. 12 Below", 2),
        ("Ends. 12", 2),
        ("これは文です。次の文。", 2),
    ] {
        assert_eq!(effect(text).count(), sentences, "{text:?}");
        assert_eq!(text.unicode_sentences().count() as u64, sentences, "{text:?}");
    }
}

#[test]
fn a_line_end_inside_a_paragraph_is_a_space_in_wrapped_text() {
    for (text, sentences) in [
        ("First\nsecond.", 1),
        ("It goes on\r\nhere. Then\nit ends.\n", 2),
        ("See p.\n12 below", 1),
        ("It ended.\nIt began.", 2),
        ("A heading\n\nA text\nof lines", 2),
        ("A heading\r\n \t\r\nA text", 2),
        ("a\n\u{300}\nb", 1),
        ("\n\n\na\n\n\n\nb\n\n", 2),
        ("a\u{2029}b\u{85}c", 3),
        ("(a.\n\nb.) c.", 2),
    ] {
        assert_eq!(wrapped(text).count(), sentences, "{text:?}");
        assert_eq!(joined(text).unicode_sentences().count() as u64, sentences, "{text:?}");
    }
}

#[test]
fn parts_cut_after_any_space_merge_exactly() {
    let text = "A. b (c. 1) 2. D!  e? \u{301}F. 3 4. g\n . h. . I \n \nj\n\nK.\nL? \n\t\nm. \n1\n";
    for line_end in [LineEnd::Sentence, LineEnd::Space] {
        let whole = effect_of(text, line_end);
        for (at, _) in text.char_indices().filter(|&(at, _)| at > 0) {
            let ends_in_space = text.as_bytes()[at - 1].is_ascii_whitespace();
            if ends_in_space && !text[at..].starts_with('\u{301}') {
                let (before, after) = text.split_at(at);
                let merged = effect_of(before, line_end).merge(&effect_of(after, line_end), true);
                assert_eq!(merged, whole, "{at}");
            }
        }
    }
}

#[test]
fn merging_without_white_space_ends_a_sentence() {
    assert_eq!(effect("One").merge(&effect("two"), false).count(), 2);
}

#[test]
fn passes_the_unicode_test_data() {
    let data = unicode_data("TEST_SENTENCE");
    assert!(data.len() > 500, "{}", data.len());
    for (text, sentences) in data {
        let with_letter = sentences.iter().filter(|s| s.contains(char::is_alphanumeric)).count();
        assert_eq!(effect(&text).count(), with_letter as u64, "{text:?}");
    }
}

#[test]
fn every_character_equals_the_oracle() {
    for character in ('\0'..=char::MAX).filter(|&c| !is_new(c)) {
        for text in [
            format!("a. {character}a"),
            format!("a.{character}A"),
            format!("A.{character}1{character} b"),
            format!("{character}.A{character}? B"),
        ] {
            assert_eq!(effect(&text).count(), text.unicode_sentences().count() as u64, "{text:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn random_texts_equal_the_oracle(text in texts()) {
        prop_assume!(!text.contains(is_new));
        prop_assert_eq!(effect(&text).count(), text.unicode_sentences().count() as u64);
    }

    #[test]
    fn wrapped_texts_equal_the_oracle_of_their_joined_lines(
        parts in vec(select(&["a", "B", "1", ".", "!", " ", ")", "\t", "\u{300}", "\n", "\r\n", "\r", "\u{2028}"][..]), 0..30)
    ) {
        let text = parts.concat();
        prop_assert_eq!(wrapped(&text).count(), joined(&text).unicode_sentences().count() as u64);
    }

    #[test]
    fn texts_with_many_terminators_equal_the_oracle(
        parts in vec(select(&["a", "B", "1", ".", ".", "!", " ", ")", ",", "\u{300}", "\n", "ا"][..]), 0..30)
    ) {
        let text = parts.concat();
        prop_assert_eq!(effect(&text).count(), text.unicode_sentences().count() as u64);
    }
}
