//! The named definitions of a word, and one count for each of them.
//!
//! Knows names, versions and rules in prose; how a rule is carried out is the counter's affair.

use std::fmt;
use std::str::FromStr;

/// A named, versioned answer to "what is a word?".
///
/// Every text is counted by all of them in one pass; naming one only picks the headline number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Definition {
    /// As `wc -w` of GNU coreutils 9.1 in a UTF-8 locale.
    ///
    /// A word starts at a printable character that is no white space and ends at white space.
    /// The no-break spaces U+00A0, U+2007, U+202F and U+2060 end words too. Characters that
    /// cannot be printed (controls, unassigned code points) neither start nor end a word.
    ///
    /// `devil-may-care` is 1, ` . . . ` is 3, `http://www.example.com` is 1.
    Wc,
    /// UAX #29 default word boundaries; a segment counts if it holds a letter (Alphabetic) or a
    /// number (general category N).
    ///
    /// `devil-may-care` is 3, `can't` is 1, `3.14` is 1, ` . . . ` is 0. Scripts written without
    /// spaces come out one character at a time: `我喜歡` is 3.
    Unicode,
    /// As [`Definition::Unicode`], with dictionary segmentation for Chinese, Japanese, Thai, Lao,
    /// Khmer and Burmese.
    ///
    /// Consecutive segments that hold only characters of those scripts are joined and cut again
    /// by dictionary: `こんにちは元気ですか` is 4.
    Dictionary,
    /// As Microsoft Word's Word Count: runs between white space, and every Han, kana and alike
    /// character for itself, full-width punctuation included.
    ///
    /// `devil-may-care` is 1, `L'argent de Louis-Philippe` is 3,
    /// `一二三四五 six seven eight` is 8.
    Office,
    /// As the word count of LibreOffice Writer 7.4.
    ///
    /// Runs between white space, where the en dash and the em dash are white space too and two
    /// hyphens end a word, and every character for itself of Chinese, Japanese, Korean, Thai and Lao.
    ///
    /// `devil-may-care` is 1, `a--b` is 2, `one\u{2014}two` is 2, `안녕` is 2.
    LibreOffice,
    /// The total word count of GMX-V 2.0.
    ///
    /// [`Definition::Unicode`], but in a text that is mostly Chinese, Japanese, Korean or Thai the
    /// characters (letters, marks and numbers, and hyphens and apostrophes inside words) divided by
    /// 2.8, 3.0, 3.3 or 6.0, rounded.
    ///
    /// `It's five o'clock!` is 3, `我喜歡喝波霸奶茶。` is 8 / 2.8, so 3.
    Gmx,
    /// As translation tools that split at hyphens, slashes and apostrophes.
    ///
    /// What stands between white space, dashes of every kind, slashes and apostrophes is a word if
    /// it holds a letter or a number; every Han character and kana is one.
    ///
    /// `devil-may-care` is 3, `she/he/it` is 3, `L'argent de Louis-Philippe` is 5, ` . . . ` is 0.
    Cat,
    /// Runs of the letters A to Z and a to z, as `grep -oE '[A-Za-z]+' | wc -l`.
    ///
    /// `can't` is 2, `café` is 1, `3.14` is 0, `Москва` is 0.
    Ascii,
}

impl Definition {
    /// Every definition, in the order in which results list them.
    pub const ALL: &'static [Self] = &[
        Self::Wc,
        Self::Unicode,
        Self::Dictionary,
        Self::Office,
        Self::LibreOffice,
        Self::Gmx,
        Self::Cat,
        Self::Ascii,
    ];

    /// The name used in requests and results.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wc => "wc",
            Self::Unicode => "unicode",
            Self::Dictionary => "dictionary",
            Self::Office => "office",
            Self::LibreOffice => "libreoffice",
            Self::Gmx => "gmx",
            Self::Cat => "cat",
            Self::Ascii => "ascii",
        }
    }

    /// The name with the version of the rules and tables behind it, for certificates: a number
    /// counted under one label never changes.
    #[must_use]
    pub const fn versioned(self) -> &'static str {
        match self {
            Self::Wc => "wc-coreutils-9.1",
            Self::Unicode => "unicode-18",
            Self::Dictionary => "dictionary-icu4x-2.4",
            Self::Office => "office-1",
            Self::LibreOffice => "libreoffice-7.4",
            Self::Gmx => "gmx-v-2.0",
            Self::Cat => "cat-1",
            Self::Ascii => "ascii-1",
        }
    }

    /// The place of this definition in [`Definition::ALL`].
    const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Definition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A name that is no definition's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownDefinition(
    /// The name that was given.
    pub String,
);

impl fmt::Display for UnknownDefinition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no definition is called \"{}\"; use one of", self.0)?;
        for (place, definition) in Definition::ALL.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            write!(f, "{comma} {definition}")?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownDefinition {}

impl FromStr for Definition {
    type Err = UnknownDefinition;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let named = Self::ALL.iter().find(|known| known.as_str() == name);
        named.copied().ok_or_else(|| UnknownDefinition(name.to_owned()))
    }
}

/// One count for each definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Words([u64; Definition::ALL.len()]);

impl Words {
    /// How many words the text has by `definition`.
    #[must_use]
    pub const fn get(&self, definition: Definition) -> u64 {
        self.0[definition.index()]
    }

    /// Every definition with its count, in the order of [`Definition::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (Definition, u64)> + '_ {
        Definition::ALL.iter().map(|&definition| (definition, self.get(definition)))
    }

    /// Sets one count: for readers of stored results.
    pub const fn set(&mut self, definition: Definition, words: u64) {
        self.0[definition.index()] = words;
    }

    /// Adds every count of `other`.
    pub(crate) fn add_all(&mut self, other: Self) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine += theirs;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_definition() {
        for &definition in Definition::ALL {
            assert_eq!(definition.as_str().parse(), Ok(definition));
            assert!(definition.versioned().starts_with(definition.as_str()));
        }
    }

    #[test]
    fn an_unknown_name_is_told_the_known_ones() {
        let error = "words".parse::<Definition>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "no definition is called \"words\"; use one of wc, unicode, dictionary, office, \
             libreoffice, gmx, cat, ascii"
        );
    }
}
