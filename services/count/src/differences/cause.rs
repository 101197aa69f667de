//! The causes of differences, and the cause of a cluster: the first one that applies, in a fixed order.

use std::fmt;

use crate::properties::{CauseClass, PropertyTable};

/// Why definitions differ on a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cause {
    /// Chinese or Japanese. Counts as one word, one word per character, or words by dictionary.
    HanKana,
    /// Thai, Lao, Khmer or Burmese. Counts like Chinese or Japanese.
    ScriptWithoutSpaces,
    /// Korean. Counts as words between spaces, or as one word per syllable.
    Hangul,
    /// A web address or an e-mail address.
    Address,
    /// A no-break space or a word joiner.
    NoBreakSpace,
    /// Controls, zero-width characters, soft hyphens.
    Invisible,
    /// Dashes, or hyphens in a row.
    Dash,
    /// An ellipsis, or dots in a row.
    Ellipsis,
    Slash,
    Hyphen,
    Apostrophe,
    Number,
    /// A symbol or an emoji.
    Symbol,
    /// Punctuation in a cluster without letters and numbers.
    StrayPunctuation,
    /// Punctuation between letters, as in `e.g.` and `f(x)`.
    InnerPunctuation,
    /// Letters other than A to Z.
    OtherLetters,
    /// GMX-V's divisor, for clusters on which all other definitions agree.
    Divisor,
    /// Anything else.
    Other,
}

impl Cause {
    /// Every cause, in the order in which results list them.
    pub const ALL: [Self; 18] = [
        Self::HanKana,
        Self::ScriptWithoutSpaces,
        Self::Hangul,
        Self::Address,
        Self::NoBreakSpace,
        Self::Invisible,
        Self::Dash,
        Self::Ellipsis,
        Self::Slash,
        Self::Hyphen,
        Self::Apostrophe,
        Self::Number,
        Self::Symbol,
        Self::StrayPunctuation,
        Self::InnerPunctuation,
        Self::OtherLetters,
        Self::Divisor,
        Self::Other,
    ];

    /// The name used in results.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HanKana => "han_kana",
            Self::ScriptWithoutSpaces => "script_without_spaces",
            Self::Hangul => "hangul",
            Self::Address => "address",
            Self::NoBreakSpace => "no_break_space",
            Self::Invisible => "invisible",
            Self::Dash => "dash",
            Self::Ellipsis => "ellipsis",
            Self::Slash => "slash",
            Self::Hyphen => "hyphen",
            Self::Apostrophe => "apostrophe",
            Self::Number => "number",
            Self::Symbol => "symbol",
            Self::StrayPunctuation => "stray_punctuation",
            Self::InnerPunctuation => "inner_punctuation",
            Self::OtherLetters => "other_letters",
            Self::Divisor => "divisor",
            Self::Other => "other",
        }
    }

    /// A short description.
    #[must_use]
    pub const fn describe(self) -> &'static str {
        match self {
            Self::HanKana => "Chinese or Japanese, written without spaces",
            Self::ScriptWithoutSpaces => "Thai, Lao, Khmer or Burmese, written without spaces",
            Self::Hangul => "Korean: by words or by syllables",
            Self::Address => "web and e-mail addresses",
            Self::NoBreakSpace => "no-break spaces",
            Self::Invisible => "control and zero-width characters",
            Self::Dash => "dashes",
            Self::Ellipsis => "ellipses",
            Self::Slash => "slashes",
            Self::Hyphen => "hyphens",
            Self::Apostrophe => "apostrophes",
            Self::Number => "numbers",
            Self::Symbol => "symbols and emoji",
            Self::StrayPunctuation => "punctuation standing alone",
            Self::InnerPunctuation => "punctuation inside words",
            Self::OtherLetters => "letters other than A to Z",
            Self::Divisor => "characters divided, instead of words counted",
            Self::Other => "anything else",
        }
    }

    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.as_str() == name)
    }

    /// The position in [`Cause::ALL`].
    pub(super) const fn index(self) -> usize {
        self as usize
    }

    /// The cause of a cluster on which definitions differ.
    pub(super) fn of(table: &PropertyTable, cluster: &str) -> Self {
        let contents = ClusterContents::read(table, cluster);
        let has = |class: u32| contents.classes >> class & 1 != 0;
        if !contents.has_letter {
            return contents.cause_without_letters();
        }
        match () {
            () if has(CauseClass::HAN_KANA) => Self::HanKana,
            () if has(CauseClass::SPACELESS) => Self::ScriptWithoutSpaces,
            () if has(CauseClass::HANGUL) => Self::Hangul,
            () if is_address(cluster) => Self::Address,
            () if has(CauseClass::NO_BREAK) => Self::NoBreakSpace,
            () if has(CauseClass::INVISIBLE) => Self::Invisible,
            () if has(CauseClass::DASH) || cluster.contains("--") => Self::Dash,
            () if has(CauseClass::ELLIPSIS) || cluster.contains("...") => Self::Ellipsis,
            () if has(CauseClass::SLASH) => Self::Slash,
            () if has(CauseClass::HYPHEN) => Self::Hyphen,
            () if has(CauseClass::APOSTROPHE) => Self::Apostrophe,
            () if has(CauseClass::NUMBER) => Self::Number,
            () if has(CauseClass::SYMBOL) => Self::Symbol,
            () if has(CauseClass::LETTER) => Self::OtherLetters,
            () if has(CauseClass::PUNCTUATION) => Self::InnerPunctuation,
            () => Self::Other,
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

struct ClusterContents {
    /// A bit for each [`CauseClass`].
    classes: u32,
    /// Whether it contains a letter or a number.
    has_letter: bool,
    dots: u32,
    dashes: u32,
}

/// In a cluster with letters, this class decides.
const DECISIVE: u32 = 1 << CauseClass::HAN_KANA;

impl ClusterContents {
    fn read(table: &PropertyTable, cluster: &str) -> Self {
        let mut contents = Self { classes: 0, has_letter: false, dots: 0, dashes: 0 };
        for character in cluster.chars() {
            let properties = table.get(character);
            contents.classes |= 1 << properties.cause();
            contents.has_letter |= properties.is_alphanumeric();
            contents.dots += u32::from(character == '.');
            contents.dashes += u32::from(character == '-');
            if contents.has_letter && contents.classes & DECISIVE != 0 {
                break;
            }
        }
        contents
    }

    /// The cause of a cluster without letters and numbers.
    fn cause_without_letters(&self) -> Cause {
        let has = |class: u32| self.classes >> class & 1 != 0;
        match () {
            () if has(CauseClass::SYMBOL) => Cause::Symbol,
            () if has(CauseClass::DASH) || self.dashes > 0 => Cause::Dash,
            () if has(CauseClass::ELLIPSIS) || self.dots > 1 => Cause::Ellipsis,
            () if has(CauseClass::PUNCTUATION) || has(CauseClass::APOSTROPHE) || has(CauseClass::SLASH) => {
                Cause::StrayPunctuation
            }
            () if has(CauseClass::HYPHEN) => Cause::Dash,
            () if has(CauseClass::HAN_KANA) => Cause::HanKana,
            () if has(CauseClass::NO_BREAK) => Cause::NoBreakSpace,
            () if has(CauseClass::INVISIBLE) => Cause::Invisible,
            () => Cause::Other,
        }
    }
}

fn is_address(cluster: &str) -> bool {
    let inner_at = || {
        let at = cluster.find('@').filter(|&at| at > 0);
        at.is_some_and(|at| cluster[at..].contains('.'))
    };
    cluster.contains("://") || cluster.contains("www.") || inner_at()
}
