//! Counts sentences of UAX #29 that contain a letter or a number, with a finite automaton.
//!
//! Where a line feed is a space, only an empty line is a separator.
//!
//! Rule SB8 has unbounded lookahead. The automaton keeps both outcomes in its state instead. The start
//! state of a part of a text depends on the text before it. So the automaton runs from each possible
//! start state until all runs converge, which makes merging exact.

mod automaton;
#[cfg(test)]
mod tests;

use crate::LineEnd;
use automaton::{ENDED_SHIFT, INSIDE, STATE_MASK, STATES, SYMBOLS, StepTable, endings, steps_of};

/// Number of states in which a text that ends in white space can be. They have the lowest numbers.
const START_STATES: usize = 20;

/// A run of the automaton.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct SentenceRun {
    state: u8,
    /// Ended sentences that contain a letter or a number.
    ended: u64,
}

impl SentenceRun {
    fn step(&mut self, steps: &StepTable, symbol: u32) {
        let step = steps[usize::from(self.state) & (STATES.next_power_of_two() - 1)]
            [symbol as usize & (SYMBOLS - 1)];
        self.state = step & STATE_MASK;
        self.ended += u64::from(step >> ENDED_SHIFT);
    }
}

/// The effect of a text on the automaton, for each start state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SentenceEffect {
    /// The end of the run from each start state. State 0 is the start of a text.
    runs: [SentenceRun; START_STATES],
}

impl Default for SentenceEffect {
    fn default() -> Self {
        Self { runs: std::array::from_fn(|state| SentenceRun { state: state as u8, ended: 0 }) }
    }
}

impl SentenceEffect {
    /// The number of sentences if this is the whole text.
    pub(crate) fn count(&self) -> u64 {
        let run = self.runs[0];
        run.ended + endings(run.state)
    }

    /// The effect of this text followed by `next`. If the first does not end in white space, it was not
    /// cut at a border, and its last sentence ends with it.
    pub(crate) fn merge(self, next: &Self, ends_in_space: bool) -> Self {
        let follow = |run: SentenceRun| {
            if ends_in_space && usize::from(run.state) < START_STATES {
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

#[derive(Debug, Clone)]
pub(crate) struct SentenceCounter {
    steps: &'static StepTable,
    /// The run from the start of a text.
    first: SentenceRun,
    /// The runs from all start states, up to the character where they converged.
    runs: [SentenceRun; START_STATES],
    /// The value of `first` at that character.
    converged: Option<SentenceRun>,
}

impl SentenceCounter {
    pub(crate) fn new(line_end: LineEnd) -> Self {
        let runs = SentenceEffect::default().runs;
        Self { steps: steps_of(line_end), first: runs[0], runs, converged: None }
    }

    /// Pushes a character. Its symbol is its class and the bit for letters and numbers.
    pub(crate) fn step(&mut self, symbol: u32) {
        if self.converged.is_none() {
            self.step_all(symbol);
        } else {
            self.first.step(self.steps, symbol);
        }
    }

    #[cold]
    fn step_all(&mut self, symbol: u32) {
        for run in &mut self.runs {
            run.step(self.steps, symbol);
        }
        self.first = self.runs[0];
        if self.runs.iter().all(|run| run.state == self.first.state) {
            self.converged = Some(self.first);
        }
    }

    /// Whether the text is inside a sentence that contains a letter or a number. Then a caller may skip
    /// all characters but terminators and separators, and call [`set_last_cased`](Self::set_last_cased).
    pub(crate) const fn is_inside(&self) -> bool {
        self.converged.is_some() && (self.first.state == INSIDE[0] || self.first.state == INSIDE[1])
    }

    /// Sets whether the last skipped character was a letter with case.
    pub(crate) const fn set_last_cased(&mut self, cased: bool) {
        self.first.state = INSIDE[cased as usize];
    }

    /// The effect of all pushed characters.
    pub(crate) fn finish(&self) -> SentenceEffect {
        let mut runs = self.runs;
        if let Some(converged) = self.converged {
            for run in &mut runs {
                run.state = self.first.state;
                run.ended += self.first.ended - converged.ended;
            }
        }
        SentenceEffect { runs }
    }
}
