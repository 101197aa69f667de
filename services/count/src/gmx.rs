//! How GMX-V 2.0 makes words of characters, where a language does not part words by spaces.
//!
//! Knows the standard's divisors; the characters are counted elsewhere. Numbers are whole, so that
//! parts merge to the bit.

use crate::language;
use crate::segment_counter::LettersByScript;

/// How many characters make how many words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GmxDivisor {
    words: u64,
    characters: u64,
}

impl GmxDivisor {
    /// That of the language that most of a text with these letters is in: 2.8 for Chinese, 3.0 for
    /// Japanese, 3.3 for Korean, 6.0 for Thai. `None` where words are counted as words.
    pub(crate) fn of(letters: &LettersByScript) -> Option<Self> {
        let (words, characters) = match language::billed_by_character(letters)? {
            "zh" => (5, 14),
            "ja" => (1, 3),
            "ko" => (10, 33),
            _ => (1, 6),
        };
        Some(Self { words, characters })
    }

    /// Words that so many characters make, rounded half up.
    pub(crate) const fn words(self, characters: u64) -> u64 {
        (characters * self.words * 2 + self.characters) / (self.characters * 2)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Definition, Options, count};

    #[test]
    fn characters_are_divided_in_the_languages_that_the_standard_names() {
        for (text, words) in [
            ("It's five o'clock!", 3),
            ("Start Text end.", 3),
            ("我喜歡喝波霸奶茶。", 3),
            ("こんにちは元気ですか", 3),
            ("안녕하세요 세계", 2),
            ("สวัสดีชาวโลก", 2),
            ("", 0),
        ] {
            let said = count(text, &Options::default()).words.get(Definition::Gmx);
            assert_eq!(said, words, "{text:?}");
        }
    }

    #[test]
    fn hyphens_and_apostrophes_inside_words_are_characters() {
        let billed = |text: &str| {
            let mut measures = crate::measures::Measures::new();
            measures.take(crate::properties::PropertyTable::shared(), text);
            measures.figures().pieces.billed
        };
        assert_eq!(billed("Start Text end."), 12);
        assert_eq!(billed("d'une famille d'or."), 16);
        assert_eq!(billed("a-b -c- d"), 5);
        assert_eq!(billed("漢-字 l’été"), 8);
        assert_eq!(billed(&"d'une famille d'or. ".repeat(20)), 320);
    }
}
