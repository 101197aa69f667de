//! The dictionaries of Thai, Lao, Khmer and Burmese.
//!
//! Their alphabets are small, so a step in the trie is cheap. A word must end at a grapheme boundary.

use icu_provider::{DataIdentifierBorrowed, DataMarkerAttributes, DataProvider, DataRequest};
use icu_segmenter::provider::{Baked, DictionaryBreakData, SegmenterDictionaryExtendedV2};

use crate::grapheme::GraphemeState;
use crate::properties::{PropertyTable, ScriptClass};

/// The trie byte for a character that no word has.
const UNKNOWN: u8 = 0xFF;
/// Number of code points in the range of each script.
const ALPHABET: usize = 0x80;

#[derive(Debug)]
pub(super) struct SoutheastAsianDictionaries([Option<ScriptDictionary>; 4]);

#[derive(Debug)]
struct ScriptDictionary {
    data: &'static DictionaryBreakData<'static>,
    /// First code point of the script.
    first: u32,
    /// The trie byte of each character from `first` on.
    letters: [u8; ALPHABET],
}

impl SoutheastAsianDictionaries {
    /// ICU4X's dictionaries that have a known format.
    pub(super) fn load() -> Self {
        let named = [("thaidict", 0xE00), ("laodict", 0xE80), ("khmerdict", 0x1780), ("burmesedict", 0x1000)];
        Self(named.map(|(name, first)| load(name, first)))
    }

    pub(super) fn has(&self, script: ScriptClass) -> bool {
        self.of(script).is_some()
    }

    fn of(&self, script: ScriptClass) -> Option<&ScriptDictionary> {
        let index = match script {
            ScriptClass::Thai => 0,
            ScriptClass::Lao => 1,
            ScriptClass::Khmer => 2,
            ScriptClass::Myanmar => 3,
            _ => return None,
        };
        self.0[index].as_ref()
    }

    /// Calls `emit` with each word of `text`. All of it must be in `script`.
    pub(super) fn divide<'t>(
        &self,
        table: &PropertyTable,
        script: ScriptClass,
        text: &'t str,
        mut emit: impl FnMut(&'t str),
    ) {
        let Some(dictionary) = self.of(script) else { return emit(text) };
        let mut rest = text;
        let mut graphemes = GraphemeState::new();
        while !rest.is_empty() {
            let (end, graphemes_after) = dictionary.longest(table, rest, graphemes);
            let (word, after) = rest.split_at(end);
            emit(word);
            rest = after;
            graphemes = graphemes_after;
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
    /// The length of the first word of `text`, and the grapheme state at its end.
    fn longest(
        &self,
        table: &PropertyTable,
        text: &str,
        mut graphemes: GraphemeState,
    ) -> (usize, GraphemeState) {
        let DictionaryBreakData::ZeroTrie { trie, alphabet } = self.data else {
            return (text.len(), graphemes);
        };
        let mut cursor = trie.cursor();
        let mut found = None;
        let mut characters = text.chars();
        // Each character is looked up once, as the next one, and then becomes the current one.
        let with_class = |c: Option<char>| c.map(|c| (c, table.get(c).grapheme()));
        let mut current = with_class(characters.next());
        let (mut end, mut dead) = (0, false);
        while let Some((character, class)) = current {
            end += character.len_utf8();
            graphemes = graphemes.after(class);
            current = with_class(characters.next());
            let at_border = current.is_none_or(|(_, next)| graphemes.breaks_before(next));
            if !dead {
                let index = (character as usize).wrapping_sub(self.first as usize);
                cursor.step(match self.letters.get(index) {
                    Some(&letter) => letter,
                    None => alphabet.position32(character as u32).map_or(UNKNOWN, |at| at as u8),
                });
                if cursor.take_value().is_some() && at_border {
                    found = Some((end, graphemes));
                }
                dead = cursor.is_empty();
            }
            // Without a match, everything up to the end of this grapheme is a word.
            if dead && (found.is_some() || at_border) {
                break;
            }
        }
        found.unwrap_or((end, graphemes))
    }
}
