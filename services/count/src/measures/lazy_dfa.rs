//! What characters do to the figures, remembered: a text without end has few kinds of characters and few
//! states that they are met in.
//!
//! Knows nothing of any definition. Whatever is not remembered is found out by taking one character, so this
//! cannot differ from going through them one by one; it is several times faster in scripts whose characters
//! come in many kinds, such as Thai.

use std::collections::HashMap;
use std::str::Chars;

use foldhash::fast::FixedState;

use super::MeasureState;
use crate::properties::PropertyTable;

/// How many numbers are counted up.
pub(super) const COUNTS: usize = 11;
/// Bits of a number while several characters are added up.
const COUNT_BITS: usize = 5;
/// Characters that are added up: none adds more than two to any number.
const CHARACTERS: usize = 15;
/// Kinds of characters: those of the table, and one more for ASCII letters.
const KINDS: usize = 256;
/// States that are remembered: far more than texts have.
const STATES: usize = 512;

/// What a character of one kind does in one state.
#[derive(Debug, Clone, Copy)]
struct Transition {
    /// What it adds to every number.
    counts: u64,
    /// The place of the state it leads to.
    next: u16,
}

impl Transition {
    /// Not found out yet: every character adds to some number.
    const UNKNOWN: Self = Self { counts: 0, next: 0 };
}

/// The states that were met, and where characters lead from them.
#[derive(Debug, Default)]
pub(super) struct LazyDfa {
    /// MeasureState whose numbers are all zero.
    states: Vec<MeasureState>,
    places: HashMap<MeasureState, u16, FixedState>,
    steps: Vec<[Transition; KINDS]>,
}

impl LazyDfa {
    /// Counts `text`.
    pub(super) fn take(&mut self, figures: &mut MeasureState, table: &PropertyTable, text: &str) {
        let mut rest = text.chars();
        while !rest.as_str().is_empty() {
            if let Some(place) = self.place(figures) {
                self.take_known(figures, place, table, &mut rest);
            }
            if let Some(character) = rest.next() {
                figures.take_one(character, table.get(character));
            }
        }
    }

    /// Counts characters up to one that is not to be remembered, from the state at `place` on.
    fn take_known(
        &mut self,
        figures: &mut MeasureState,
        mut place: u16,
        table: &PropertyTable,
        rest: &mut Chars<'_>,
    ) {
        let mut known = true;
        while known && !rest.as_str().is_empty() {
            let mut counts = 0;
            for _ in 0..CHARACTERS {
                let here = rest.clone();
                let Some(character) = rest.next() else { break };
                let Some(step) = self.step(place, table, character) else {
                    *rest = here;
                    known = false;
                    break;
                };
                counts += step.counts;
                place = step.next;
            }
            for (n, count) in figures.counts().into_iter().enumerate() {
                *count += counts >> (n * COUNT_BITS) & ((1 << COUNT_BITS) - 1);
            }
        }
        let mut state = self.states[usize::from(place)].clone();
        for (after, before) in state.counts().into_iter().zip(figures.counts()) {
            *after = *before;
        }
        *figures = state;
    }

    fn step(&mut self, place: u16, table: &PropertyTable, character: char) -> Option<Transition> {
        let kind = match table.get(character).kind() as usize {
            0 => return None,
            _ if character.is_ascii_alphabetic() => 0,
            kind => kind,
        };
        let step = self.steps[usize::from(place)][kind];
        if step.counts == 0 { self.learn(place, table, character, kind) } else { Some(step) }
    }

    /// The place of the state that `figures` are in; `None` if it is not to be remembered.
    fn place(&mut self, figures: &MeasureState) -> Option<u16> {
        let mut state = figures.clone();
        state.counts().into_iter().for_each(|count| *count = 0);
        if let Some(&place) = self.places.get(&state) {
            return Some(place);
        }
        // Format characters are taken back by what follows, in numbers that no step can hold.
        if self.states.len() >= STATES || !state.writer.takes_blocks() {
            return None;
        }
        let place = self.states.len() as u16;
        self.states.push(state.clone());
        self.steps.push([Transition::UNKNOWN; KINDS]);
        self.places.insert(state, place);
        Some(place)
    }

    /// Finds out what `character` does in the state at `place`.
    #[cold]
    fn learn(
        &mut self,
        place: u16,
        table: &PropertyTable,
        character: char,
        kind: usize,
    ) -> Option<Transition> {
        let mut figures = self.states[usize::from(place)].clone();
        figures.take_one(character, table.get(character));
        let counts =
            figures.counts().into_iter().rev().fold(0, |counts, count| counts << COUNT_BITS | *count);
        let step = Transition { counts, next: self.place(&figures)? };
        self.steps[usize::from(place)][kind] = step;
        Some(step)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::oracle::texts;

    fn one_by_one(before: &MeasureState, text: &str) -> MeasureState {
        let mut figures = before.clone();
        text.chars().for_each(|c| figures.take_one(c, PropertyTable::shared().get(c)));
        figures
    }

    fn remembered(memo: &mut LazyDfa, before: &MeasureState, text: &str) -> MeasureState {
        let mut figures = before.clone();
        memo.take(&mut figures, PropertyTable::shared(), text);
        figures
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn what_is_remembered_is_what_is_done(parts in prop::collection::vec(texts(), 1..6)) {
            let mut memo = LazyDfa::default();
            let mut figures = MeasureState::new();
            // The second time all of it is known.
            for part in parts.iter().chain(&parts) {
                let expected = one_by_one(&figures, part);
                figures = remembered(&mut memo, &figures, part);
                prop_assert_eq!(&figures, &expected, "{:?}", part);
            }
        }
    }

    #[test]
    fn every_character_does_what_its_kind_does() {
        let mut memo = LazyDfa::default();
        for before in ["", "a", "é'", "ก", "か-", "\u{1F468}\u{200d}", "\r"] {
            let before = one_by_one(&MeasureState::new(), before);
            for character in ('\0'..='\u{1FFFF}').chain('\u{E0000}'..='\u{E01FF}') {
                let text = character.to_string();
                assert_eq!(
                    remembered(&mut memo, &before, &text),
                    one_by_one(&before, &text),
                    "{character:?}"
                );
            }
        }
    }

    #[test]
    fn a_text_of_all_characters_stays_within_the_bound() {
        let text: String = ('\0'..='\u{1FFFF}').flat_map(|c| [c, 'a', c, ' ', 'か', c]).collect();
        let mut memo = LazyDfa::default();
        assert_eq!(
            remembered(&mut memo, &MeasureState::new(), &text),
            one_by_one(&MeasureState::new(), &text)
        );
        assert!(memo.states.len() <= STATES);
    }
}
