//! Counts a text that arrives in pieces of any size.
//!
//! The counter buffers an incomplete cluster and counts complete ones. Memory is bounded by the
//! histogram and one cluster.

#[cfg(test)]
mod tests;

use crate::cut::{MAX_CLUSTER_BYTES, can_start, forced_cut, last_border, next_cut};
use crate::differences::{DifferenceCounter, next_ambiguous};
use crate::measures::{Measures, is_space};
use crate::properties::PropertyTable;
use crate::segment_counter::SegmentCounter;
use crate::{Options, Tally};

/// A border can only be recognised when the whole next character is known.
const MAX_CHARACTER_BYTES: usize = 4;

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
    differences: Option<DifferenceCounter>,
    bytes: u64,
    last_byte: u8,
    /// The start of an incomplete cluster.
    pending: String,
}

impl Counter {
    /// An empty counter.
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
            differences: options.differences.then(DifferenceCounter::new),
            bytes: 0,
            last_byte: 0,
            pending: String::new(),
        }
    }

    /// Counts the next piece. It may end within a word or a grapheme.
    pub fn push(&mut self, piece: &str) {
        let mut rest = piece;
        while !self.pending.is_empty() && !rest.is_empty() {
            rest = self.add_to_pending(rest);
        }
        let counted = self.push_complete(rest);
        self.pending.push_str(&rest[counted..]);
    }

    /// The tally of all pushed text.
    #[must_use]
    pub fn finish(mut self) -> Tally {
        let pending = std::mem::take(&mut self.pending);
        self.push_last(&pending);
        let cause_totals = self.differences.map(DifferenceCounter::finish);
        Tally::new(self.bytes, self.last_byte, self.measures.state(), self.segments, cause_totals)
    }

    /// Adds the start of `rest` to the pending cluster, up to the end of the cluster if that is near.
    /// Returns the remainder of `rest`.
    fn add_to_pending<'a>(&mut self, rest: &'a str) -> &'a str {
        let near = &rest[..rest.floor_char_boundary(MAX_CLUSTER_BYTES)];
        let end = match self.pending.as_bytes().last() {
            Some(&last) if is_space(last) && can_start(self.table, last, near) => Some(0),
            _ => next_cut(near, 1),
        };
        let (head, rest) = rest.split_at(end.unwrap_or(near.len()));
        let mut pending = std::mem::take(&mut self.pending);
        pending.push_str(head);
        if end.is_some() {
            self.push_last(&pending);
            pending.clear();
        } else if pending.len() > MAX_CLUSTER_BYTES + MAX_CHARACTER_BYTES {
            let counted = self.push_complete(&pending);
            pending.drain(..counted);
        }
        self.pending = pending;
        rest
    }

    /// Counts the complete clusters at the start of `text`. Returns where they end.
    fn push_complete(&mut self, text: &str) -> usize {
        let counted = self.push_while_longer(text, MAX_CLUSTER_BYTES + MAX_CHARACTER_BYTES);
        let rest = &text[counted..];
        let until = rest.len().saturating_sub(1).min(MAX_CLUSTER_BYTES);
        match last_border(self.table, rest, until) {
            Some(border) => {
                self.push_clusters(&rest[..border]);
                counted + border
            }
            None => counted,
        }
    }

    /// Counts all of `text`, which ends at the end of a cluster.
    fn push_last(&mut self, text: &str) {
        let counted = self.push_while_longer(text, MAX_CLUSTER_BYTES);
        self.push_clusters(&text[counted..]);
    }

    /// Counts clusters from the start of `text` while more than `len` bytes remain: enough to know the
    /// last border within the size limit. Returns where the counted clusters end.
    fn push_while_longer(&mut self, text: &str, len: usize) -> usize {
        let mut counted = 0;
        while text.len() - counted > len {
            let rest = &text[counted..];
            let end = last_border(self.table, rest, MAX_CLUSTER_BYTES)
                .unwrap_or_else(|| forced_cut(self.table, rest));
            self.push_clusters(&rest[..end]);
            counted += end;
        }
        counted
    }

    /// Counts complete clusters, none of them over the size limit.
    fn push_clusters(&mut self, text: &str) {
        if let Some(&last) = text.as_bytes().last() {
            self.measures.push(self.table, text);
            match self.differences.take() {
                None => self.segments.push(text),
                Some(mut differences) => {
                    self.push_with_differences(text, &mut differences);
                    self.differences = Some(differences);
                }
            }
            self.bytes += text.len() as u64;
            self.last_byte = last;
        }
    }

    /// Counts segments, and passes each ambiguous cluster to `differences`.
    fn push_with_differences(&mut self, text: &str, differences: &mut DifferenceCounter) {
        let mut at = 0;
        while at < text.len() {
            let cluster = next_ambiguous(self.table, text, at, differences.is_open());
            self.segments.push(&text[at..cluster.start]);
            let before = self.segments.words();
            self.segments.push(&text[cluster.clone()]);
            if !cluster.is_empty() {
                let after = self.segments.words();
                let words = (after.0 - before.0, after.1 - before.1);
                let offset = self.bytes + cluster.start as u64;
                differences.push(self.table, &text[cluster.clone()], offset, words);
            }
            at = cluster.end;
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
    counter.push_last(text);
    counter.finish()
}
