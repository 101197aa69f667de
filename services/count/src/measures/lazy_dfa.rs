//! A deterministic automaton over [`MeasureState`], built while it is used.
//!
//! Texts have few classes of characters and few states. The effect of each class in each state is
//! computed once, by pushing one character, and then looked up. So the result cannot differ from
//! pushing every character. In scripts with many classes, such as Thai, this is several times faster.

use std::collections::HashMap;
use std::str::Chars;

use foldhash::fast::FixedState;

use super::MeasureState;
use crate::properties::PropertyTable;

/// Number of counts in a [`MeasureState`].
pub(super) const COUNTS: usize = 11;
/// Bits of each count in [`Transition::counts`].
const COUNT_BITS: usize = 5;
/// Transitions that are summed before their counts are unpacked. No character adds more than two to a
/// count, so five bits suffice.
const CHARACTERS: usize = 15;
/// Classes of the property table; class 0 stands for ASCII letters here.
const CLASSES: usize = 256;
/// Maximum number of states, far more than texts reach.
const MAX_STATES: usize = 512;

/// The effect of one class of characters in one state.
#[derive(Debug, Clone, Copy)]
struct Transition {
    /// The increment of each count, packed.
    counts: u64,
    next: u16,
}

impl Transition {
    /// Not computed yet. Every character increments some count, so no computed transition is equal.
    const UNKNOWN: Self = Self { counts: 0, next: 0 };
}

#[derive(Debug, Default)]
pub(super) struct LazyDfa {
    /// Measure states with all counts zero. A state id is an index.
    states: Vec<MeasureState>,
    ids: HashMap<MeasureState, u16, FixedState>,
    transitions: Vec<[Transition; CLASSES]>,
}

impl LazyDfa {
    /// Counts `text` into `measures`.
    pub(super) fn push(&mut self, measures: &mut MeasureState, table: &PropertyTable, text: &str) {
        let mut rest = text.chars();
        while !rest.as_str().is_empty() {
            if let Some(id) = self.id_of(measures) {
                self.push_cached(measures, id, table, &mut rest);
            }
            if let Some(character) = rest.next() {
                measures.push_character(character, table.get(character));
            }
        }
    }

    /// Counts characters from state `id` on, up to one that has no cached transition.
    fn push_cached(
        &mut self,
        measures: &mut MeasureState,
        mut id: u16,
        table: &PropertyTable,
        rest: &mut Chars<'_>,
    ) {
        let mut cached = true;
        while cached && !rest.as_str().is_empty() {
            let mut counts = 0;
            for _ in 0..CHARACTERS {
                let before = rest.clone();
                let Some(character) = rest.next() else { break };
                let Some(transition) = self.transition(id, table, character) else {
                    *rest = before;
                    cached = false;
                    break;
                };
                counts += transition.counts;
                id = transition.next;
            }
            for (n, count) in measures.counts().into_iter().enumerate() {
                *count += counts >> (n * COUNT_BITS) & ((1 << COUNT_BITS) - 1);
            }
        }
        let mut state = self.states[usize::from(id)].clone();
        for (after, before) in state.counts().into_iter().zip(measures.counts()) {
            *after = *before;
        }
        *measures = state;
    }

    fn transition(&mut self, id: u16, table: &PropertyTable, character: char) -> Option<Transition> {
        let class = match table.get(character).measure_class() as usize {
            0 => return None,
            _ if character.is_ascii_alphabetic() => 0,
            class => class,
        };
        let transition = self.transitions[usize::from(id)][class];
        if transition.counts == 0 { self.compute(id, table, character, class) } else { Some(transition) }
    }

    /// The id of the state of `measures`; `None` if that state cannot be cached.
    fn id_of(&mut self, measures: &MeasureState) -> Option<u16> {
        let mut state = measures.clone();
        state.counts().into_iter().for_each(|count| *count = 0);
        if let Some(&id) = self.ids.get(&state) {
            return Some(id);
        }
        // A letter after format characters decrements a count, which no transition can express.
        if self.states.len() >= MAX_STATES || !state.libre_office.accepts_blocks() {
            return None;
        }
        let id = self.states.len() as u16;
        self.states.push(state.clone());
        self.transitions.push([Transition::UNKNOWN; CLASSES]);
        self.ids.insert(state, id);
        Some(id)
    }

    #[cold]
    fn compute(
        &mut self,
        id: u16,
        table: &PropertyTable,
        character: char,
        class: usize,
    ) -> Option<Transition> {
        let mut measures = self.states[usize::from(id)].clone();
        measures.push_character(character, table.get(character));
        let counts =
            measures.counts().into_iter().rev().fold(0, |counts, count| counts << COUNT_BITS | *count);
        let transition = Transition { counts, next: self.id_of(&measures)? };
        self.transitions[usize::from(id)][class] = transition;
        Some(transition)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::oracle::texts;

    fn by_character(before: &MeasureState, text: &str) -> MeasureState {
        let mut measures = before.clone();
        text.chars().for_each(|c| measures.push_character(c, PropertyTable::shared().get(c)));
        measures
    }

    fn by_dfa(dfa: &mut LazyDfa, before: &MeasureState, text: &str) -> MeasureState {
        let mut measures = before.clone();
        dfa.push(&mut measures, PropertyTable::shared(), text);
        measures
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn counts_random_texts_as_by_character(parts in prop::collection::vec(texts(), 1..6)) {
            let mut dfa = LazyDfa::default();
            let mut measures = MeasureState::new();
            // The second round finds all transitions cached.
            for part in parts.iter().chain(&parts) {
                let expected = by_character(&measures, part);
                measures = by_dfa(&mut dfa, &measures, part);
                prop_assert_eq!(&measures, &expected, "{:?}", part);
            }
        }
    }

    #[test]
    fn counts_every_character_as_by_character() {
        let mut dfa = LazyDfa::default();
        for before in ["", "a", "é'", "ก", "か-", "\u{1F468}\u{200d}", "\r"] {
            let before = by_character(&MeasureState::new(), before);
            for character in ('\0'..='\u{1FFFF}').chain('\u{E0000}'..='\u{E01FF}') {
                let text = character.to_string();
                assert_eq!(by_dfa(&mut dfa, &before, &text), by_character(&before, &text), "{character:?}");
            }
        }
    }

    #[test]
    fn the_number_of_states_stays_bounded() {
        let text: String = ('\0'..='\u{1FFFF}').flat_map(|c| [c, 'a', c, ' ', 'か', c]).collect();
        let mut dfa = LazyDfa::default();
        assert_eq!(by_dfa(&mut dfa, &MeasureState::new(), &text), by_character(&MeasureState::new(), &text));
        assert!(dfa.states.len() <= MAX_STATES);
    }
}
