//! Counts the syllables of a word by its vowels.
//!
//! There are rules for the most common silent vowels, and no dictionary. The count is exact for Russian,
//! where each vowel is a syllable. For the other languages it is an estimate that is good on average.

/// The rules of one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SyllableRules {
    English,
    German,
    French,
    Spanish,
    Dutch,
    Russian,
    /// No formula needs the syllables of the language.
    Other,
}

impl SyllableRules {
    /// The rules for the language with this tag.
    pub(super) fn named(tag: &str) -> Self {
        match tag {
            "en" => Self::English,
            "de" => Self::German,
            "fr" => Self::French,
            "es" => Self::Spanish,
            "nl" => Self::Dutch,
            "ru" => Self::Russian,
            _ => Self::Other,
        }
    }

    /// The number of syllables of a case-folded word, at least one.
    pub(super) fn syllables(self, word: &str) -> u64 {
        let count = match self {
            Self::English => groups(word, &ENGLISH, &NONE).saturating_sub(silent_in_english(word)),
            Self::German => groups(word, &LetterSet::of("aeiouy", "äöü"), &NONE),
            Self::French => groups(word, &FRENCH, &FRENCH_APART).saturating_sub(silent_in_french(word)),
            Self::Spanish => {
                groups(word, &LetterSet::of("aeiou", "áéíóúü"), &LetterSet::of("", "íú")) + strong_pairs(word)
            }
            Self::Dutch => groups(word, &LetterSet::of("aeiouy", "áéèëïöü"), &LetterSet::of("", "ëïöü")),
            Self::Russian => word.chars().filter(|&c| "аеёиоуыэюя".contains(c)).count(),
            Self::Other => 1,
        };
        count.max(1) as u64
    }
}

const NONE: LetterSet = LetterSet::of("", "");
const ENGLISH: LetterSet = LetterSet::of("aeiouy", "");
const FRENCH: LetterSet = LetterSet::of("aeiouy", "àâäéèêëîïôöùûüœæ");
const FRENCH_APART: LetterSet = LetterSet::of("", "ëïü");

/// A set of letters. ASCII letters are bits, because most texts have few others.
struct LetterSet {
    ascii: u32,
    others: &'static str,
}

impl LetterSet {
    /// `ascii` must be lower-case letters.
    const fn of(ascii: &str, others: &'static str) -> Self {
        let (mut bits, mut at) = (0, 0);
        while at < ascii.len() {
            bits |= 1 << (ascii.as_bytes()[at] - b'a');
            at += 1;
        }
        Self { ascii: bits, others }
    }

    fn has(&self, letter: char) -> bool {
        match letter {
            'a'..='z' => self.ascii >> (letter as u32 - u32::from(b'a')) & 1 == 1,
            _ => !letter.is_ascii() && self.others.contains(letter),
        }
    }
}

/// The number of groups of vowels. Vowels in `apart` start a group even after another vowel.
fn groups(word: &str, vowels: &LetterSet, apart: &LetterSet) -> usize {
    let mut in_group = false;
    let mut groups = 0;
    for character in word.chars() {
        let is_vowel = vowels.has(character);
        groups += usize::from(is_vowel && (!in_group || apart.has(character)));
        in_group = is_vowel;
    }
    groups
}

/// 1 if the word ends in a silent `e`, `es` or `ed`.
fn silent_in_english(word: &str) -> usize {
    let ends = |end: &str| word.ends_with(end);
    let vowel_before =
        |letters: usize| word.chars().rev().nth(letters).is_none_or(|before| ENGLISH.has(before));
    let silent = if ends("ed") {
        !ends("ted") && !ends("ded") && !vowel_before(2)
    } else if ends("es") {
        let spoken = ["ses", "zes", "ches", "shes", "xes", "ges", "ces"];
        !spoken.iter().any(|end| ends(end)) && !vowel_before(2)
    } else {
        ends("e") && !vowel_before(1) && (!ends("le") || vowel_before(2))
    };
    usize::from(silent)
}

/// 1 if the word ends in a silent `e`, `es` or `ent` after a consonant.
fn silent_in_french(word: &str) -> usize {
    let stem = ["ent", "es", "e"].iter().find_map(|end| word.strip_suffix(end));
    let consonant = |stem: &str| stem.chars().last().is_some_and(|c| !FRENCH.has(c));
    let long = |stem: &str| groups(stem, &FRENCH, &FRENCH_APART) > 0;
    usize::from(stem.is_some_and(|stem| consonant(stem) && long(stem)))
}

/// The number of adjacent strong vowels: they are separate syllables in Spanish.
fn strong_pairs(word: &str) -> usize {
    const STRONG: LetterSet = LetterSet::of("aeo", "áéó");
    let pairs = word.chars().zip(word.chars().skip(1));
    pairs.filter(|(first, second)| STRONG.has(*first) && STRONG.has(*second)).count()
}

#[cfg(test)]
mod tests {
    use super::SyllableRules::{Dutch, English, French, German, Russian, Spanish};

    #[test]
    fn counts_syllables_of_known_words() {
        for (language, words) in [
            (English, "the1 table2 walked1 wanted2 makes1 houses2 reading2 syllable3 strength1 idea2"),
            (German, "straße2 bäume2 sprache2 universität5"),
            (French, "table1 maison2 parlent1 naïve2 les1"),
            (Spanish, "país2 teatro3 ciudad2 aeropuerto5"),
            (Dutch, "huis1 reünie3 water2"),
            (Russian, "молоко3 в1 россия3"),
        ] {
            for word in words.split(' ') {
                let (word, count) = word.split_at(word.len() - 1);
                assert_eq!(language.syllables(word).to_string(), count, "{language:?} {word}");
            }
        }
    }
}
