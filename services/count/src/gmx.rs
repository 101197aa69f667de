//! Converts characters to words as GMX-V 2.0 does for Chinese, Japanese, Korean and Thai.
//!
//! The divisors are fractions of integers, so the counts of parts merge exactly.

use crate::language;
use crate::segment_counter::LettersByScript;

/// `characters` characters make `words` words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GmxDivisor {
    words: u64,
    characters: u64,
}

impl GmxDivisor {
    /// The divisor for the main language of a text with these letters: 2.8 for Chinese, 3.0 for
    /// Japanese, 3.3 for Korean, 6.0 for Thai. `None` for languages whose words are counted directly.
    pub(crate) fn of(letters: &LettersByScript) -> Option<Self> {
        let (words, characters) = match language::counted_by_character(letters)? {
            "zh" => (5, 14),
            "ja" => (1, 3),
            "ko" => (10, 33),
            _ => (1, 6),
        };
        Some(Self { words, characters })
    }

    /// The number of words in `characters` characters, rounded half up.
    pub(crate) const fn words(self, characters: u64) -> u64 {
        (characters * self.words * 2 + self.characters) / (self.characters * 2)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Definition, Options, count};

    #[test]
    fn divides_characters_in_chinese_japanese_korean_and_thai() {
        for (text, words) in [
            ("It's five o'clock!", 3),
            ("Start Text end.", 3),
            ("我喜歡喝波霸奶茶。", 3),
            ("こんにちは元気ですか", 3),
            ("안녕하세요 세계", 2),
            ("สวัสดีชาวโลก", 2),
            ("", 0),
        ] {
            let counted = count(text, &Options::default()).words.get(Definition::Gmx);
            assert_eq!(counted, words, "{text:?}");
        }
    }

    #[test]
    fn counts_hyphens_and_apostrophes_inside_words_as_characters() {
        let characters = |text: &str| {
            let mut measures = crate::measures::Measures::new();
            measures.push(crate::properties::PropertyTable::shared(), text);
            measures.state().pieces.gmx_characters
        };
        assert_eq!(characters("Start Text end."), 12);
        assert_eq!(characters("d'une famille d'or."), 16);
        assert_eq!(characters("a-b -c- d"), 5);
        assert_eq!(characters("漢-字 l’été"), 8);
        assert_eq!(characters(&"d'une famille d'or. ".repeat(20)), 320);
    }
}
