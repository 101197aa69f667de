//! Tests of the whole crate: known cases, pieces of any size, merged parts, and limits.

use proptest::prelude::*;
use proptest::sample::Index;
use unicode_segmentation::UnicodeSegmentation;

use super::*;
use crate::oracle::{oracle_errs, texts};
use crate::properties::is_new;
use crate::{Case, Definition};

fn tally(text: &str) -> Tally {
    count(text, &Options::default())
}

fn words(text: &str, definition: Definition) -> u64 {
    tally(text).words.get(definition)
}

#[test]
fn counts_known_texts() {
    use Definition::{Dictionary, Office, Unicode, Wc};
    for (text, definition, expected) in [
        ("devil-may-care", Wc, 1),
        ("devil-may-care", Office, 1),
        ("devil-may-care", Unicode, 3),
        (" . . . ", Wc, 3),
        (" . . . ", Office, 3),
        (" . . . ", Unicode, 0),
        ("http://www.example.com", Wc, 1),
        ("http://www.example.com", Office, 1),
        ("she/he/it", Wc, 1),
        ("she/he/it", Office, 1),
        ("L'argent de Louis-Philippe", Office, 3),
        ("一二三四五 six seven eight", Office, 8),
        ("一二三四五 six seven eight", Wc, 4),
        ("こんにちは元気ですか", Dictionary, 4),
        ("こんにちは元気ですか", Wc, 1),
        ("我喜歡喝波霸奶茶。", Wc, 1),
        ("我喜歡喝波霸奶茶。", Unicode, 8),
        ("a\u{a0}b", Wc, 2),
        ("a\u{200b}b", Wc, 1),
        ("a\u{85}b", Wc, 1),
        ("a\u{2060}b", Wc, 2),
        ("a\u{2028}b", Wc, 1),
        ("\u{1}", Wc, 0),
        ("\u{1}", Office, 1),
        ("can't 3.14 e.g. x_y", Unicode, 4),
        ("カタカナ_a", Dictionary, 1),
        ("", Wc, 0),
    ] {
        assert_eq!(words(text, definition), expected, "{definition} of {text:?}");
    }
    let tea = words("我喜歡喝波霸奶茶。", Dictionary);
    assert!((5..=6).contains(&tea), "{tea}");
}

#[test]
fn a_mark_is_part_of_the_character_before_it() {
    assert_eq!(words("か\u{3099}き", Definition::Office), 2);
    assert_eq!(words("か\u{3099}ab", Definition::Office), 2);
    assert_eq!(words(" \u{301} ", Definition::Office), 1);
}

#[test]
fn counts_lines_and_paragraphs() {
    for (text, lines, paragraphs) in [
        ("", 0, 0),
        ("\n", 1, 0),
        ("a", 1, 1),
        ("a\n", 1, 1),
        ("a\nb", 2, 1),
        ("a\n\nb\r\n \t\r\nc", 5, 3),
        ("\n\n a \n", 3, 1),
    ] {
        let tally = tally(text);
        assert_eq!((tally.lines, tally.paragraphs), (lines, paragraphs), "{text:?}");
    }
}

#[test]
fn counts_bytes_characters_and_graphemes() {
    let tally = tally("Zwei Äpfel\u{301}\r\n");
    assert_eq!((tally.bytes, tally.characters), (15, 13));
    assert_eq!((tally.characters_without_spaces, tally.graphemes), (10, 11));
}

#[test]
fn the_histogram_counts_words_of_the_dictionary_definition() {
    let tally = tally("The cat, the CAT; Straße STRASSE 元気 don't 3.14 incomprehensibilities");
    let entries = tally.histogram.top(9);
    let top: Vec<_> = entries.iter().map(|(word, count)| (*word, *count)).collect();
    let expected = [
        ("cat", 2),
        ("strasse", 2),
        ("the", 2),
        ("3.14", 1),
        ("don't", 1),
        ("incomprehensibilities", 1),
        ("元気", 1),
    ];
    assert_eq!(top, expected);
    assert_eq!((tally.unique_words, tally.unique_words_estimated), (7, false));
    let kept = count("The the", &Options::default().with_case(Case::Keep));
    assert_eq!(kept.unique_words, 2);
}

#[test]
fn cuts_a_cluster_over_the_limit_outside_words_if_possible() {
    let bars = "一二，".repeat(MAX_CLUSTER_BYTES);
    assert_eq!(words(&bars, Definition::Unicode), 2 * MAX_CLUSTER_BYTES as u64);
    let long = "x".repeat(3 * MAX_CLUSTER_BYTES + 1);
    assert_eq!(words(&long, Definition::Unicode), 4);
    assert_eq!(words(&long, Definition::Wc), 1);
    assert_eq!(words(&long, Definition::Office), 1);
    let marks = format!("e{}", "\u{301}".repeat(MAX_CLUSTER_BYTES));
    assert_eq!(tally(&marks).graphemes, 1);
}

#[test]
fn pieces_of_a_cluster_over_the_limit_count_as_the_whole() {
    let parts = ["word", "\u{4e00}", "，", "x.y", "\u{e01}", " \u{301}", "\u{200d}", "é"];
    for (seed, gap) in [(1, 9_000), (2, 70_000), (3, 150_000), (4, usize::MAX)] {
        let mut text = String::new();
        let mut random = seed;
        while text.len() < 5 * MAX_CLUSTER_BYTES {
            random = (random * 48_271) % 0x7fff_ffff;
            let part = parts[random % if seed % 2 == 0 { 2 } else { parts.len() }];
            text.push_str(part);
            if text.len() % gap < part.len() {
                text.push(' ');
            }
        }
        let whole = tally(&text);
        for size in [1000, MAX_CLUSTER_BYTES - 1, MAX_CLUSTER_BYTES + 7, 3 * MAX_CLUSTER_BYTES] {
            let mut counter = Counter::new(Options::default());
            let mut rest = text.as_str();
            while !rest.is_empty() {
                let (piece, after) = rest.split_at(rest.floor_char_boundary(size));
                counter.push(piece);
                rest = after;
            }
            assert_eq!(counter.finish(), whole, "{size} bytes at a time");
        }
    }
}

#[test]
fn the_buffer_stays_bounded_without_spaces() {
    let mut counter = Counter::new(Options::default());
    let piece = "nowhitespace".repeat(1000);
    for _ in 0..1000 {
        counter.push(&piece);
        assert!(counter.pending.capacity() < 4 * MAX_CLUSTER_BYTES, "{}", counter.pending.capacity());
    }
    assert_eq!(counter.finish().words.get(Definition::Wc), 1);
}

fn offsets(text: &str, indices: &[Index]) -> Vec<usize> {
    let mut offsets: Vec<usize> =
        indices.iter().map(|index| text.floor_char_boundary(index.index(text.len() + 1))).collect();
    offsets.extend([0, text.len()]);
    offsets.sort_unstable();
    offsets
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn words_graphemes_and_sentences_equal_the_oracle(text in texts()) {
        prop_assume!(!text.contains(is_new) && !oracle_errs(&text));
        let tally = tally(&text);
        prop_assert_eq!(tally.words.get(Definition::Unicode), text.unicode_words().count() as u64);
        prop_assert_eq!(tally.graphemes, text.graphemes(true).count() as u64);
        prop_assert_eq!(tally.sentences, text.unicode_sentences().count() as u64);
        prop_assert_eq!(tally.characters, text.chars().count() as u64);
        let visible = text.chars().filter(|c| !c.is_whitespace()).count() as u64;
        prop_assert_eq!(tally.characters_without_spaces, visible);
        let entered: u64 = tally.histogram.iter().map(|(_, count)| count).sum();
        prop_assert_eq!(entered, tally.words.get(Definition::Dictionary));
    }

    #[test]
    fn pieces_count_as_the_whole(text in texts(), cuts in prop::collection::vec(any::<Index>(), 0..9)) {
        let mut counter = Counter::new(Options::default());
        for piece in offsets(&text, &cuts).windows(2) {
            counter.push(&text[piece[0]..piece[1]]);
        }
        prop_assert_eq!(counter.finish(), tally(&text));
    }

    #[test]
    fn merged_parts_equal_the_whole(
        text in texts(),
        cuts in prop::collection::vec(any::<Index>(), 0..9),
    ) {
        let mut cuts: Vec<usize> =
            offsets(&text, &cuts).iter().filter_map(|&from| next_cut(&text, from)).collect();
        cuts.extend([0, text.len()]);
        cuts.sort_unstable();
        let parts = cuts.windows(2).map(|part| tally(&text[part[0]..part[1]]));
        prop_assert_eq!(parts.reduce(Tally::merge), Some(tally(&text)));
    }

    #[test]
    fn merging_is_associative(a in texts(), b in texts(), c in texts()) {
        let [a, b, c] = [tally(&a), tally(&b), tally(&c)];
        let left = a.clone().merge(b.clone()).merge(c.clone());
        prop_assert_eq!(left, a.merge(b.merge(c)));
    }
}
