//! UAX #29 extended grapheme clusters, counted by a finite automaton.
//!
//! Knows the classes of characters and nothing of their places: a boundary needs no look ahead.

#[cfg(test)]
mod tests;

use crate::properties::GraphemeClass;

/// Counts clusters of characters that come one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct GraphemeCounter {
    state: u8,
    clusters: u64,
}

/// What stands at the end of the text so far, as far as a rule may ask. Most states are the class
/// of the last character; these have no class of their own.
mod state {
    use crate::properties::GraphemeClass;

    /// A pictograph with marks, then a zero-width joiner.
    pub(super) const PICTOGRAPH_JOINED: u32 = GraphemeClass::COUNT as u32;
    /// A consonant with marks, none of them a linker.
    pub(super) const CONSONANT_EXTENDED: u32 = PICTOGRAPH_JOINED + 1;
    /// A consonant with marks, one of them a linker.
    pub(super) const CONSONANT_LINKED: u32 = PICTOGRAPH_JOINED + 2;
    /// A full pair of regional indicators.
    pub(super) const REGIONAL_PAIR: u32 = PICTOGRAPH_JOINED + 3;
    pub(super) const COUNT: usize = PICTOGRAPH_JOINED as usize + 4;
}

/// Set in a step when a cluster starts before the character.
const BOUNDARY: u8 = 0x80;

/// The next state for each state and class, with [`BOUNDARY`] set where a cluster starts.
static STEPS: [[u8; GraphemeClass::COUNT]; state::COUNT] = steps();

impl GraphemeCounter {
    /// Nothing yet: the first character starts a cluster whatever it is.
    pub(crate) const fn new() -> Self {
        Self { state: GraphemeClass::CONTROL as u8, clusters: 0 }
    }

    /// Takes the next character.
    pub(crate) const fn step(&mut self, class: u32) {
        let step = STEPS[self.state as usize][class as usize];
        self.state = step & !BOUNDARY;
        self.clusters += (step >> 7) as u64;
    }

    /// Takes `more` characters of which the first was taken by `step`, each a cluster but the
    /// `joined` ones; `last` is the class of the last.
    pub(crate) const fn skip(&mut self, more: u64, joined: u64, last: u32) {
        self.clusters += more - joined;
        self.state = last as u8;
    }

    /// Takes characters that change nothing but the number of clusters.
    pub(crate) const fn add(&mut self, clusters: u64) {
        self.clusters += clusters;
    }

    /// GraphemeState so far.
    pub(crate) const fn clusters(&self) -> u64 {
        self.clusters
    }

    /// The same, to be counted up.
    pub(crate) const fn clusters_mut(&mut self) -> &mut u64 {
        &mut self.clusters
    }
}

/// Where clusters end, for those who go through characters on their own.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GraphemeState(u8);

impl GraphemeState {
    /// Before the first character.
    pub(crate) const fn new() -> Self {
        Self(GraphemeClass::CONTROL as u8)
    }

    /// Behind a character of this class.
    pub(crate) const fn behind(self, class: u32) -> Self {
        Self(STEPS[self.0 as usize][class as usize] & !BOUNDARY)
    }

    /// Whether a cluster ends before a character of this class.
    pub(crate) const fn end_before(self, class: u32) -> bool {
        STEPS[self.0 as usize][class as usize] & BOUNDARY != 0
    }
}

const fn steps() -> [[u8; GraphemeClass::COUNT]; state::COUNT] {
    let mut steps = [[0; GraphemeClass::COUNT]; state::COUNT];
    let mut from = 0;
    while from < state::COUNT {
        let mut class = 0;
        while class < GraphemeClass::COUNT {
            let (from_state, to) = (from as u32, class as u32);
            let boundary = if holds(from_state, to) { 0 } else { BOUNDARY };
            steps[from][class] = next(from_state, to) as u8 | boundary;
            class += 1;
        }
        from += 1;
    }
    steps
}

/// Whether no boundary lies between what `state` stands for and a character of `class`.
const fn holds(state: u32, class: u32) -> bool {
    match (state, class) {
        (GraphemeClass::CR, GraphemeClass::LF) => true,                                    // GB3
        (GraphemeClass::CR | GraphemeClass::LF | GraphemeClass::CONTROL, _) => false,           // GB4
        (_, GraphemeClass::CR | GraphemeClass::LF | GraphemeClass::CONTROL) => false,           // GB5
        (GraphemeClass::L, GraphemeClass::L | GraphemeClass::V | GraphemeClass::LV | GraphemeClass::LVT) // GB6
        | (GraphemeClass::LV | GraphemeClass::V, GraphemeClass::V | GraphemeClass::T)               // GB7
        | (GraphemeClass::LVT | GraphemeClass::T, GraphemeClass::T)                            // GB8
        | (_, GraphemeClass::EXTEND | GraphemeClass::CONJUNCT_EXTEND | GraphemeClass::LINKER)  // GB9
        | (_, GraphemeClass::ZWJ | GraphemeClass::SPACING_MARK)                           // GB9, GB9a
        | (GraphemeClass::PREPEND, _)                                                // GB9b
        | (state::CONSONANT_LINKED, GraphemeClass::CONSONANT)                        // GB9c
        | (state::PICTOGRAPH_JOINED, GraphemeClass::PICTOGRAPHIC)                    // GB11
        | (GraphemeClass::REGIONAL, GraphemeClass::REGIONAL) => true,                     // GB12, GB13
        _ => false,
    }
}

/// The state behind a character of `class`.
const fn next(state: u32, class: u32) -> u32 {
    match (state, class) {
        (GraphemeClass::PICTOGRAPHIC, GraphemeClass::EXTEND) => GraphemeClass::PICTOGRAPHIC,
        (GraphemeClass::PICTOGRAPHIC, GraphemeClass::CONJUNCT_EXTEND | GraphemeClass::LINKER) => {
            GraphemeClass::PICTOGRAPHIC
        }
        (GraphemeClass::PICTOGRAPHIC, GraphemeClass::ZWJ) => state::PICTOGRAPH_JOINED,
        (GraphemeClass::CONSONANT | state::CONSONANT_EXTENDED, GraphemeClass::CONJUNCT_EXTEND) => {
            state::CONSONANT_EXTENDED
        }
        (GraphemeClass::CONSONANT | state::CONSONANT_EXTENDED, GraphemeClass::ZWJ) => {
            state::CONSONANT_EXTENDED
        }
        (GraphemeClass::CONSONANT | state::CONSONANT_EXTENDED, GraphemeClass::LINKER) => {
            state::CONSONANT_LINKED
        }
        (
            state::CONSONANT_LINKED,
            GraphemeClass::CONJUNCT_EXTEND | GraphemeClass::LINKER | GraphemeClass::ZWJ,
        ) => state::CONSONANT_LINKED,
        (GraphemeClass::REGIONAL, GraphemeClass::REGIONAL) => state::REGIONAL_PAIR,
        _ => class,
    }
}
