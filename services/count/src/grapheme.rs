//! UAX #29 extended grapheme clusters, counted by a finite automaton.
//!
//! Knows the classes of characters and nothing of their places: a boundary needs no look ahead.

#[cfg(test)]
mod tests;

use crate::properties::Grapheme;

/// Counts clusters of characters that come one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct GraphemeCounter {
    state: u8,
    clusters: u64,
}

/// What stands at the end of the text so far, as far as a rule may ask. Most states are the class
/// of the last character; these have no class of their own.
mod state {
    use crate::properties::Grapheme;

    /// A pictograph with marks, then a zero-width joiner.
    pub(super) const PICTOGRAPH_JOINED: u32 = Grapheme::COUNT as u32;
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
static STEPS: [[u8; Grapheme::COUNT]; state::COUNT] = steps();

impl GraphemeCounter {
    /// Nothing yet: the first character starts a cluster whatever it is.
    pub(crate) const fn new() -> Self {
        Self { state: Grapheme::CONTROL as u8, clusters: 0 }
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

    /// Clusters so far.
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
pub(crate) struct Clusters(u8);

impl Clusters {
    /// Before the first character.
    pub(crate) const fn new() -> Self {
        Self(Grapheme::CONTROL as u8)
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

const fn steps() -> [[u8; Grapheme::COUNT]; state::COUNT] {
    let mut steps = [[0; Grapheme::COUNT]; state::COUNT];
    let mut from = 0;
    while from < state::COUNT {
        let mut class = 0;
        while class < Grapheme::COUNT {
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
        (Grapheme::CR, Grapheme::LF) => true,                                    // GB3
        (Grapheme::CR | Grapheme::LF | Grapheme::CONTROL, _) => false,           // GB4
        (_, Grapheme::CR | Grapheme::LF | Grapheme::CONTROL) => false,           // GB5
        (Grapheme::L, Grapheme::L | Grapheme::V | Grapheme::LV | Grapheme::LVT) // GB6
        | (Grapheme::LV | Grapheme::V, Grapheme::V | Grapheme::T)               // GB7
        | (Grapheme::LVT | Grapheme::T, Grapheme::T)                            // GB8
        | (_, Grapheme::EXTEND | Grapheme::CONJUNCT_EXTEND | Grapheme::LINKER)  // GB9
        | (_, Grapheme::ZWJ | Grapheme::SPACING_MARK)                           // GB9, GB9a
        | (Grapheme::PREPEND, _)                                                // GB9b
        | (state::CONSONANT_LINKED, Grapheme::CONSONANT)                        // GB9c
        | (state::PICTOGRAPH_JOINED, Grapheme::PICTOGRAPHIC)                    // GB11
        | (Grapheme::REGIONAL, Grapheme::REGIONAL) => true,                     // GB12, GB13
        _ => false,
    }
}

/// The state behind a character of `class`.
const fn next(state: u32, class: u32) -> u32 {
    match (state, class) {
        (Grapheme::PICTOGRAPHIC, Grapheme::EXTEND) => Grapheme::PICTOGRAPHIC,
        (Grapheme::PICTOGRAPHIC, Grapheme::CONJUNCT_EXTEND | Grapheme::LINKER) => Grapheme::PICTOGRAPHIC,
        (Grapheme::PICTOGRAPHIC, Grapheme::ZWJ) => state::PICTOGRAPH_JOINED,
        (Grapheme::CONSONANT | state::CONSONANT_EXTENDED, Grapheme::CONJUNCT_EXTEND) => {
            state::CONSONANT_EXTENDED
        }
        (Grapheme::CONSONANT | state::CONSONANT_EXTENDED, Grapheme::ZWJ) => state::CONSONANT_EXTENDED,
        (Grapheme::CONSONANT | state::CONSONANT_EXTENDED, Grapheme::LINKER) => state::CONSONANT_LINKED,
        (state::CONSONANT_LINKED, Grapheme::CONJUNCT_EXTEND | Grapheme::LINKER | Grapheme::ZWJ) => {
            state::CONSONANT_LINKED
        }
        (Grapheme::REGIONAL, Grapheme::REGIONAL) => state::REGIONAL_PAIR,
        _ => class,
    }
}
