//! Syllables of a word, by the vowels in it.
//!
//! Knows vowels and the commonest rules for silent ones; no dictionary. Exact for Russian, where every
//! vowel is a syllable; for the others an estimate that is good in the mean of many words.

/// A language whose syllables are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SyllableRules {
    English,
    German,
    French,
    Spanish,
    Dutch,
    Russian,
    /// No formula asks for its syllables.
    Other,
}

impl SyllableRules {
    /// The language with this tag.
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

    /// Syllables of a case-folded word: at least one.
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

/// Some letters. Those of ASCII are bits, because most texts have no others to ask for.
struct LetterSet {
    ascii: u32,
    others: &'static str,
}

impl LetterSet {
    /// These small letters of ASCII, and these others.
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

/// Groups of vowels; those that are `apart` begin a group even behind another vowel.
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

/// A final `e`, `es` or `ed` that is not spoken.
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

/// A final `e`, `es` or `ent` behind a consonant.
fn silent_in_french(word: &str) -> usize {
    let stem = ["ent", "es", "e"].iter().find_map(|end| word.strip_suffix(end));
    let consonant = |stem: &str| stem.chars().last().is_some_and(|c| !FRENCH.has(c));
    let long = |stem: &str| groups(stem, &FRENCH, &FRENCH_APART) > 0;
    usize::from(stem.is_some_and(|stem| consonant(stem) && long(stem)))
}

/// Two strong vowels in a row are two syllables in Spanish.
fn strong_pairs(word: &str) -> usize {
    const STRONG: LetterSet = LetterSet::of("aeo", "áéó");
    let pairs = word.chars().zip(word.chars().skip(1));
    pairs.filter(|(first, second)| STRONG.has(*first) && STRONG.has(*second)).count()
}

#[cfg(test)]
mod tests {
    use super::SyllableRules::{Dutch, English, French, German, Russian, Spanish};

    #[test]
    fn words_whose_syllables_are_known() {
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
