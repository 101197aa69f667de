//! Tests of the bounds, order, merging and estimates of the histogram.

use super::*;

fn of(words: impl IntoIterator<Item = String>, options: &Options) -> Histogram {
    let mut histogram = Histogram::new(options);
    words.into_iter().for_each(|word| histogram.add(&word));
    histogram
}

fn numbered(range: std::ops::Range<u32>) -> impl Iterator<Item = String> {
    range.map(|number| format!("word-number-{:x}", number.wrapping_mul(0x9e37_79b9)))
}

#[test]
fn keeps_words_of_every_length_up_to_the_limit() {
    let words: Vec<String> = (1..=300).map(|len| "ä".repeat(len / 2) + &"x".repeat(len % 2)).collect();
    let histogram = of(words.iter().chain(&words).cloned(), &Options::default());
    for word in &words {
        assert_eq!(histogram.get(word), if word.len() <= LONGEST { 2 } else { 0 });
    }
    assert_eq!((histogram.len(), histogram.left_out()), (256, 88));
    assert_eq!(histogram.distinct(), (300, false));
    assert_eq!(Histogram::from_entries(histogram.clone().into_entries()).sorted(), histogram.sorted());
}

#[test]
fn top_orders_by_count_then_by_word() {
    let histogram = of(["b", "a", "c", "c", "d"].map(str::to_owned), &Options::default());
    let top = |n| histogram.top(n).into_iter().map(|(word, _)| word).collect::<String>();
    assert_eq!((top(0).as_str(), top(2).as_str(), top(9).as_str()), ("", "ca", "cabd"));
}

#[test]
fn adds_no_words_after_the_bound_but_counts_all() {
    for options in [
        Options::default().with_histogram(1000, usize::MAX),
        Options::default().with_histogram(usize::MAX, 50_000),
        Options::default().with_histogram(0, 0),
    ] {
        let histogram = of(numbered(0..50_000).chain(numbered(0..50_000)), &options);
        assert!(histogram.len() <= 1100 && !histogram.is_complete());
        let counted: u64 = histogram.iter().map(|(_, count)| count).sum();
        assert_eq!(counted + histogram.left_out(), 100_000);
        let (distinct, estimated) = histogram.distinct();
        assert!(estimated && (48_500..51_500).contains(&distinct), "{distinct}");
    }
}

#[test]
fn an_estimate_does_not_depend_on_the_cut() {
    let options = Options::default().with_histogram(100, usize::MAX);
    let whole = of(numbered(0..5000), &options);
    for cut in [0, 10, 99, 100, 101, 2500, 4999] {
        let merged = of(numbered(0..cut), &options).merge(of(numbered(cut..5000), &options));
        assert_eq!(merged.distinct(), whole.distinct(), "{cut}");
        assert_eq!(merged.left_out(), whole.left_out(), "{cut}");
    }
}

#[test]
fn estimates_are_accurate_at_every_size() {
    for size in [1, 10, 100, 1000, 10_000, 100_000, 1_000_000] {
        let histogram = of(numbered(0..size), &Options::default().with_histogram(0, 0));
        let error = histogram.distinct().0 as f64 / f64::from(size) - 1.0;
        assert!(error.abs() < 0.03, "{size}: {error}");
    }
}
