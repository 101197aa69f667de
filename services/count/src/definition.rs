//! The named definitions of a word, and a set of one count for each.

use std::fmt;
use std::str::FromStr;

/// A named, versioned definition of a word.
///
/// Every text is counted by all definitions in one pass. A caller's choice only picks the headline
/// number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Definition {
    /// As `wc -w` of GNU coreutils 9.1 in a UTF-8 locale.
    ///
    /// A word starts at a printable character other than white space and ends at white space. The
    /// no-break spaces U+00A0, U+2007, U+202F and U+2060 end words too. Characters that are not
    /// printable (controls, unassigned code points) neither start nor end a word.
    ///
    /// `devil-may-care` is 1, ` . . . ` is 3, `http://www.example.com` is 1.
    Wc,
    /// Segments between default word boundaries of UAX #29 that contain a letter (Alphabetic) or a
    /// number (general category N).
    ///
    /// `devil-may-care` is 3, `can't` is 1, `3.14` is 1, ` . . . ` is 0. In scripts written without
    /// spaces each character is a word: `我喜歡` is 3.
    Unicode,
    /// As [`Definition::Unicode`], with dictionary segmentation for Chinese, Japanese, Thai, Lao,
    /// Khmer and Burmese.
    ///
    /// Consecutive segments that contain only characters of those scripts are joined, then divided
    /// by dictionary: `こんにちは元気ですか` is 4.
    Dictionary,
    /// As Microsoft Word's Word Count: runs between white space. Each Han, kana or similar character
    /// is a word of its own; so is full-width punctuation.
    ///
    /// `devil-may-care` is 1, `L'argent de Louis-Philippe` is 3,
    /// `一二三四五 six seven eight` is 8.
    Office,
    /// As the word count of LibreOffice Writer 7.4.
    ///
    /// Runs between white space. En dashes and em dashes count as white space, and two hyphens end a
    /// word. Each character of Chinese, Japanese, Korean, Thai and Lao is a word of its own.
    ///
    /// `devil-may-care` is 1, `a--b` is 2, `one\u{2014}two` is 2, `안녕` is 2.
    LibreOffice,
    /// The total word count of GMX-V 2.0.
    ///
    /// As [`Definition::Unicode`]. In a text that is mostly Chinese, Japanese, Korean or Thai, the
    /// number of characters divided by 2.8, 3.0, 3.3 or 6.0 instead, rounded. The characters are
    /// letters, marks, numbers, and hyphens and apostrophes inside words.
    ///
    /// `It's five o'clock!` is 3, `我喜歡喝波霸奶茶。` is 8 / 2.8, so 3.
    Gmx,
    /// As translation tools that split at hyphens, slashes and apostrophes.
    ///
    /// Runs between white space, dashes of every kind, slashes and apostrophes are words if they
    /// contain a letter or a number. Each Han or kana character is a word of its own.
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

    /// The name with the version of its rules and tables. A count under one label never changes.
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

    /// The position in [`Definition::ALL`].
    const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Definition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// No definition has this name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownDefinition(
    /// The unknown name.
    pub String,
);

impl fmt::Display for UnknownDefinition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no definition is called \"{}\"; use one of", self.0)?;
        for (index, definition) in Definition::ALL.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
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
    /// The number of words by `definition`.
    #[must_use]
    pub const fn get(&self, definition: Definition) -> u64 {
        self.0[definition.index()]
    }

    /// Every definition with its count, in the order of [`Definition::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (Definition, u64)> + '_ {
        Definition::ALL.iter().map(|&definition| (definition, self.get(definition)))
    }

    /// Sets the number of words by `definition`.
    pub const fn set(&mut self, definition: Definition, words: u64) {
        self.0[definition.index()] = words;
    }

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
    fn parses_every_name() {
        for &definition in Definition::ALL {
            assert_eq!(definition.as_str().parse(), Ok(definition));
            assert!(definition.versioned().starts_with(definition.as_str()));
        }
    }

    #[test]
    fn the_error_for_an_unknown_name_lists_all_names() {
        let error = "words".parse::<Definition>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "no definition is called \"words\"; use one of wc, unicode, dictionary, office, \
             libreoffice, gmx, cat, ascii"
        );
    }
}
