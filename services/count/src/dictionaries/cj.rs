//! The dictionary of Chinese and Japanese.
//!
//! A trie of two million bytes whose root has a branch for every character: that first step, a search
//! among twenty thousand, is made once for each character when the dictionary is first used.

use std::ops::Range;

use icu_collections::char16trie::Char16TrieCursor;
use icu_provider::{DataIdentifierBorrowed, DataMarkerAttributes, DataProvider, DataRequest};
use icu_segmenter::provider::{Baked, DictionaryBreakData, SegmenterDictionaryAutoV2};

/// Kana and the common ideographs; of others the first step is made when they come.
const FIRSTS: Range<u32> = 0x3041..0xA000;

/// The trie with its first steps.
#[derive(Debug)]
pub(super) struct CjDictionary {
    root: Char16TrieCursor<'static>,
    firsts: Vec<Char16TrieCursor<'static>>,
}

impl CjDictionary {
    /// The dictionary that ICU4X carries; `None` if it has another form than we know, so that its
    /// segmenter has to do.
    pub(super) fn load() -> Option<Self> {
        let name = DataMarkerAttributes::from_str_or_panic("cjdict");
        let request =
            DataRequest { id: DataIdentifierBorrowed::for_marker_attributes(name), ..DataRequest::default() };
        let loaded = DataProvider::<SegmenterDictionaryAutoV2>::load(&Baked, request).ok()?;
        let DictionaryBreakData::Char16Trie(trie) = loaded.payload.get_static()? else { return None };
        let root = trie.cursor();
        let first = |code| {
            let mut cursor = root.clone();
            cursor.step32(code);
            cursor
        };
        Some(Self { firsts: FIRSTS.map(first).collect(), root })
    }

    /// Tells the words of `text`, each character of which is a grapheme.
    pub(super) fn cut<'t>(&self, text: &'t str, mut told: impl FnMut(&'t str)) {
        let mut rest = text;
        while !rest.is_empty() {
            let (word, after) = rest.split_at(self.longest(rest));
            told(word);
            rest = after;
        }
    }

    /// Where the first word of `text` ends. Where no word is found, all that was looked at is one.
    fn longest(&self, text: &str) -> usize {
        let mut characters = text.chars();
        let Some(first) = characters.next() else { return 0 };
        let mut cursor = match self.firsts.get((first as usize).wrapping_sub(FIRSTS.start as usize)) {
            Some(cursor) => cursor.clone(),
            None => {
                let mut cursor = self.root.clone();
                cursor.step(first);
                cursor
            }
        };
        let (mut end, mut found) = (first.len_utf8(), 0);
        loop {
            if cursor.value().is_some() {
                found = end;
            }
            if cursor.is_empty() {
                break;
            }
            let Some(next) = characters.next() else { break };
            cursor.step(next);
            end += next.len_utf8();
        }
        if found > 0 { found } else { end }
    }
}
