//! Words as LibreOffice Writer counts them.
//!
//! Knows Writer's classes of characters and the order in which they come. A format character is
//! counted when it comes, and taken back when a letter behind it shows that it joined two.

use super::ascii_masks::AsciiMasks;
use crate::properties::LibreOfficeClass;

/// What stood last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum LastClass {
    Space,
    Letter,
    /// Letters, then format characters that have been counted.
    Format,
    /// One hyphen: a letter behind it goes on with the word.
    Hyphen,
    /// Two hyphens or more: a letter behind them starts another.
    Hyphens,
    /// A word of its own that takes marks.
    Single,
    /// One that takes nothing.
    Asian,
}

/// The running count.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct LibreOfficeCounter {
    pub(crate) words: u64,
    last: LastClass,
    /// Format characters counted since the last letter.
    formats: u64,
}

impl LibreOfficeCounter {
    /// Nothing yet.
    pub(super) const fn new() -> Self {
        Self { words: 0, last: LastClass::Space, formats: 0 }
    }

    /// Whether the state is one that a block of ASCII can go on from.
    pub(super) const fn takes_blocks(&self) -> bool {
        !matches!(self.last, LastClass::Format)
    }

    /// Takes the next character.
    pub(super) fn step(&mut self, class: u32) {
        let (starts, last) = match (class, self.last) {
            (LibreOfficeClass::SPACE, _) => (false, LastClass::Space),
            (LibreOfficeClass::LETTER, LastClass::Format) => {
                self.words -= self.formats;
                (false, LastClass::Letter)
            }
            (LibreOfficeClass::LETTER, LastClass::Letter | LastClass::Hyphen) => (false, LastClass::Letter),
            (LibreOfficeClass::LETTER, _) => (true, LastClass::Letter),
            (LibreOfficeClass::HYPHEN, LastClass::Letter) => (false, LastClass::Hyphen),
            (LibreOfficeClass::HYPHEN, LastClass::Hyphen | LastClass::Hyphens) => (false, LastClass::Hyphens),
            (LibreOfficeClass::HYPHEN, _) => (true, LastClass::Hyphen),
            (LibreOfficeClass::MARK, last @ (LastClass::Letter | LastClass::Single | LastClass::Format)) => {
                (false, last)
            }
            (LibreOfficeClass::FORMAT, LastClass::Letter | LastClass::Format) => (true, LastClass::Format),
            (LibreOfficeClass::ASIAN, _) => (true, LastClass::Asian),
            _ => (true, LastClass::Single),
        };
        self.formats = if last == LastClass::Format { self.formats + u64::from(starts) } else { 0 };
        self.words += u64::from(starts);
        self.last = last;
    }

    /// Takes characters behind their like: `asian` ones that count each; letters count nothing.
    pub(super) const fn add(&mut self, asian: u64) {
        self.words += asian;
    }

    /// Takes a block of ASCII.
    pub(super) const fn take_block(&mut self, block: &AsciiMasks) {
        let (shown, hyphens) = (block.shown, block.hyphens);
        let starts_anew = matches!(self.last, LastClass::Space | LastClass::Single | LastClass::Asian) as u64;
        let starts = shown & !(shown << 1) & (!1 | starts_anew);
        let one = matches!(self.last, LastClass::Hyphen | LastClass::Hyphens) as u64;
        let two = matches!(self.last, LastClass::Hyphens) as u64;
        let behind = (hyphens << 1 | one) & (hyphens << 2 | one << 1 | two);
        self.words += (starts.count_ones() + (shown & !hyphens & behind).count_ones()) as u64;
        self.last = match (block.last(shown), hyphens >> (block.len - 2)) {
            (false, _) => LastClass::Space,
            (true, 0b11) => LastClass::Hyphens,
            (true, 0b10) => LastClass::Hyphen,
            (true, _) => LastClass::Letter,
        };
    }
}

#[cfg(test)]
mod tests {
    use crate::{Definition, Options, count};

    /// What LibreOffice 7.4.7 said of a text file with just this text.
    #[test]
    fn what_libreoffice_said() {
        for (text, words) in [
            ("devil-may-care", 1),
            ("a--b", 2),
            ("a-b--c", 2),
            ("--a", 2),
            ("-a", 1),
            ("a-", 1),
            ("a - b", 3),
            ("word --word", 3),
            ("a\u{2014}b a\u{2013}b", 4),
            ("a\u{2015}b a\u{2012}b a\u{2011}b", 3),
            (" . . . ", 3),
            ("L'argent de Louis-Philippe", 3),
            ("カタカナひらがな漢字", 10),
            ("漢字。", 3),
            ("Rust是由", 3),
            ("漢abc abc안녕", 5),
            ("안녕하세요 세계", 7),
            ("สวัสดีชาวโลก", 10),
            ("กำ กิ์ ๑๒๓ กฯ", 8),
            ("กab abก ก-ข", 7),
            ("ສະບາຍດີ", 6),
            ("សួស្តី", 1),
            ("漢-字 a-カ カ-a", 7),
            ("a\u{a0}b a\u{202f}b a\u{3000}b", 6),
            ("a\u{2060}b a\u{ad}b a\u{200d}b a\u{feff}b", 4),
            ("e\u{301}a \u{301}", 2),
            ("\u{200e}", 1),
            ("a\u{200e}b \u{200e}", 2),
            ("a 😀 b a😀b", 4),
            ("①② ㎏㎡ ㅋㅋㅋ １２３", 10),
            ("人々 ラーメン 𠀀𠀁", 8),
            ("ｱｲｳ ＡＢＣ 、。「」", 10),
            ("\u{8b}\u{98}\u{81} \u{19}\u{88} x\u{7f}y", 8),
        ] {
            let said = count(text, &Options::default()).words.get(Definition::LibreOffice);
            assert_eq!(said, words, "{text:?}");
        }
    }
}
