//! Counts extended grapheme clusters of UAX #29 with a finite automaton. The rules need no lookahead.

#[cfg(test)]
mod tests;

use crate::properties::GraphemeClass;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct GraphemeCounter {
    state: u8,
    count: u64,
}

/// A state is what the rules need to know about the text so far. Most states are the class of the last
/// character. These are the others.
mod state {
    use crate::properties::GraphemeClass;

    /// A pictograph with marks and then a zero-width joiner.
    pub(super) const PICTOGRAPH_JOINED: u32 = GraphemeClass::COUNT as u32;
    /// A consonant with marks, none of them a linker.
    pub(super) const CONSONANT_EXTENDED: u32 = PICTOGRAPH_JOINED + 1;
    /// A consonant with marks, one of them a linker.
    pub(super) const CONSONANT_LINKED: u32 = PICTOGRAPH_JOINED + 2;
    /// A complete pair of regional indicators.
    pub(super) const REGIONAL_PAIR: u32 = PICTOGRAPH_JOINED + 3;
    pub(super) const COUNT: usize = PICTOGRAPH_JOINED as usize + 4;
}

/// Set in a step if a grapheme starts before the character.
const BOUNDARY: u8 = 0x80;

/// The next state for each state and class, with the bit [`BOUNDARY`].
static STEPS: [[u8; GraphemeClass::COUNT]; state::COUNT] = steps();

impl GraphemeCounter {
    /// The initial state makes any first character start a grapheme.
    pub(crate) const fn new() -> Self {
        Self { state: GraphemeClass::CONTROL as u8, count: 0 }
    }

    /// Pushes a character of this class.
    pub(crate) const fn step(&mut self, class: u32) {
        let step = STEPS[self.state as usize][class as usize];
        self.state = step & !BOUNDARY;
        self.count += (step >> 7) as u64;
    }

    /// Pushes `more` characters after one that was pushed by `step`. Each starts a grapheme, except for
    /// `joined` of them. `last` is the class of the last one.
    pub(crate) const fn skip(&mut self, more: u64, joined: u64, last: u32) {
        self.count += more - joined;
        self.state = last as u8;
    }

    /// Adds graphemes of characters that leave the state as it is.
    pub(crate) const fn add(&mut self, graphemes: u64) {
        self.count += graphemes;
    }

    pub(crate) const fn count(&self) -> u64 {
        self.count
    }

    pub(crate) const fn count_mut(&mut self) -> &mut u64 {
        &mut self.count
    }
}

/// The state of the automaton without a count, to find boundaries.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GraphemeState(u8);

impl GraphemeState {
    pub(crate) const fn new() -> Self {
        Self(GraphemeClass::CONTROL as u8)
    }

    /// The state after a character of this class.
    pub(crate) const fn after(self, class: u32) -> Self {
        Self(STEPS[self.0 as usize][class as usize] & !BOUNDARY)
    }

    /// Whether a grapheme starts with a character of this class.
    pub(crate) const fn breaks_before(self, class: u32) -> bool {
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
            let boundary = if joins(from_state, to) { 0 } else { BOUNDARY };
            steps[from][class] = next(from_state, to) as u8 | boundary;
            class += 1;
        }
        from += 1;
    }
    steps
}

/// Whether the rules forbid a boundary between `state` and a character of `class`.
const fn joins(state: u32, class: u32) -> bool {
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

/// The state after a character of `class`.
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
