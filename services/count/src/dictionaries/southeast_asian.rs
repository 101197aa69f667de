//! The dictionaries of Thai, Lao, Khmer and Burmese.
//!
//! Small alphabets, so a step is cheap; a word has to end where a grapheme does.

use icu_provider::{DataIdentifierBorrowed, DataMarkerAttributes, DataProvider, DataRequest};
use icu_segmenter::provider::{Baked, DictionaryBreakData, SegmenterDictionaryExtendedV2};

use crate::grapheme::GraphemeState;
use crate::properties::{PropertyTable, ScriptClass};

/// What stands for a character that no word has.
const UNKNOWN: u8 = 0xFF;
/// Characters of an alphabet: each of these scripts has its own within so many code points.
const ALPHABET: usize = 0x80;

/// The dictionaries, by [`place`].
#[derive(Debug)]
pub(super) struct SoutheastAsianDictionaries([Option<ScriptDictionary>; 4]);

#[derive(Debug)]
struct ScriptDictionary {
    data: &'static DictionaryBreakData<'static>,
    first: u32,
    /// Of each character from `first` on, its place in the alphabet.
    letters: [u8; ALPHABET],
}

impl SoutheastAsianDictionaries {
    /// The dictionaries that ICU4X carries, those in the form that we know.
    pub(super) fn load() -> Self {
        let named = [("thaidict", 0xE00), ("laodict", 0xE80), ("khmerdict", 0x1780), ("burmesedict", 0x1000)];
        Self(named.map(|(name, first)| load(name, first)))
    }

    /// Whether there is a dictionary of this script.
    pub(super) fn has(&self, script: ScriptClass) -> bool {
        self.of(script).is_some()
    }

    fn of(&self, script: ScriptClass) -> Option<&ScriptDictionary> {
        let place = match script {
            ScriptClass::Thai => 0,
            ScriptClass::Lao => 1,
            ScriptClass::Khmer => 2,
            ScriptClass::Myanmar => 3,
            _ => return None,
        };
        self.0[place].as_ref()
    }

    /// Tells the words of `text`, all of which is of `script`.
    pub(super) fn cut<'t>(
        &self,
        table: &PropertyTable,
        script: ScriptClass,
        text: &'t str,
        mut told: impl FnMut(&'t str),
    ) {
        let Some(dictionary) = self.of(script) else { return told(text) };
        let mut rest = text;
        let mut clusters = GraphemeState::new();
        while !rest.is_empty() {
            let (end, behind) = dictionary.longest(table, rest, clusters);
            let (word, after) = rest.split_at(end);
            told(word);
            rest = after;
            clusters = behind;
        }
    }
}

fn load(name: &'static str, first: u32) -> Option<ScriptDictionary> {
    let name = DataMarkerAttributes::try_from_str(name).ok()?;
    let request =
        DataRequest { id: DataIdentifierBorrowed::for_marker_attributes(name), ..DataRequest::default() };
    let loaded = DataProvider::<SegmenterDictionaryExtendedV2>::load(&Baked, request).ok()?;
    let data = loaded.payload.get_static()?;
    let DictionaryBreakData::ZeroTrie { alphabet, .. } = data else { return None };
    let mut letters = [UNKNOWN; ALPHABET];
    for (code, letter) in (first..).zip(&mut letters) {
        *letter = alphabet.position32(code).and_then(|at| u8::try_from(at).ok()).unwrap_or(UNKNOWN);
    }
    Some(ScriptDictionary { data, first, letters })
}

impl ScriptDictionary {
    /// Where the first word of `text` ends, and what stands there to graphemes.
    fn longest(
        &self,
        table: &PropertyTable,
        text: &str,
        mut clusters: GraphemeState,
    ) -> (usize, GraphemeState) {
        let DictionaryBreakData::ZeroTrie { trie, alphabet } = self.data else {
            return (text.len(), clusters);
        };
        let mut cursor = trie.cursor();
        let mut found = None;
        let mut characters = text.chars();
        // Each character is looked up once: first as what follows, then as what stands there.
        let graphemes = |c: Option<char>| c.map(|c| (c, table.get(c).grapheme()));
        let mut current = graphemes(characters.next());
        let (mut end, mut dead) = (0, false);
        while let Some((character, class)) = current {
            end += character.len_utf8();
            clusters = clusters.behind(class);
            current = graphemes(characters.next());
            let at_border = current.is_none_or(|(_, next)| clusters.end_before(next));
            if !dead {
                let place = (character as usize).wrapping_sub(self.first as usize);
                cursor.step(match self.letters.get(place) {
                    Some(&letter) => letter,
                    None => alphabet.position32(character as u32).map_or(UNKNOWN, |at| at as u8),
                });
                if cursor.take_value().is_some() && at_border {
                    found = Some((end, clusters));
                }
                dead = cursor.is_empty();
            }
            // Where no word is found, all that was looked at is one, to the end of the grapheme.
            if dead && (found.is_some() || at_border) {
                break;
            }
        }
        found.unwrap_or((end, clusters))
    }
}
