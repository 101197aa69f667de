//! Text in pieces of any size in, one tally out.
//!
//! Knows clusters: cuts what comes into whole ones, keeps the one that is not yet whole, and hands them
//! to those who count. Memory is the histogram's and one cluster's, whatever the text.

#[cfg(test)]
mod tests;

use crate::cut::{LIMIT, forced, last_border, may_start, next_cut};
use crate::differences::{DifferenceCounter, next_ambiguous};
use crate::measures::{Measures, is_space};
use crate::properties::PropertyTable;
use crate::segment_counter::SegmentCounter;
use crate::{Options, Tally};

/// Longest character, in bytes: what must follow a place before it is known for a border.
const LONGEST_CHARACTER: usize = 4;

/// Counts a text that comes in pieces.
///
/// ```
/// use tally_count::{Counter, Definition, Options};
/// let mut counter = Counter::new(Options::default());
/// counter.push("devil-may-");
/// counter.push("care");
/// assert_eq!(counter.finish().words.get(Definition::Unicode), 3);
/// ```
#[derive(Debug)]
pub struct Counter {
    table: &'static PropertyTable,
    measures: Measures,
    segments: SegmentCounter,
    explainer: Option<DifferenceCounter>,
    bytes: u64,
    last_byte: u8,
    /// The start of a cluster whose end has not come.
    pending: String,
}

impl Counter {
    /// A counter of nothing yet.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "callers make options for one counter")]
    pub fn new(options: Options) -> Self {
        Self::with(&options)
    }

    fn with(options: &Options) -> Self {
        let table = PropertyTable::shared();
        Self {
            table,
            measures: Measures::new(),
            segments: SegmentCounter::new(table, options),
            explainer: options.differences.then(DifferenceCounter::new),
            bytes: 0,
            last_byte: 0,
            pending: String::new(),
        }
    }

    /// Counts the next piece; it may end in the middle of a word or of a grapheme.
    pub fn push(&mut self, piece: &str) {
        let mut rest = piece;
        while !self.pending.is_empty() && !rest.is_empty() {
            rest = self.add_to_pending(rest);
        }
        let taken = self.take_whole(rest);
        self.pending.push_str(&rest[taken..]);
    }

    /// Words by [`Definition::Unicode`](crate::Definition::Unicode) so far: for progress, one cluster
    /// behind the last piece.
    #[must_use]
    pub const fn words_so_far(&self) -> u64 {
        self.segments.unicode_words
    }

    /// The tally of everything that was pushed.
    #[must_use]
    pub fn finish(mut self) -> Tally {
        let pending = std::mem::take(&mut self.pending);
        self.take_last(&pending);
        let explained = self.explainer.map(DifferenceCounter::finish);
        Tally::new(self.bytes, self.last_byte, self.measures.figures(), self.segments, explained)
    }

    /// Adds the start of `rest` to the pending cluster, up to where it ends if that is near; returns
    /// what is left of `rest`.
    fn add_to_pending<'a>(&mut self, rest: &'a str) -> &'a str {
        let near = &rest[..rest.floor_char_boundary(LIMIT)];
        let end = match self.pending.as_bytes().last() {
            Some(&last) if is_space(last) && may_start(self.table, last, near) => Some(0),
            _ => next_cut(near, 1),
        };
        let (head, rest) = rest.split_at(end.unwrap_or(near.len()));
        let mut pending = std::mem::take(&mut self.pending);
        pending.push_str(head);
        if end.is_some() {
            self.take_last(&pending);
            pending.clear();
        } else if pending.len() > LIMIT + LONGEST_CHARACTER {
            let taken = self.take_whole(&pending);
            pending.drain(..taken);
        }
        self.pending = pending;
        rest
    }

    /// Counts the whole clusters that `text` starts with; returns where they end.
    fn take_whole(&mut self, text: &str) -> usize {
        let taken = self.take_full(text, LIMIT + LONGEST_CHARACTER);
        let rest = &text[taken..];
        let until = rest.len().saturating_sub(1).min(LIMIT);
        match last_border(self.table, rest, until) {
            Some(border) => {
                self.take_clusters(&rest[..border]);
                taken + border
            }
            None => taken,
        }
    }

    /// Counts all of `text`, which ends with a cluster.
    fn take_last(&mut self, text: &str) {
        let taken = self.take_full(text, LIMIT);
        self.take_clusters(&text[taken..]);
    }

    /// Counts clusters from the start of `text` while more than `enough` bytes are there, so that it is
    /// known where the last cluster within the limit ends; returns where they end.
    fn take_full(&mut self, text: &str, enough: usize) -> usize {
        let mut taken = 0;
        while text.len() - taken > enough {
            let rest = &text[taken..];
            let end = last_border(self.table, rest, LIMIT).unwrap_or_else(|| forced(self.table, rest));
            self.take_clusters(&rest[..end]);
            taken += end;
        }
        taken
    }

    /// Counts whole clusters, none longer than the limit.
    fn take_clusters(&mut self, text: &str) {
        if let Some(&last) = text.as_bytes().last() {
            self.measures.take(self.table, text);
            match self.explainer.take() {
                None => self.segments.take(text),
                Some(mut explainer) => {
                    self.take_explained(text, &mut explainer);
                    self.explainer = Some(explainer);
                }
            }
            self.bytes += text.len() as u64;
            self.last_byte = last;
        }
    }

    /// Counts segments, and tells the explainer of the clusters that definitions may differ about.
    fn take_explained(&mut self, text: &str, explainer: &mut DifferenceCounter) {
        let mut at = 0;
        while at < text.len() {
            let odd = next_ambiguous(self.table, text, at, explainer.is_open());
            self.segments.take(&text[at..odd.start]);
            let before = self.segments.words();
            self.segments.take(&text[odd.clone()]);
            if !odd.is_empty() {
                let after = self.segments.words();
                let words = (after.0 - before.0, after.1 - before.1);
                explainer.take(self.table, &text[odd.clone()], self.bytes + odd.start as u64, words);
            }
            at = odd.end;
        }
    }
}

/// The tally of a whole text.
///
/// ```
/// use tally_count::{Definition, Options, count};
/// let tally = count("devil-may-care", &Options::default());
/// assert_eq!(tally.words.get(Definition::Wc), 1);
/// assert_eq!(tally.words.get(Definition::Unicode), 3);
/// ```
#[must_use]
pub fn count(text: &str, options: &Options) -> Tally {
    let mut counter = Counter::with(options);
    counter.take_last(text);
    counter.finish()
}
