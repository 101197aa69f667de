//! Counts the clusters of each cause, so that parts merge exactly.
//!
//! GMX-V's words depend on the divisor of the whole text, so they are computed from characters at the end.

use super::{Cause, Difference, Differences, Example};
use crate::gmx::GmxDivisor;
use crate::measures::{MeasureState, Measures, is_space};
use crate::properties::PropertyTable;
use crate::{Definition, Words, undecoded};

/// Counts ambiguous clusters by every definition.
#[derive(Debug)]
pub(crate) struct DifferenceCounter {
    totals: Box<CauseTotals>,
    /// Only counts ambiguous clusters. Plain ones start and end between words.
    measures: Measures,
    /// Whether the last cluster was cut at the size limit, so that the next one continues it.
    is_open: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct CauseTotals {
    causes: [CauseTotal; Cause::ALL.len()],
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct CauseTotal {
    clusters: u64,
    counts: ClusterCounts,
    examples: Vec<StoredExample>,
}

/// Words by every definition except GMX-V, and the characters for GMX-V.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct ClusterCounts {
    words: Words,
    gmx_characters: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct StoredExample {
    text: String,
    offset_bytes: u64,
    counts: ClusterCounts,
}

impl DifferenceCounter {
    pub(crate) fn new() -> Self {
        Self { totals: Box::default(), measures: Measures::new(), is_open: false }
    }

    /// Whether the next cluster must be pushed even if it is plain.
    pub(crate) const fn is_open(&self) -> bool {
        self.is_open
    }

    /// Pushes a cluster that starts at `offset_bytes`, with its words by UAX #29 and by dictionary.
    pub(crate) fn push(
        &mut self,
        table: &PropertyTable,
        cluster: &str,
        offset_bytes: u64,
        (unicode, dictionary): (u64, u64),
    ) {
        let before = ClusterCounts::of(self.measures.state());
        self.measures.push(table, cluster);
        self.is_open = cluster.bytes().last().is_some_and(|last| !is_space(last));
        let mut counts = ClusterCounts::of(self.measures.state()).minus(&before);
        counts.words.set(Definition::Unicode, unicode);
        counts.words.set(Definition::Dictionary, dictionary);
        if counts.differ() {
            self.totals.add(Cause::of(table, cluster), cluster, offset_bytes, counts);
        }
    }

    pub(crate) fn finish(self) -> Box<CauseTotals> {
        self.totals
    }
}

impl ClusterCounts {
    fn of(measures: &MeasureState) -> Self {
        let mut words = Words::default();
        words.set(Definition::Wc, measures.wc_words);
        words.set(Definition::Office, measures.office_words);
        words.set(Definition::LibreOffice, measures.libre_office.words);
        words.set(Definition::Cat, measures.pieces.cat_words);
        words.set(Definition::Ascii, measures.pieces.ascii_words);
        Self { words, gmx_characters: measures.pieces.gmx_characters }
    }

    fn minus(mut self, before: &Self) -> Self {
        for (definition, words) in before.words.iter() {
            // LibreOffice's count can shrink: a letter takes back the format characters before it.
            self.words.set(definition, self.words.get(definition).wrapping_sub(words));
        }
        self.gmx_characters -= before.gmx_characters;
        self
    }

    fn add(&mut self, other: &Self) {
        self.words.add_all(other.words);
        self.gmx_characters += other.gmx_characters;
    }

    fn differ(&self) -> bool {
        let others = self.words.iter().filter(|(definition, _)| *definition != Definition::Gmx);
        others.into_iter().any(|(_, words)| words != self.words.get(Definition::Wc))
    }

    /// All words. Without a divisor, `gmx` is `None` and GMX-V's words are those of UAX #29.
    fn words(&self, gmx: Option<u64>) -> Words {
        let mut words = self.words;
        words.set(Definition::Gmx, gmx.unwrap_or_else(|| words.get(Definition::Unicode)));
        words
    }
}

impl CauseTotals {
    fn add(&mut self, cause: Cause, cluster: &str, offset_bytes: u64, counts: ClusterCounts) {
        let total = &mut self.causes[cause.index()];
        total.clusters += 1;
        total.counts.add(&counts);
        if total.examples.len() < Difference::EXAMPLES {
            let trimmed = cluster.trim();
            let leading = cluster.len() - cluster.trim_start().len();
            let text = undecoded::displayed(&trimmed[..trimmed.floor_char_boundary(Example::LONGEST)]);
            total.add_example(StoredExample { text, offset_bytes: offset_bytes + leading as u64, counts });
        }
    }

    /// The totals of a text of `bytes` bytes followed by the text of `next`.
    pub(crate) fn merge(mut self: Box<Self>, next: Box<Self>, bytes: u64) -> Box<Self> {
        for (mine, theirs) in self.causes.iter_mut().zip(next.causes) {
            mine.clusters += theirs.clusters;
            mine.counts.add(&theirs.counts);
            for example in theirs.examples {
                mine.add_example(StoredExample { offset_bytes: example.offset_bytes + bytes, ..example });
            }
        }
        self
    }

    /// The differences of a text with these words and characters.
    pub(crate) fn read(
        &self,
        words: &Words,
        gmx_characters: u64,
        divisor: Option<GmxDivisor>,
    ) -> Differences {
        let mut apportioner = GmxApportioner { divisor, gmx_characters: 0, words: 0 };
        let mut agreed = words.get(Definition::Unicode);
        let mut causes = Vec::new();
        for (cause, total) in Cause::ALL.into_iter().zip(&self.causes).filter(|(_, total)| total.clusters > 0)
        {
            agreed -= total.counts.words.get(Definition::Unicode);
            let words = total.counts.words(apportioner.next(total.counts.gmx_characters));
            let examples = total.examples.iter().map(|example| example.read(divisor)).collect();
            causes.push(Difference { cause, clusters: total.clusters, words, examples });
        }
        let gmx = apportioner.next(gmx_characters - apportioner.gmx_characters);
        if let Some(gmx) = gmx.filter(|&gmx| gmx != agreed) {
            let mut words = Words::default();
            Definition::ALL.iter().for_each(|&definition| words.set(definition, agreed));
            words.set(Definition::Gmx, gmx);
            let divided = Difference { cause: Cause::Divisor, clusters: agreed, words, examples: Vec::new() };
            let index = causes.iter().take_while(|known| known.cause < Cause::Divisor).count();
            causes.insert(index, divided);
        }
        Differences::new(causes)
    }
}

impl CauseTotal {
    /// Keeps the example if it is new and there are fewer than [`Difference::EXAMPLES`].
    fn add_example(&mut self, example: StoredExample) {
        let is_new = || self.examples.iter().all(|known| known.text != example.text);
        if self.examples.len() < Difference::EXAMPLES && is_new() {
            self.examples.push(example);
        }
    }
}

impl StoredExample {
    fn read(&self, divisor: Option<GmxDivisor>) -> Example {
        let gmx = divisor.map(|divisor| divisor.words(self.counts.gmx_characters));
        Example { text: self.text.clone(), offset_bytes: self.offset_bytes, words: self.counts.words(gmx) }
    }
}

/// Apportions GMX-V's words to the causes by cumulative rounding: each cause gets the growth of the
/// rounded sum, so the shares are integers and sum to the total.
struct GmxApportioner {
    divisor: Option<GmxDivisor>,
    gmx_characters: u64,
    words: u64,
}

impl GmxApportioner {
    fn next(&mut self, gmx_characters: u64) -> Option<u64> {
        let divisor = self.divisor?;
        self.gmx_characters += gmx_characters;
        let before = std::mem::replace(&mut self.words, divisor.words(self.gmx_characters));
        Some(self.words - before)
    }
}
