//! The automaton for sentences, as a table that is computed at compile time.
//!
//! It implements the rules SB3 to SB998 of UAX #29. Only sentences with a letter or a number count, so
//! each state knows whether the sentence has one so far. There are two tables, because a line feed is a
//! separator in some texts and a space in others.

use crate::LineEnd;
use crate::properties::SentenceClass;

/// The end of the text so far.
#[derive(Clone, Copy)]
enum SentencePosition {
    /// In a sentence or at its start. `cased`: the last character was `Upper` or `Lower`.
    Within { cased: bool },
    /// After `ATerm`. `cased`: the character before it was `Upper` or `Lower` (SB7).
    Term { cased: bool },
    /// After `ATerm Close+`.
    TermClose,
    /// After `ATerm Close* Sp+`.
    TermSpace,
    /// After `STerm Close*`.
    Stop,
    /// After `STerm Close* Sp+`.
    StopSpace,
    /// After a possible boundary: the sentence ended there unless the next letter is `Lower` (SB8).
    Open { letter_after: bool },
}

#[derive(Clone, Copy)]
struct SentenceState {
    position: SentencePosition,
    /// Whether the sentence contains a letter or a number, before a boundary that is open.
    has_letter: bool,
    /// Whether the text ends in white space with a line feed that was read as a space. Another one makes
    /// an empty line.
    after_line_feed: bool,
}

pub(super) const STATES: usize = 30;
pub(super) const SYMBOLS: usize = 32;
pub(super) const STATE_MASK: u8 = 0x1f;
pub(super) const ENDED_SHIFT: u8 = 5;

/// The next state for each state and symbol. The bits above it are the number of ended sentences.
pub(super) type StepTable = [[u8; SYMBOLS]; STATES.next_power_of_two()];

const START: SentenceState = SentenceState {
    position: SentencePosition::Within { cased: false },
    has_letter: false,
    after_line_feed: false,
};

/// The states inside a sentence with a letter or a number. `[1]` is the state after a letter with case.
pub(super) const INSIDE: [u8; 2] = [inside(false), inside(true)];

const fn inside(cased: bool) -> u8 {
    number(SentenceState { position: SentencePosition::Within { cased }, has_letter: true, ..START })
}

/// The table for texts in which a line feed is this.
pub(super) const fn steps_of(line_end: LineEnd) -> &'static StepTable {
    static SENTENCE_END: StepTable = steps(LineEnd::Sentence);
    static SPACE: StepTable = steps(LineEnd::Space);
    match line_end {
        LineEnd::Sentence => &SENTENCE_END,
        LineEnd::Space => &SPACE,
    }
}

/// The number of counted sentences that end if the text ends in `state`.
pub(super) fn endings(state: u8) -> u64 {
    u64::from(closing(from_number(state)))
}

/// The states in which a text that ends in white space can be have the lowest numbers.
const fn number(state: SentenceState) -> u8 {
    let number = match state.position {
        SentencePosition::Within { cased } => 10 * cased as u8,
        SentencePosition::TermSpace => 1,
        SentencePosition::StopSpace => 2,
        SentencePosition::Open { letter_after } => 3 + letter_after as u8,
        SentencePosition::Term { cased } => 11 + cased as u8,
        SentencePosition::TermClose => 13,
        SentencePosition::Stop => 14,
    };
    // At the start of a sentence one line feed more changes nothing.
    let after_line_feed = state.after_line_feed && (number > 0 || state.has_letter);
    2 * (number + 5 * after_line_feed as u8) + state.has_letter as u8
}

const fn from_number(number: u8) -> SentenceState {
    let after_line_feed = matches!(number / 2, 5..=9);
    let position = match number / 2 {
        0 | 5 => SentencePosition::Within { cased: false },
        1 | 6 => SentencePosition::TermSpace,
        2 | 7 => SentencePosition::StopSpace,
        3 | 8 => SentencePosition::Open { letter_after: false },
        4 | 9 => SentencePosition::Open { letter_after: true },
        10 => SentencePosition::Within { cased: true },
        11 => SentencePosition::Term { cased: false },
        12 => SentencePosition::Term { cased: true },
        13 => SentencePosition::TermClose,
        _ => SentencePosition::Stop,
    };
    SentenceState { position, has_letter: number % 2 == 1, after_line_feed }
}

const fn steps(line_end: LineEnd) -> StepTable {
    let mut steps = [[0; SYMBOLS]; STATES.next_power_of_two()];
    let mut from = 0;
    while from < STATES {
        let mut symbol = 0;
        while symbol < SYMBOLS {
            let (state, ended) = step(from_number(from as u8), symbol as u32, line_end);
            steps[from][symbol] = number(state) | (ended << ENDED_SHIFT);
            symbol += 1;
        }
        from += 1;
    }
    steps
}

/// The state after a character, and how many sentences ended before it.
const fn step(state: SentenceState, symbol: u32, line_end: LineEnd) -> (SentenceState, u8) {
    let class = symbol & (SentenceClass::ALPHANUMERIC - 1);
    let is_letter = symbol & SentenceClass::ALPHANUMERIC != 0;
    let feeds = class == SentenceClass::LINE_FEED;
    let ends_line = feeds || class == SentenceClass::CARRIAGE_RETURN;
    let separates = match line_end {
        LineEnd::Sentence => ends_line,
        LineEnd::Space => feeds && state.after_line_feed,
    };
    if separates || class == SentenceClass::SEPARATOR {
        // SB3, SB4. A separator closes an open boundary, because no `Lower` follows.
        return (START, closing(state));
    }
    let class = if ends_line { SentenceClass::SPACE } else { class };
    let after_line_feed = feeds || (state.after_line_feed && class == SentenceClass::SPACE);
    let (next, ended) = step_within_line(SentenceState { after_line_feed: false, ..state }, class, is_letter);
    (SentenceState { after_line_feed, ..next }, ended)
}

const fn step_within_line(state: SentenceState, class: u32, is_letter: bool) -> (SentenceState, u8) {
    if class == SentenceClass::EXTEND {
        return (marked(state, is_letter), 0); // SB5
    }
    match decide(state.position, class) {
        BoundaryDecision::None => (within(state, class, is_letter), 0),
        BoundaryDecision::Boundary => {
            // The text after an open boundary belongs to the next sentence.
            let next = SentenceState { has_letter: letter_after(state), ..START };
            (within(next, class, is_letter), state.has_letter as u8)
        }
        BoundaryDecision::Open => (opened(state, is_letter), 0),
    }
}

/// Whether a boundary lies before the next character.
enum BoundaryDecision {
    None,
    Boundary,
    /// It depends on the next letter (SB8).
    Open,
}

const fn decide(position: SentencePosition, class: u32) -> BoundaryDecision {
    use SentencePosition::{Open, Stop, StopSpace, Term, TermClose, TermSpace, Within};
    let terminates = matches!(class, SentenceClass::A_TERM | SentenceClass::S_TERM);
    match position {
        Within { .. } => BoundaryDecision::None, // SB998
        Term { cased: true } if class == SentenceClass::UPPER => BoundaryDecision::None, // SB7
        Term { .. } if class == SentenceClass::NUMERIC => BoundaryDecision::None, // SB6
        Open { .. } => match class {
            SentenceClass::LOWER => BoundaryDecision::None, // SB8
            SentenceClass::UPPER | SentenceClass::LETTER => BoundaryDecision::Boundary,
            _ if terminates => BoundaryDecision::Boundary,
            _ => BoundaryDecision::Open,
        },
        _ if terminates || class == SentenceClass::CONTINUE => BoundaryDecision::None, // SB8a
        Term { .. } | TermClose | Stop if matches!(class, SentenceClass::CLOSE | SentenceClass::SPACE) => {
            BoundaryDecision::None // SB9, SB10
        }
        TermSpace | StopSpace if class == SentenceClass::SPACE => BoundaryDecision::None,
        Stop | StopSpace => BoundaryDecision::Boundary, // SB11
        _ => match class {
            SentenceClass::LOWER => BoundaryDecision::None, // SB8
            SentenceClass::UPPER | SentenceClass::LETTER => BoundaryDecision::Boundary,
            _ => BoundaryDecision::Open,
        },
    }
}

/// The state after a character that continues the sentence.
const fn within(state: SentenceState, class: u32, is_letter: bool) -> SentenceState {
    use SentencePosition::{Stop, StopSpace, Term, TermClose, TermSpace, Within};
    let position = match (state.position, class) {
        (before, SentenceClass::A_TERM) => Term { cased: matches!(before, Within { cased: true }) },
        (_, SentenceClass::S_TERM) => Stop,
        (Term { .. } | TermClose, SentenceClass::CLOSE) => TermClose,
        (Term { .. } | TermClose | TermSpace, SentenceClass::SPACE) => TermSpace,
        (Stop, SentenceClass::CLOSE) => Stop,
        (Stop | StopSpace, SentenceClass::SPACE) => StopSpace,
        _ => Within { cased: matches!(class, SentenceClass::LOWER | SentenceClass::UPPER) },
    };
    let has_letter = state.has_letter || letter_after(state) || is_letter;
    SentenceState { position, has_letter, ..state }
}

/// The state after a character that leaves SB8 open.
const fn opened(state: SentenceState, is_letter: bool) -> SentenceState {
    let position = SentencePosition::Open { letter_after: letter_after(state) || is_letter };
    SentenceState { position, ..state }
}

/// The state after `Extend` or `Format`, which belong to the character before.
const fn marked(state: SentenceState, is_letter: bool) -> SentenceState {
    match state.position {
        SentencePosition::Open { .. } => opened(state, is_letter),
        _ => SentenceState { has_letter: state.has_letter || is_letter, ..state },
    }
}

/// The number of counted sentences that end if a boundary follows `state`.
const fn closing(state: SentenceState) -> u8 {
    state.has_letter as u8 + letter_after(state) as u8
}

const fn letter_after(state: SentenceState) -> bool {
    matches!(state.position, SentencePosition::Open { letter_after: true })
}
