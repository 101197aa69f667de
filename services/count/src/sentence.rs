//! UAX #29 sentences that hold a letter or a number, counted by a finite automaton.
//!
//! Rule SB8 looks ahead without bound; the automaton keeps both answers open in its state instead.
//! A part of a text does not know what stood before it: it is run from every state in which the text
//! before may have ended, until they agree, so that merging is exact.

mod automaton;
#[cfg(test)]
mod tests;

use automaton::{CALM, ENDED_SHIFT, STATE_MASK, STATES, STEPS, SYMBOLS, endings};

/// States in which a text that ends in white space may be: the first ones of the table.
const SEAMS: usize = 10;

/// One run of the automaton.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct SentenceRun {
    state: u8,
    /// SentenceEffect that have ended, of those that hold a letter or a number.
    ended: u64,
}

impl SentenceRun {
    fn step(&mut self, symbol: u32) {
        let step = STEPS[usize::from(self.state) & (STATES.next_power_of_two() - 1)]
            [symbol as usize & (SYMBOLS - 1)];
        self.state = step & STATE_MASK;
        self.ended += u64::from(step >> ENDED_SHIFT);
    }
}

/// What a text does to a count of sentences, whatever stood before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SentenceEffect {
    /// Where each start leads; the first is the start of a text.
    runs: [SentenceRun; SEAMS],
}

impl Default for SentenceEffect {
    fn default() -> Self {
        Self { runs: std::array::from_fn(|state| SentenceRun { state: state as u8, ended: 0 }) }
    }
}

impl SentenceEffect {
    /// SentenceEffect of this text standing alone.
    pub(crate) fn count(&self) -> u64 {
        let alone = self.runs[0];
        alone.ended + endings(alone.state)
    }

    /// The effect of both texts. A text that does not end in white space was not cut at a border:
    /// its last sentence ends with it.
    pub(crate) fn merge(self, next: &Self, seam: bool) -> Self {
        let follow = |run: SentenceRun| {
            if seam && usize::from(run.state) < SEAMS {
                let then = next.runs[usize::from(run.state)];
                SentenceRun { state: then.state, ended: run.ended + then.ended }
            } else {
                let then = next.runs[0];
                SentenceRun { state: then.state, ended: run.ended + endings(run.state) + then.ended }
            }
        };
        Self { runs: self.runs.map(follow) }
    }
}

/// Counts sentences of characters that come one by one.
#[derive(Debug, Clone)]
pub(crate) struct SentenceCounter {
    alone: SentenceRun,
    /// The runs from every start, while they differ and the count when they came together.
    runs: [SentenceRun; SEAMS],
    /// The run from the start of a text at the character where all came together.
    met: Option<SentenceRun>,
}

impl SentenceCounter {
    /// Nothing yet.
    pub(crate) fn new() -> Self {
        let runs = SentenceEffect::default().runs;
        Self { alone: runs[0], runs, met: None }
    }

    /// Takes the next character, given its class and whether it is a letter or a number.
    pub(crate) fn step(&mut self, symbol: u32) {
        if self.met.is_none() {
            self.step_all(symbol);
        } else {
            self.alone.step(symbol);
        }
    }

    #[cold]
    fn step_all(&mut self, symbol: u32) {
        for run in &mut self.runs {
            run.step(symbol);
        }
        self.alone = self.runs[0];
        if self.runs.iter().all(|run| run.state == self.alone.state) {
            self.met = Some(self.alone);
        }
    }

    /// Whether the text is known to be inside a sentence that holds a letter or a number: then only a
    /// terminator or a separator can change more than what the last character was.
    pub(crate) const fn is_calm(&self) -> bool {
        self.met.is_some() && (self.alone.state == CALM[0] || self.alone.state == CALM[1])
    }

    /// Tells the count, which is calm and was not told the last characters, whether the last of them
    /// was a letter with case.
    pub(crate) const fn settle(&mut self, cased: bool) {
        self.alone.state = CALM[cased as usize];
    }

    /// The effect of everything taken.
    pub(crate) fn finish(&self) -> SentenceEffect {
        let mut runs = self.runs;
        if let Some(met) = self.met {
            for run in &mut runs {
                run.state = self.alone.state;
                run.ended += self.alone.ended - met.ended;
            }
        }
        SentenceEffect { runs }
    }
}
