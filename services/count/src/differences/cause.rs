//! The causes, and which one a cluster has.
//!
//! Knows what stands in a cluster; the first cause in a fixed order that fits is the one.

use std::fmt;

use crate::properties::{CauseClass, PropertyTable};

/// Why definitions differ about a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cause {
    /// Chinese or Japanese: one word, one a character, or words of a dictionary.
    HanKana,
    /// Thai, Lao, Khmer, Burmese: the same.
    ScriptWithoutSpaces,
    /// Korean: words between spaces, or one a syllable.
    Hangul,
    /// An address or an e-mail address.
    Address,
    /// A no-break space or a word joiner.
    NoBreakSpace,
    /// Characters with nothing to see: controls, zero-width ones, soft hyphens.
    Invisible,
    /// Dashes, or hyphens in a row.
    Dash,
    /// Dots that stand for something left out.
    Ellipsis,
    /// A slash.
    Slash,
    /// A hyphen.
    Hyphen,
    /// An apostrophe.
    Apostrophe,
    /// A number.
    Number,
    /// A symbol or an emoji.
    Symbol,
    /// Punctuation with no letter or number beside it.
    StrayPunctuation,
    /// Punctuation between letters, as in `e.g.` and `f(x)`.
    InnerPunctuation,
    /// Letters other than A to Z.
    OtherLetters,
    /// GMX-V's divisor, for clusters about which all others agree.
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

    /// What it is, in a few words for people.
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

    /// The cause with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.as_str() == name)
    }

    /// Its place in [`Cause::ALL`].
    pub(super) const fn index(self) -> usize {
        self as usize
    }

    /// The cause of definitions' differing about this cluster.
    pub(super) fn of(table: &PropertyTable, cluster: &str) -> Self {
        let found = ClusterContents::read(table, cluster);
        let has = |sign: u32| found.signs >> sign & 1 != 0;
        if !found.letters {
            return found.without_letters();
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

/// What stands in a cluster.
struct ClusterContents {
    /// A bit for each sign.
    signs: u32,
    letters: bool,
    dots: u32,
    dashes: u32,
}

/// Signs that decide whatever else stands there.
const DECISIVE: u32 = 1 << CauseClass::HAN_KANA;

impl ClusterContents {
    fn read(table: &PropertyTable, cluster: &str) -> Self {
        let mut found = Self { signs: 0, letters: false, dots: 0, dashes: 0 };
        for character in cluster.chars() {
            let properties = table.get(character);
            found.signs |= 1 << properties.cause();
            found.letters |= properties.is_alphanumeric();
            found.dots += u32::from(character == '.');
            found.dashes += u32::from(character == '-');
            if found.letters && found.signs & DECISIVE != 0 {
                break;
            }
        }
        found
    }

    /// The cause where there is no letter and no number.
    fn without_letters(&self) -> Cause {
        let has = |sign: u32| self.signs >> sign & 1 != 0;
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
