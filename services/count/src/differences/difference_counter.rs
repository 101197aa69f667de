//! Counts the clusters of each cause, so that parts merge to the bit.
//!
//! Knows sums and the first examples; GMX-V's words follow from characters when the sums are read.

use super::{Cause, Difference, Differences, Example};
use crate::gmx::GmxDivisor;
use crate::measures::{MeasureState, Measures, is_space};
use crate::properties::PropertyTable;
use crate::{Definition, Words, undecoded};

/// Counts odd clusters by every definition.
#[derive(Debug)]
pub(crate) struct DifferenceCounter {
    explained: Box<CauseTotals>,
    /// Goes through odd clusters only: all others start and end between words.
    measures: Measures,
    /// Whether the last cluster was cut short, so that the next goes on with it.
    is_open: bool,
}

/// What the clusters of every cause came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct CauseTotals {
    rows: [CauseTotal; Cause::ALL.len()],
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct CauseTotal {
    clusters: u64,
    sums: ClusterCounts,
    examples: Vec<StoredExample>,
}

/// Words but GMX-V's, and the characters that these are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct ClusterCounts {
    words: Words,
    billed: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct StoredExample {
    text: String,
    offset_bytes: u64,
    sums: ClusterCounts,
}

impl DifferenceCounter {
    /// Nothing yet.
    pub(crate) fn new() -> Self {
        Self { explained: Box::default(), measures: Measures::new(), is_open: false }
    }

    /// Whether the next cluster has to be told whatever it holds.
    pub(crate) const fn is_open(&self) -> bool {
        self.is_open
    }

    /// Takes a cluster that starts at `offset_bytes` and has these words by UAX #29 and dictionary.
    pub(crate) fn take(
        &mut self,
        table: &PropertyTable,
        cluster: &str,
        offset_bytes: u64,
        (unicode, dictionary): (u64, u64),
    ) {
        let before = sums(self.measures.figures());
        self.measures.take(table, cluster);
        self.is_open = cluster.bytes().last().is_some_and(|last| !is_space(last));
        let mut sums = sums(self.measures.figures()).less(&before);
        sums.words.set(Definition::Unicode, unicode);
        sums.words.set(Definition::Dictionary, dictionary);
        if sums.differ() {
            self.explained.note(Cause::of(table, cluster), cluster, offset_bytes, sums);
        }
    }

    /// What all clusters came to.
    pub(crate) fn finish(self) -> Box<CauseTotals> {
        self.explained
    }
}

fn sums(measures: &MeasureState) -> ClusterCounts {
    let mut words = Words::default();
    words.set(Definition::Wc, measures.wc_words);
    words.set(Definition::Office, measures.office_words);
    words.set(Definition::LibreOffice, measures.writer.words);
    words.set(Definition::Cat, measures.pieces.cat_words);
    words.set(Definition::Ascii, measures.pieces.ascii_words);
    ClusterCounts { words, billed: measures.pieces.billed }
}

impl ClusterCounts {
    /// What came to these since `before`.
    fn less(mut self, before: &Self) -> Self {
        for (definition, words) in before.words.iter() {
            // A format character that joins takes back what it was counted as in the last cluster.
            self.words.set(definition, self.words.get(definition).wrapping_sub(words));
        }
        self.billed -= before.billed;
        self
    }

    fn add(&mut self, other: &Self) {
        self.words.add_all(other.words);
        self.billed += other.billed;
    }

    fn differ(&self) -> bool {
        let others = self.words.iter().filter(|(definition, _)| *definition != Definition::Gmx);
        others.into_iter().any(|(_, words)| words != self.words.get(Definition::Wc))
    }

    /// The words with GMX-V's, which are those of UAX #29 where there is no divisor.
    fn words(&self, gmx: Option<u64>) -> Words {
        let mut words = self.words;
        words.set(Definition::Gmx, gmx.unwrap_or_else(|| words.get(Definition::Unicode)));
        words
    }
}

impl CauseTotals {
    fn note(&mut self, cause: Cause, cluster: &str, offset_bytes: u64, sums: ClusterCounts) {
        let row = &mut self.rows[cause.index()];
        row.clusters += 1;
        row.sums.add(&sums);
        if row.examples.len() < Difference::EXAMPLES {
            let shown = cluster.trim();
            let leading = cluster.len() - cluster.trim_start().len();
            let text = undecoded::shown(&shown[..shown.floor_char_boundary(Example::LONGEST)]);
            row.enter(StoredExample { text, offset_bytes: offset_bytes + leading as u64, sums });
        }
    }

    /// Those of both texts, of which the first has `bytes` bytes.
    pub(crate) fn merge(mut self: Box<Self>, next: Box<Self>, bytes: u64) -> Box<Self> {
        for (mine, theirs) in self.rows.iter_mut().zip(next.rows) {
            mine.clusters += theirs.clusters;
            mine.sums.add(&theirs.sums);
            for sample in theirs.examples {
                mine.enter(StoredExample { offset_bytes: sample.offset_bytes + bytes, ..sample });
            }
        }
        self
    }

    /// The causes of a text that has these words, and these characters that GMX-V bills.
    pub(crate) fn read(&self, words: &Words, billed: u64, divisor: Option<GmxDivisor>) -> Differences {
        let mut shares = GmxApportioner { divisor, billed: 0, words: 0 };
        let mut agreed = words.get(Definition::Unicode);
        let mut causes = Vec::new();
        for (cause, row) in Cause::ALL.into_iter().zip(&self.rows).filter(|(_, row)| row.clusters > 0) {
            agreed -= row.sums.words.get(Definition::Unicode);
            let words = row.sums.words(shares.next(row.sums.billed));
            let examples = row.examples.iter().map(|sample| sample.read(divisor)).collect();
            causes.push(Difference { cause, clusters: row.clusters, words, examples });
        }
        let gmx = shares.next(billed - shares.billed);
        if let Some(gmx) = gmx.filter(|&gmx| gmx != agreed) {
            let mut words = Words::default();
            Definition::ALL.iter().for_each(|&definition| words.set(definition, agreed));
            words.set(Definition::Gmx, gmx);
            let divided = Difference { cause: Cause::Divisor, clusters: agreed, words, examples: Vec::new() };
            let place = causes.iter().take_while(|known| known.cause < Cause::Divisor).count();
            causes.insert(place, divided);
        }
        Differences::new(causes)
    }
}

impl CauseTotal {
    /// Keeps an example, while there is room and none is like it.
    fn enter(&mut self, sample: StoredExample) {
        let is_new = || self.examples.iter().all(|known| known.text != sample.text);
        if self.examples.len() < Difference::EXAMPLES && is_new() {
            self.examples.push(sample);
        }
    }
}

impl StoredExample {
    fn read(&self, divisor: Option<GmxDivisor>) -> Example {
        let gmx = divisor.map(|divisor| divisor.words(self.sums.billed));
        Example { text: self.text.clone(), offset_bytes: self.offset_bytes, words: self.sums.words(gmx) }
    }
}

/// GmxApportioner out GMX-V's words, whole and without loss: each cause gets what the sum grows by.
struct GmxApportioner {
    divisor: Option<GmxDivisor>,
    billed: u64,
    words: u64,
}

impl GmxApportioner {
    fn next(&mut self, billed: u64) -> Option<u64> {
        let divisor = self.divisor?;
        self.billed += billed;
        let before = std::mem::replace(&mut self.words, divisor.words(self.billed));
        Some(self.words - before)
    }
}
