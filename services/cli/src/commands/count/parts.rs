//! Takes the text of a document as it is found, cuts it where parts merge to the bit, and merges their tallies.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, channel};

use tally_count::{Counter, next_cut};
use tally_extract::{Region, Sink};

use super::Plan;
use super::crew::{Crew, Part};
use super::sum::{Asked, Sum, is_open};
use crate::screen::Progress;

/// How long parts are, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lengths {
    /// At least so long: then handing one over costs nothing beside counting it.
    part: usize,
    /// From here on a text without a place to cut is counted as it comes: it may have none at all.
    longest: usize,
}

const LENGTHS: Lengths = Lengths { part: 1 << 20, longest: 8 << 20 };

/// The text of a document on its way to its tally.
pub(super) struct Parts<'p> {
    plan: &'p Plan,
    crew: &'p Crew,
    progress: &'p Progress,
    lengths: Lengths,
    regions: Vec<RegionText>,
}

/// The text of one region.
struct RegionText {
    region: Region,
    lengths: Lengths,
    text: String,
    /// From which length on a cut is looked for; grows while there is none, so that looking stays cheap.
    cut_from: usize,
    /// Counts a stretch in which no place to cut was found.
    uncut: Option<Counter>,
    /// Whether what that has counted ends within a line.
    open: bool,
    handed_over: usize,
    merged: usize,
    sum: Option<Sum>,
    /// How many of its words the progress knows of.
    told_of: u64,
    early: BTreeMap<usize, Sum>,
    tell: Sender<(usize, Sum)>,
    told: Receiver<(usize, Sum)>,
}

impl<'p> Parts<'p> {
    pub(super) const fn new(plan: &'p Plan, crew: &'p Crew, progress: &'p Progress) -> Self {
        Self { plan, crew, progress, lengths: LENGTHS, regions: Vec::new() }
    }

    /// The sum of everything; `None` when a thread of the crew did not live to tell.
    pub(super) fn finish(self) -> Option<Sum> {
        let mut whole: Option<Sum> = None;
        for region in self.regions {
            let told_of = region.told_of;
            let sum = region.finish(&self.plan.asked)?;
            self.progress.found(sum.words(self.plan.headline()).saturating_sub(told_of));
            whole = Some(merged(whole, sum));
        }
        Some(whole.unwrap_or_else(|| self.plan.asked.count("")))
    }
}

fn merged(before: Option<Sum>, next: Sum) -> Sum {
    match before {
        Some(before) => before.merge(next),
        None => next,
    }
}

impl Sink for Parts<'_> {
    fn text(&mut self, region: Region, text: &str) {
        if !self.plan.counts(region) {
            return;
        }
        let place = self.regions.iter().position(|known| known.region == region).unwrap_or_else(|| {
            self.regions.push(RegionText::new(region, self.lengths));
            self.regions.len() - 1
        });
        let region = &mut self.regions[place];
        let merged = region.merged;
        region.push(text, self.crew, &self.plan.asked);
        if region.merged > merged {
            let words = region.sum.as_ref().map_or(0, |sum| sum.words(self.plan.headline()));
            self.progress.found(words.saturating_sub(region.told_of));
            region.told_of = words;
        }
    }
}

impl RegionText {
    fn new(region: Region, lengths: Lengths) -> Self {
        let (tell, told) = channel();
        Self {
            region,
            lengths,
            text: String::new(),
            cut_from: lengths.part,
            uncut: None,
            open: false,
            handed_over: 0,
            merged: 0,
            sum: None,
            told_of: 0,
            early: BTreeMap::new(),
            tell,
            told,
        }
    }

    fn push(&mut self, text: &str, crew: &Crew, asked: &Asked) {
        self.text.push_str(text);
        self.read_on(asked);
        while self.uncut.is_none() && self.text.len() > self.cut_from {
            match next_cut(&self.text, self.lengths.part) {
                Some(cut) => self.hand_over(cut, crew, asked),
                None if self.text.len() > self.lengths.longest => {
                    self.uncut = Some(Counter::new(asked.options()));
                    self.read_on(asked);
                }
                None => self.cut_from = self.text.len() * 2,
            }
        }
    }

    /// Has the crew count what stands before the cut.
    fn hand_over(&mut self, cut: usize, crew: &Crew, asked: &Asked) {
        let mut rest = String::with_capacity(self.lengths.part + self.lengths.part / 4);
        rest.push_str(&self.text[cut..]);
        self.text.truncate(cut);
        let text = std::mem::replace(&mut self.text, rest);
        self.cut_from = self.lengths.part;
        let part = Part { text, asked: asked.clone(), place: self.handed_over, tell: self.tell.clone() };
        self.handed_over += 1;
        crew.count(part);
        self.merge_told();
    }

    /// Goes on counting a stretch without a cut, until there is one.
    fn read_on(&mut self, asked: &Asked) {
        let Some(mut counter) = self.uncut.take() else { return };
        let Some(cut) = next_cut(&self.text, 1) else {
            if !self.text.is_empty() {
                counter.push(&self.text);
                self.open = is_open(&self.text);
                self.text.clear();
            }
            self.uncut = Some(counter);
            return;
        };
        counter.push(&self.text[..cut]);
        let open = is_open(&self.text[..cut]);
        self.text.drain(..cut);
        self.cut_from = self.lengths.part;
        let place = self.handed_over;
        self.handed_over += 1;
        self.merge(place, asked.sum_of(counter.finish(), open));
    }

    /// Merges what has been told, as far as it is in order.
    fn merge_told(&mut self) {
        while let Ok((place, sum)) = self.told.try_recv() {
            self.merge(place, sum);
        }
    }

    fn merge(&mut self, place: usize, sum: Sum) {
        self.early.insert(place, sum);
        while let Some(next) = self.early.remove(&self.merged) {
            self.merged += 1;
            self.sum = Some(merged(self.sum.take(), next));
        }
    }

    fn finish(mut self, asked: &Asked) -> Option<Sum> {
        let last = match self.uncut.take() {
            Some(mut counter) => {
                counter.push(&self.text);
                let open = if self.text.is_empty() { self.open } else { is_open(&self.text) };
                asked.sum_of(counter.finish(), open)
            }
            None => asked.count(&self.text),
        };
        let (tell, _) = channel();
        // Our own sender would keep the channel open for ever.
        self.tell = tell;
        while self.merged < self.handed_over {
            let (place, sum) = self.told.recv().ok()?;
            self.merge(place, sum);
        }
        Some(merged(self.sum, last))
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use tally_count::{Definition, Options};

    use super::*;

    /// Counts in pieces as they come from a file, cut into parts of a few kilobytes.
    fn count_in_parts(asked: Asked, text: &str) -> Sum {
        let plan = Plan { asked, ..Plan::default() };
        std::thread::scope(|scope| {
            let crew = Crew::start(scope, NonZeroUsize::new(3).unwrap());
            let lengths = Lengths { part: 4 << 10, longest: 32 << 10 };
            let progress = Progress::of_bytes(None);
            let mut parts = Parts { lengths, ..Parts::new(&plan, &crew, &progress) };
            let mut rest = text;
            while !rest.is_empty() {
                let piece = rest.floor_char_boundary(1_000).max(1);
                parts.text(Region::Body, &rest[..piece]);
                rest = &rest[piece..];
            }
            parts.finish().unwrap()
        })
    }

    #[test]
    fn parts_give_what_the_whole_gives() {
        let ordinary = "It's 3.14 o'clock \u{2014} d\u{e9}j\u{e0}-vu, \u{4f60}\u{597d}!\r\n".repeat(2_000);
        let uncut = "\u{4f60}\u{597d}abc".repeat(20_000);
        for text in [ordinary.clone(), uncut.clone(), format!("{ordinary}{uncut}{ordinary}"), String::new()] {
            let everything = Asked::Everything(Options::default());
            let whole = everything.count(&text);
            assert!(count_in_parts(everything, &text) == whole, "{} bytes differ", text.len());
            let few = count_in_parts(Asked::Few(vec![Definition::Wc]), &text);
            assert_eq!((few.lines(), few.characters()), (whole.lines(), whole.characters()));
        }
    }
}
