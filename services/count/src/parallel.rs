//! Counting one text on several threads.
//!
//! Cuts at cluster borders, counts the parts and merges them in order: the result is that of one pass.

use std::thread;

use crate::{Options, Tally, count, next_cut};

/// Shortest part worth a thread, in bytes.
const SHORTEST_PART: usize = 256 << 10;

/// As [`count`], on up to `threads` threads. The tally is the same, but which words were entered when
/// the histogram's bound was reached.
#[must_use]
pub fn count_parallel(text: &str, threads: usize, options: &Options) -> Tally {
    let parts = parts(text, threads.clamp(1, text.len() / SHORTEST_PART + 1));
    let Some((&first, others)) = parts.split_first() else { return Tally::default() };
    thread::scope(|scope| {
        let spawn = |&part| scope.spawn(move || count(part, options));
        let running: Vec<_> = others.iter().map(spawn).collect();
        running.into_iter().fold(count(first, options), |before, part| {
            before.merge(part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })
    })
}

/// `text` in about `number` parts of about the same length, cut at cluster borders.
fn parts(text: &str, number: usize) -> Vec<&str> {
    let step = text.len() / number + 1;
    let mut parts = Vec::with_capacity(number);
    let mut rest = text;
    while let Some(cut) = (rest.len() > step).then(|| next_cut(rest, step)).flatten() {
        let (part, after) = rest.split_at(cut);
        parts.push(part);
        rest = after;
    }
    parts.push(rest);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_make_the_whole() {
        let text = "one two\r\nthree  four ".repeat(1000);
        for number in 1..9 {
            let parts = parts(&text, number);
            assert_eq!(parts.concat(), text);
            assert!((number..=number + 1).contains(&parts.len()), "{number}: {}", parts.len());
        }
    }

    #[test]
    fn several_threads_count_as_one() {
        let text = "A sentence. Another one\nhere, and so on 3.14 \u{4e00}\u{4e8c} ".repeat(30_000);
        let options = Options::default();
        assert_eq!(count_parallel(&text, 4, &options), count(&text, &options));
        assert_eq!(count_parallel("", 4, &options), Tally::default());
    }
}
