//! Takes the text of a document as it is found, cuts it where parts merge to the bit, and merges their tallies.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, channel};

use tally_count::{Counter, Words, next_cut, unicode_words};
use tally_extract::{MediaType, Region, Sink};

use super::Plan;
use super::count_pool::{CountPool, TextPart};
use super::part_count::{CountMode, PartCount, is_open};
use crate::screen::Progress;

/// How long parts are, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct PartSizes {
    /// At least so long: then handing one over costs nothing beside counting it.
    part: usize,
    /// From here on a text without a place to cut is counted as it comes: it may have none at all.
    longest: usize,
}

const PART_SIZES: PartSizes = PartSizes { part: 1 << 20, longest: 8 << 20 };

/// The words of each region by every definition, in the order in which the document has them.
pub(super) type RegionWords = Vec<(Region, Words)>;

/// What was counted of a document.
pub(super) struct SplitCount {
    /// The sum of the regions that count.
    pub(super) count: PartCount,
    /// The words of each region that was counted exactly.
    pub(super) regions: RegionWords,
    /// The words of each region by the headline definition; roughly, where it does not count.
    pub(super) words: Vec<(Region, u64)>,
}

/// The text of a document on its way to its tally.
pub(super) struct PartSplitter<'p> {
    plan: &'p Plan,
    mode: CountMode,
    pool: &'p CountPool,
    progress: &'p Progress,
    sizes: PartSizes,
    regions: Vec<RegionText>,
    /// The words of the regions that do not count.
    uncounted: Vec<(Region, u64)>,
}

struct RegionText {
    region: Region,
    sizes: PartSizes,
    text: String,
    /// From which length on a cut is looked for; grows while there is none, so that looking stays cheap.
    cut_from: usize,
    /// Counts a stretch in which no place to cut was found.
    unsplit: Option<Counter>,
    /// Whether what that has counted ends within a line.
    open: bool,
    sent: usize,
    merged: usize,
    count: Option<PartCount>,
    /// How many of its words the progress knows of.
    reported_words: u64,
    out_of_order: BTreeMap<usize, PartCount>,
    sender: Sender<(usize, PartCount)>,
    results: Receiver<(usize, PartCount)>,
}

impl<'p> PartSplitter<'p> {
    pub(super) fn new(
        media_type: MediaType,
        plan: &'p Plan,
        pool: &'p CountPool,
        progress: &'p Progress,
    ) -> Self {
        let mode = plan.mode.for_document(media_type);
        Self { plan, mode, pool, progress, sizes: PART_SIZES, regions: Vec::new(), uncounted: Vec::new() }
    }

    /// The counts of the document. `None` if a thread of the pool has died.
    pub(super) fn finish(self) -> Option<SplitCount> {
        let mut whole: Option<PartCount> = None;
        let mut regions = RegionWords::new();
        let mut words = self.uncounted;
        for region in self.regions {
            let (name, reported_words) = (region.region, region.reported_words);
            let count = region.finish(&self.mode)?;
            regions.extend(count.tally().map(|tally| (name, tally.words)));
            words.push((name, count.words(self.plan.headline())));
            if self.plan.counts(name) {
                self.progress.add_words(count.words(self.plan.headline()).saturating_sub(reported_words));
                whole = Some(merged(whole, count));
            }
        }
        Some(SplitCount { count: whole.unwrap_or_else(|| self.mode.count("")), regions, words })
    }
}

impl PartSplitter<'_> {
    /// Counts a piece of a region that does not count, for a warning: a word on a border counts twice.
    fn count_roughly(&mut self, region: Region, text: &str) {
        let words = unicode_words(text);
        match self.uncounted.iter_mut().find(|(known, _)| *known == region) {
            Some((_, known)) => *known += words,
            None => self.uncounted.push((region, words)),
        }
    }
}

fn merged(before: Option<PartCount>, next: PartCount) -> PartCount {
    match before {
        Some(before) => before.merge(next),
        None => next,
    }
}

impl Sink for PartSplitter<'_> {
    fn text(&mut self, region: Region, text: &str) {
        let is_counted = self.plan.counts(region);
        if !is_counted && !self.plan.all_regions {
            return self.count_roughly(region, text);
        }
        let index = self.regions.iter().position(|known| known.region == region).unwrap_or_else(|| {
            self.regions.push(RegionText::new(region, self.sizes));
            self.regions.len() - 1
        });
        let region = &mut self.regions[index];
        let merged = region.merged;
        region.push(text, self.pool, &self.mode);
        if is_counted && region.merged > merged {
            let words = region.count.as_ref().map_or(0, |count| count.words(self.plan.headline()));
            self.progress.add_words(words.saturating_sub(region.reported_words));
            region.reported_words = words;
        }
    }
}

impl RegionText {
    fn new(region: Region, sizes: PartSizes) -> Self {
        let (sender, results) = channel();
        Self {
            region,
            sizes,
            text: String::new(),
            cut_from: sizes.part,
            unsplit: None,
            open: false,
            sent: 0,
            merged: 0,
            count: None,
            reported_words: 0,
            out_of_order: BTreeMap::new(),
            sender,
            results,
        }
    }

    fn push(&mut self, text: &str, pool: &CountPool, mode: &CountMode) {
        self.text.push_str(text);
        self.push_unsplit(mode);
        while self.unsplit.is_none() && self.text.len() > self.cut_from {
            match next_cut(&self.text, self.sizes.part) {
                Some(cut) => self.send_part(cut, pool, mode),
                None if self.text.len() > self.sizes.longest => {
                    self.unsplit = Some(Counter::new(mode.options()));
                    self.push_unsplit(mode);
                }
                None => self.cut_from = self.text.len() * 2,
            }
        }
    }

    /// Has the crew count what stands before the cut.
    fn send_part(&mut self, cut: usize, pool: &CountPool, mode: &CountMode) {
        let mut rest = String::with_capacity(self.sizes.part + self.sizes.part / 4);
        rest.push_str(&self.text[cut..]);
        self.text.truncate(cut);
        let text = std::mem::replace(&mut self.text, rest);
        self.cut_from = self.sizes.part;
        let part = TextPart { text, mode: mode.clone(), index: self.sent, results: self.sender.clone() };
        self.sent += 1;
        pool.count(part);
        self.merge_ready();
    }

    /// Goes on counting a stretch without a cut, until there is one.
    fn push_unsplit(&mut self, mode: &CountMode) {
        let Some(mut counter) = self.unsplit.take() else { return };
        let Some(cut) = next_cut(&self.text, 1) else {
            if !self.text.is_empty() {
                counter.push(&self.text);
                self.open = is_open(&self.text);
                self.text.clear();
            }
            self.unsplit = Some(counter);
            return;
        };
        counter.push(&self.text[..cut]);
        let open = is_open(&self.text[..cut]);
        self.text.drain(..cut);
        self.cut_from = self.sizes.part;
        let index = self.sent;
        self.sent += 1;
        self.merge(index, mode.sum_of(counter.finish(), open));
    }

    /// Merges what has been told, as far as it is in order.
    fn merge_ready(&mut self) {
        while let Ok((index, count)) = self.results.try_recv() {
            self.merge(index, count);
        }
    }

    fn merge(&mut self, index: usize, count: PartCount) {
        self.out_of_order.insert(index, count);
        while let Some(next) = self.out_of_order.remove(&self.merged) {
            self.merged += 1;
            self.count = Some(merged(self.count.take(), next));
        }
    }

    fn finish(mut self, mode: &CountMode) -> Option<PartCount> {
        let last = match self.unsplit.take() {
            Some(mut counter) => {
                counter.push(&self.text);
                let open = if self.text.is_empty() { self.open } else { is_open(&self.text) };
                mode.sum_of(counter.finish(), open)
            }
            None => mode.count(&self.text),
        };
        let (sender, _) = channel();
        // Our own sender would keep the channel open for ever.
        self.sender = sender;
        while self.merged < self.sent {
            let (index, count) = self.results.recv().ok()?;
            self.merge(index, count);
        }
        Some(merged(self.count, last))
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use tally_count::{Definition, Options};

    use super::*;

    /// Counts in pieces as they come from a file, cut into parts of a few kilobytes.
    fn count_in_parts(mode: CountMode, text: &str) -> PartCount {
        let plan = Plan { mode, ..Plan::default() };
        std::thread::scope(|scope| {
            let pool = CountPool::start(scope, NonZeroUsize::new(3).unwrap());
            let sizes = PartSizes { part: 4 << 10, longest: 32 << 10 };
            let progress = Progress::of_bytes(None);
            let media_type = MediaType::PlainText;
            let mut parts = PartSplitter { sizes, ..PartSplitter::new(media_type, &plan, &pool, &progress) };
            let mut rest = text;
            while !rest.is_empty() {
                let piece = rest.floor_char_boundary(1_000).max(1);
                parts.text(Region::Body, &rest[..piece]);
                rest = &rest[piece..];
            }
            parts.finish().unwrap().count
        })
    }

    #[test]
    fn parts_give_what_the_whole_gives() {
        let ordinary = "It's 3.14 o'clock \u{2014} d\u{e9}j\u{e0}-vu, \u{4f60}\u{597d}!\r\n".repeat(2_000);
        let unsplit = "\u{4f60}\u{597d}abc".repeat(20_000);
        for text in
            [ordinary.clone(), unsplit.clone(), format!("{ordinary}{unsplit}{ordinary}"), String::new()]
        {
            let everything = CountMode::Full(Options::default());
            let whole = everything.for_document(MediaType::PlainText).count(&text);
            assert!(count_in_parts(everything, &text) == whole, "{} bytes differ", text.len());
            let few = count_in_parts(CountMode::Fast(vec![Definition::Wc]), &text);
            assert_eq!((few.lines(), few.characters()), (whole.lines(), whole.characters()));
        }
    }
}
