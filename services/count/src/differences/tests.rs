//! Tests that shares sum to the difference for every text, and that parts merge exactly.

use proptest::prelude::*;

use super::*;
use crate::oracle::texts;
use crate::{Counter, Options, Tally, count, next_cut};

fn tally(text: &str) -> Tally {
    count(text, &Options::default().with_differences(true))
}

fn differences(text: &str) -> Differences {
    tally(text).differences().unwrap()
}

/// Asserts for every pair of definitions that the shares sum to the difference.
fn assert_exact_shares(tally: &Tally) {
    let differences = tally.differences().unwrap();
    for &one in Definition::ALL {
        for &other in Definition::ALL {
            let sum: i128 = differences.between(one, other).iter().map(|share| share.words).sum();
            let whole = i128::from(tally.words.get(one)) - i128::from(tally.words.get(other));
            assert_eq!(sum, whole, "{one} and {other}: {differences:?}");
        }
    }
}

#[test]
fn finds_every_cause() {
    for (text, cause) in [
        ("devil-may-care", Cause::Hyphen),
        ("she/he/it", Cause::Slash),
        ("L'argent", Cause::Apostrophe),
        (".", Cause::StrayPunctuation),
        ("...", Cause::Ellipsis),
        ("wait\u{2026}what", Cause::Ellipsis),
        ("-", Cause::Dash),
        ("one\u{2014}two", Cause::Dash),
        ("one--two", Cause::Dash),
        ("http://www.example.com", Cause::Address),
        ("a.b@example.com", Cause::Address),
        ("3.14", Cause::Number),
        ("我喜歡喝波霸奶茶。", Cause::HanKana),
        ("กรุงเทพ", Cause::ScriptWithoutSpaces),
        ("안녕하세요", Cause::Hangul),
        ("a\u{2060}b", Cause::NoBreakSpace),
        ("a\u{200b}b", Cause::Invisible),
        ("\u{1}", Cause::Invisible),
        ("😀", Cause::Symbol),
        ("caf\u{e9}s-r\u{e9}els", Cause::Hyphen),
        ("na\u{ef}ve", Cause::OtherLetters),
        ("Москва", Cause::OtherLetters),
        ("f(x)", Cause::InnerPunctuation),
    ] {
        let found = differences(text);
        assert_eq!(found.causes().len(), 1, "{text:?}: {found:?}");
        assert_eq!(found.causes()[0].cause, cause, "{text:?}");
        assert_exact_shares(&tally(text));
    }
}

#[test]
fn equal_counts_have_no_cause() {
    for text in ["", " ", "Plain words, (quoted) \"and\" so on!\r\n\r\nMore: words; here?\n", "a"] {
        assert_eq!(differences(text), Differences::default(), "{text:?}");
    }
}

#[test]
fn examples_are_the_first_clusters_with_their_offsets() {
    let text = "A well-known, well-known fact\u{a0}that  one-to-one is e.g. fine.";
    let found = differences(text);
    let hyphens = found.causes().iter().find(|found| found.cause == Cause::Hyphen).unwrap();
    let shown: Vec<_> = hyphens.examples.iter().map(|one| (one.text.as_str(), one.offset_bytes)).collect();
    assert_eq!(shown, [("well-known,", 2), ("well-known", 14), ("one-to-one", 37)]);
    assert_eq!(hyphens.clusters, 3);
    for example in &hyphens.examples {
        assert!(text[example.offset_bytes as usize..].starts_with(&example.text));
    }
    assert_eq!(hyphens.examples[2].words.get(Definition::Cat), 3);
}

#[test]
fn the_divisor_is_a_cause_of_its_own() {
    let tally = tally(&format!("{} with some English words", "我喜歡喝波霸奶茶".repeat(20)));
    let found = tally.differences().unwrap();
    assert!(found.causes().iter().any(|one| one.cause == Cause::Divisor), "{found:?}");
    assert_exact_shares(&tally);
}

#[test]
fn shares_of_clusters_over_the_limit_are_exact() {
    for part in ["x", "x-", "漢", "\u{301}", "a\u{a0}", "a\u{200e}"] {
        for ends in ["", " plain words and 3.14 ", "\u{301} "] {
            assert_exact_shares(&tally(&format!("some words {}{ends}", part.repeat(150_000 / part.len()))));
        }
    }
}

#[test]
fn there_are_no_differences_unless_enabled() {
    assert_eq!(count("a-b", &Options::default()).differences(), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn shares_sum_to_the_difference(parts in prop::collection::vec(texts(), 0..4)) {
        let text = parts.concat();
        let explained = tally(&text);
        assert_exact_shares(&explained);
        let plain = count(&text, &Options::default());
        prop_assert_eq!(explained.words, plain.words);
        prop_assert_eq!(explained.sentences, plain.sentences);
        prop_assert_eq!(explained.histogram, plain.histogram);
    }

    #[test]
    fn merged_parts_have_the_same_differences(
        text in prop::collection::vec(texts(), 0..4),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let text = text.concat();
        let mut cuts: Vec<usize> =
            cuts.iter().filter_map(|cut| next_cut(&text, cut.index(text.len() + 1))).collect();
        cuts.extend([0, text.len()]);
        cuts.sort_unstable();
        let parts = cuts.windows(2).map(|part| tally(&text[part[0]..part[1]]));
        prop_assert_eq!(parts.reduce(Tally::merge), Some(tally(&text)));
    }

    #[test]
    fn pieces_have_the_same_differences(text in texts(), size in 1usize..40) {
        let mut counter = Counter::new(Options::default().with_differences(true));
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(rest.floor_char_boundary(size.max(4)));
            counter.push(piece);
            rest = after;
        }
        prop_assert_eq!(counter.finish(), tally(&text));
    }
}
