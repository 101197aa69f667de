//! The dictionary of Chinese and Japanese.
//!
//! It is a trie of two million bytes whose root has 20 000 branches. Searching them is slow, so the
//! first step of each common character is computed once, when the dictionary is loaded.

use std::ops::Range;

use icu_collections::char16trie::Char16TrieCursor;
use icu_provider::{DataIdentifierBorrowed, DataMarkerAttributes, DataProvider, DataRequest};
use icu_segmenter::provider::{Baked, DictionaryBreakData, SegmenterDictionaryAutoV2};

/// Kana and the common ideographs.
const FIRSTS: Range<u32> = 0x3041..0xA000;

#[derive(Debug)]
pub(super) struct CjDictionary {
    root: Char16TrieCursor<'static>,
    firsts: Vec<Char16TrieCursor<'static>>,
}

impl CjDictionary {
    /// ICU4X's dictionary. `None` if it has an unknown format; then ICU4X's segmenter does the work.
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

    /// Calls `emit` with each word of `text`. Each of its characters must be a grapheme.
    pub(super) fn divide<'t>(&self, text: &'t str, mut emit: impl FnMut(&'t str)) {
        let mut rest = text;
        while !rest.is_empty() {
            let (word, after) = rest.split_at(self.longest(rest));
            emit(word);
            rest = after;
        }
    }

    /// The length of the first word of `text`. If there is none, everything the search read is a word.
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
