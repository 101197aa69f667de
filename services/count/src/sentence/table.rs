//! The automaton behind the count of sentences, as one table made at compile time.
//!
//! Knows the rules SB3 to SB998 of UAX #29. A boundary is of interest only when the sentence before
//! it holds a letter or a number, so states carry that as a bit.

use crate::properties::Sentence;

/// What stands at the end of the text so far.
#[derive(Clone, Copy)]
enum State {
    /// In a sentence, or at its start; `cased` if the last character was `Upper` or `Lower`.
    Within { cased: bool, held: bool },
    /// Behind `ATerm`, with `cased` telling what stood before it (SB7).
    Term { cased: bool, held: bool },
    /// Behind `ATerm Close+`.
    TermClose { held: bool },
    /// Behind `ATerm Close* Sp+`.
    TermSpace { held: bool },
    /// Behind `STerm Close*`.
    Stop { held: bool },
    /// Behind `STerm Close* Sp+`.
    StopSpace { held: bool },
    /// Behind a place where a sentence ends unless the next letter is `Lower` (SB8): `held` before
    /// that place, `then` behind it.
    Open { held: bool, then: bool },
}

pub(super) const STATES: usize = 20;
pub(super) const SYMBOLS: usize = 32;
pub(super) const STATE_MASK: u8 = 0x1f;
pub(super) const ENDED_SHIFT: u8 = 5;

/// The states inside a sentence that holds something: `[1]` behind a letter with case.
pub(super) const CALM: [u8; 2] =
    [number(State::Within { cased: false, held: true }), number(State::Within { cased: true, held: true })];

/// For each state and symbol the next state and, above it, how many sentences ended.
pub(super) static STEPS: [[u8; SYMBOLS]; STATES.next_power_of_two()] = steps();

/// Sentences that end with the text in `state`, of those that hold a letter or a number.
pub(super) fn endings(state: u8) -> u64 {
    u64::from(closing(from_number(state)))
}

/// States in which a text that ends in white space may be come first.
const fn number(state: State) -> u8 {
    match state {
        State::Within { cased, held } => held as u8 + 10 * cased as u8,
        State::TermSpace { held } => 2 + held as u8,
        State::StopSpace { held } => 4 + held as u8,
        State::Open { held, then } => 6 + held as u8 + 2 * then as u8,
        State::Term { cased, held } => 12 + held as u8 + 2 * cased as u8,
        State::TermClose { held } => 16 + held as u8,
        State::Stop { held } => 18 + held as u8,
    }
}

const fn from_number(number: u8) -> State {
    let held = number % 2 == 1;
    match number {
        0 | 1 => State::Within { cased: false, held },
        2 | 3 => State::TermSpace { held },
        4 | 5 => State::StopSpace { held },
        6..=9 => State::Open { held, then: number >= 8 },
        10 | 11 => State::Within { cased: true, held },
        12..=15 => State::Term { cased: number >= 14, held },
        16 | 17 => State::TermClose { held },
        _ => State::Stop { held },
    }
}

const fn steps() -> [[u8; SYMBOLS]; STATES.next_power_of_two()] {
    let mut steps = [[0; SYMBOLS]; STATES.next_power_of_two()];
    let mut from = 0;
    while from < STATES {
        let mut symbol = 0;
        while symbol < SYMBOLS {
            let (state, ended) = step(from_number(from as u8), symbol as u32);
            steps[from][symbol] = number(state) | (ended << ENDED_SHIFT);
            symbol += 1;
        }
        from += 1;
    }
    steps
}

/// The state behind a character and how many sentences ended before it.
const fn step(state: State, symbol: u32) -> (State, u8) {
    let class = symbol & (Sentence::ALPHANUMERIC - 1);
    let holds = symbol & Sentence::ALPHANUMERIC != 0;
    if class == Sentence::EXTEND {
        return (marked(state, holds), 0); // SB5
    }
    if class == Sentence::SEPARATOR {
        return separated(state); // SB3, SB4
    }
    match goes_on(state, class) {
        Next::Same => (within(state, class, holds), 0),
        Next::Ended => {
            let (before, ended) = parted(state);
            (within(before, class, holds), ended)
        }
        Next::Unsure => (opened(state, holds), 0),
    }
}

/// Whether a sentence goes on with the next character.
enum Next {
    Same,
    Ended,
    Unsure,
}

const fn goes_on(state: State, class: u32) -> Next {
    let terminates = matches!(class, Sentence::A_TERM | Sentence::S_TERM);
    match state {
        State::Within { .. } => Next::Same, // SB998
        State::Term { cased: true, .. } if class == Sentence::UPPER => Next::Same, // SB7
        State::Term { .. } if class == Sentence::NUMERIC => Next::Same, // SB6
        State::Open { .. } => match class {
            Sentence::LOWER => Next::Same, // SB8
            Sentence::UPPER | Sentence::LETTER => Next::Ended,
            _ if terminates => Next::Ended,
            _ => Next::Unsure,
        },
        _ if terminates || class == Sentence::CONTINUE => Next::Same, // SB8a
        State::Term { .. } | State::TermClose { .. } | State::Stop { .. }
            if matches!(class, Sentence::CLOSE | Sentence::SPACE) =>
        {
            Next::Same // SB9, SB10
        }
        State::TermSpace { .. } | State::StopSpace { .. } if class == Sentence::SPACE => Next::Same,
        State::Stop { .. } | State::StopSpace { .. } => Next::Ended, // SB11
        _ => match class {
            Sentence::LOWER => Next::Same, // SB8
            Sentence::UPPER | Sentence::LETTER => Next::Ended,
            _ => Next::Unsure,
        },
    }
}

/// The state behind a character that goes on with the sentence.
const fn within(state: State, class: u32, holds: bool) -> State {
    let held = all_held(state) || holds;
    match (state, class) {
        (_, Sentence::A_TERM) => State::Term { cased: is_cased(state), held },
        (_, Sentence::S_TERM) => State::Stop { held },
        (State::Term { .. } | State::TermClose { .. }, Sentence::CLOSE) => State::TermClose { held },
        (State::Term { .. } | State::TermClose { .. } | State::TermSpace { .. }, Sentence::SPACE) => {
            State::TermSpace { held }
        }
        (State::Stop { .. }, Sentence::CLOSE) => State::Stop { held },
        (State::Stop { .. } | State::StopSpace { .. }, Sentence::SPACE) => State::StopSpace { held },
        _ => State::Within { cased: matches!(class, Sentence::LOWER | Sentence::UPPER), held },
    }
}

/// The start of the next sentence, and how many ended before it. Where SB8 was open, what stood
/// behind the open place belongs to the next.
const fn parted(state: State) -> (State, u8) {
    match state {
        State::Open { held, then } => (State::Within { cased: false, held: then }, held as u8),
        _ => (State::Within { cased: false, held: false }, closing(state)),
    }
}

/// The state behind a character that leaves SB8 open.
const fn opened(state: State, holds: bool) -> State {
    match state {
        State::Open { held, then } => State::Open { held, then: then || holds },
        _ => State::Open { held: all_held(state), then: holds },
    }
}

/// The state behind `Extend` or `Format`, which belong to the character before.
const fn marked(state: State, holds: bool) -> State {
    match state {
        State::Within { cased, held } => State::Within { cased, held: held || holds },
        State::Term { cased, held } => State::Term { cased, held: held || holds },
        State::TermClose { held } => State::TermClose { held: held || holds },
        State::TermSpace { held } => State::TermSpace { held: held || holds },
        State::Stop { held } => State::Stop { held: held || holds },
        State::StopSpace { held } => State::StopSpace { held: held || holds },
        State::Open { held, then } => State::Open { held, then: then || holds },
    }
}

/// The state behind a paragraph separator, and the sentences that ended with it. A separator goes
/// with the sentence before it, and where SB8 was open, no `Lower` follows.
const fn separated(state: State) -> (State, u8) {
    (State::Within { cased: false, held: false }, closing(state))
}

/// Sentences that hold something and end if a boundary follows `state`.
const fn closing(state: State) -> u8 {
    match state {
        State::Open { held, then } => held as u8 + then as u8,
        _ => all_held(state) as u8,
    }
}

const fn is_cased(state: State) -> bool {
    matches!(state, State::Within { cased: true, .. })
}

const fn all_held(state: State) -> bool {
    match state {
        State::Within { held, .. }
        | State::Term { held, .. }
        | State::TermClose { held }
        | State::TermSpace { held }
        | State::Stop { held }
        | State::StopSpace { held } => held,
        State::Open { held, then } => held || then,
    }
}
