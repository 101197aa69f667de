//! The automaton behind the count of sentences, as one table made at compile time.
//!
//! Knows the rules SB3 to SB998 of UAX #29. A boundary is of interest only when the sentence before
//! it holds a letter or a number, so states carry that as a bit.

use crate::properties::SentenceClass;

/// What stands at the end of the text so far.
#[derive(Clone, Copy)]
enum SentenceState {
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
pub(super) const CALM: [u8; 2] = [
    number(SentenceState::Within { cased: false, held: true }),
    number(SentenceState::Within { cased: true, held: true }),
];

/// For each state and symbol the next state and, above it, how many sentences ended.
pub(super) static STEPS: [[u8; SYMBOLS]; STATES.next_power_of_two()] = steps();

/// SentenceEffect that end with the text in `state`, of those that hold a letter or a number.
pub(super) fn endings(state: u8) -> u64 {
    u64::from(closing(from_number(state)))
}

/// States in which a text that ends in white space may be come first.
const fn number(state: SentenceState) -> u8 {
    match state {
        SentenceState::Within { cased, held } => held as u8 + 10 * cased as u8,
        SentenceState::TermSpace { held } => 2 + held as u8,
        SentenceState::StopSpace { held } => 4 + held as u8,
        SentenceState::Open { held, then } => 6 + held as u8 + 2 * then as u8,
        SentenceState::Term { cased, held } => 12 + held as u8 + 2 * cased as u8,
        SentenceState::TermClose { held } => 16 + held as u8,
        SentenceState::Stop { held } => 18 + held as u8,
    }
}

const fn from_number(number: u8) -> SentenceState {
    let held = number % 2 == 1;
    match number {
        0 | 1 => SentenceState::Within { cased: false, held },
        2 | 3 => SentenceState::TermSpace { held },
        4 | 5 => SentenceState::StopSpace { held },
        6..=9 => SentenceState::Open { held, then: number >= 8 },
        10 | 11 => SentenceState::Within { cased: true, held },
        12..=15 => SentenceState::Term { cased: number >= 14, held },
        16 | 17 => SentenceState::TermClose { held },
        _ => SentenceState::Stop { held },
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
const fn step(state: SentenceState, symbol: u32) -> (SentenceState, u8) {
    let class = symbol & (SentenceClass::ALPHANUMERIC - 1);
    let holds = symbol & SentenceClass::ALPHANUMERIC != 0;
    if class == SentenceClass::EXTEND {
        return (marked(state, holds), 0); // SB5
    }
    if class == SentenceClass::SEPARATOR {
        return separated(state); // SB3, SB4
    }
    match goes_on(state, class) {
        BoundaryDecision::Same => (within(state, class, holds), 0),
        BoundaryDecision::Ended => {
            let (before, ended) = parted(state);
            (within(before, class, holds), ended)
        }
        BoundaryDecision::Unsure => (opened(state, holds), 0),
    }
}

/// Whether a sentence goes on with the next character.
enum BoundaryDecision {
    Same,
    Ended,
    Unsure,
}

const fn goes_on(state: SentenceState, class: u32) -> BoundaryDecision {
    let terminates = matches!(class, SentenceClass::A_TERM | SentenceClass::S_TERM);
    match state {
        SentenceState::Within { .. } => BoundaryDecision::Same, // SB998
        SentenceState::Term { cased: true, .. } if class == SentenceClass::UPPER => BoundaryDecision::Same, // SB7
        SentenceState::Term { .. } if class == SentenceClass::NUMERIC => BoundaryDecision::Same, // SB6
        SentenceState::Open { .. } => match class {
            SentenceClass::LOWER => BoundaryDecision::Same, // SB8
            SentenceClass::UPPER | SentenceClass::LETTER => BoundaryDecision::Ended,
            _ if terminates => BoundaryDecision::Ended,
            _ => BoundaryDecision::Unsure,
        },
        _ if terminates || class == SentenceClass::CONTINUE => BoundaryDecision::Same, // SB8a
        SentenceState::Term { .. } | SentenceState::TermClose { .. } | SentenceState::Stop { .. }
            if matches!(class, SentenceClass::CLOSE | SentenceClass::SPACE) =>
        {
            BoundaryDecision::Same // SB9, SB10
        }
        SentenceState::TermSpace { .. } | SentenceState::StopSpace { .. }
            if class == SentenceClass::SPACE =>
        {
            BoundaryDecision::Same
        }
        SentenceState::Stop { .. } | SentenceState::StopSpace { .. } => BoundaryDecision::Ended, // SB11
        _ => match class {
            SentenceClass::LOWER => BoundaryDecision::Same, // SB8
            SentenceClass::UPPER | SentenceClass::LETTER => BoundaryDecision::Ended,
            _ => BoundaryDecision::Unsure,
        },
    }
}

/// The state behind a character that goes on with the sentence.
const fn within(state: SentenceState, class: u32, holds: bool) -> SentenceState {
    let held = all_held(state) || holds;
    match (state, class) {
        (_, SentenceClass::A_TERM) => SentenceState::Term { cased: is_cased(state), held },
        (_, SentenceClass::S_TERM) => SentenceState::Stop { held },
        (SentenceState::Term { .. } | SentenceState::TermClose { .. }, SentenceClass::CLOSE) => {
            SentenceState::TermClose { held }
        }
        (
            SentenceState::Term { .. } | SentenceState::TermClose { .. } | SentenceState::TermSpace { .. },
            SentenceClass::SPACE,
        ) => SentenceState::TermSpace { held },
        (SentenceState::Stop { .. }, SentenceClass::CLOSE) => SentenceState::Stop { held },
        (SentenceState::Stop { .. } | SentenceState::StopSpace { .. }, SentenceClass::SPACE) => {
            SentenceState::StopSpace { held }
        }
        _ => SentenceState::Within {
            cased: matches!(class, SentenceClass::LOWER | SentenceClass::UPPER),
            held,
        },
    }
}

/// The start of the next sentence, and how many ended before it. Where SB8 was open, what stood
/// behind the open place belongs to the next.
const fn parted(state: SentenceState) -> (SentenceState, u8) {
    match state {
        SentenceState::Open { held, then } => {
            (SentenceState::Within { cased: false, held: then }, held as u8)
        }
        _ => (SentenceState::Within { cased: false, held: false }, closing(state)),
    }
}

/// The state behind a character that leaves SB8 open.
const fn opened(state: SentenceState, holds: bool) -> SentenceState {
    match state {
        SentenceState::Open { held, then } => SentenceState::Open { held, then: then || holds },
        _ => SentenceState::Open { held: all_held(state), then: holds },
    }
}

/// The state behind `Extend` or `Format`, which belong to the character before.
const fn marked(state: SentenceState, holds: bool) -> SentenceState {
    match state {
        SentenceState::Within { cased, held } => SentenceState::Within { cased, held: held || holds },
        SentenceState::Term { cased, held } => SentenceState::Term { cased, held: held || holds },
        SentenceState::TermClose { held } => SentenceState::TermClose { held: held || holds },
        SentenceState::TermSpace { held } => SentenceState::TermSpace { held: held || holds },
        SentenceState::Stop { held } => SentenceState::Stop { held: held || holds },
        SentenceState::StopSpace { held } => SentenceState::StopSpace { held: held || holds },
        SentenceState::Open { held, then } => SentenceState::Open { held, then: then || holds },
    }
}

/// The state behind a paragraph separator, and the sentences that ended with it. A separator goes
/// with the sentence before it, and where SB8 was open, no `Lower` follows.
const fn separated(state: SentenceState) -> (SentenceState, u8) {
    (SentenceState::Within { cased: false, held: false }, closing(state))
}

/// SentenceEffect that hold something and end if a boundary follows `state`.
const fn closing(state: SentenceState) -> u8 {
    match state {
        SentenceState::Open { held, then } => held as u8 + then as u8,
        _ => all_held(state) as u8,
    }
}

const fn is_cased(state: SentenceState) -> bool {
    matches!(state, SentenceState::Within { cased: true, .. })
}

const fn all_held(state: SentenceState) -> bool {
    match state {
        SentenceState::Within { held, .. }
        | SentenceState::Term { held, .. }
        | SentenceState::TermClose { held }
        | SentenceState::TermSpace { held }
        | SentenceState::Stop { held }
        | SentenceState::StopSpace { held } => held,
        SentenceState::Open { held, then } => held || then,
    }
}
