//! Decides which words say nothing about a text: stop words of its language, single letters and numbers.
//!
//! The lists are those of the crate `stop-words` (stopwords-iso, 58 languages), and our own function words, which also
//! tell languages apart. Lists are folded on first use, because the crate's are in ordinary spelling.

use std::collections::{HashMap, HashSet};
use std::sync::{LazyLock, OnceLock};

use super::function_words::{self, FunctionWords};
use crate::Case;
use crate::key_builder::KeyBuilder;
use crate::properties::KeyNeeds;

/// The stop words of each language, in the form of the histogram's keys.
static FOLDED: LazyLock<HashMap<&'static str, OnceLock<HashSet<String>>>> = LazyLock::new(|| {
    stop_words::available_languages().iter().map(|language| (*language, OnceLock::new())).collect()
});

/// What is not a keyword in one language.
pub(super) struct StopWords {
    folded: Option<&'static HashSet<String>>,
    function_words: Option<FunctionWords>,
    keys: KeyBuilder,
}

/// The stop words of the language with this tag; `None` if there is no list of them.
pub(super) fn of(tag: &str) -> Option<StopWords> {
    let language = tag.split('-').next().unwrap_or(tag);
    let function_words = function_words::of(language);
    // The crate has one list for both written forms of Norwegian.
    let listed = if matches!(language, "nb" | "nn") { "no" } else { language };
    let folded = FOLDED.get(listed).map(|list| list.get_or_init(|| fold(listed)));
    (folded.is_some() || function_words.is_some()).then(|| StopWords {
        folded,
        function_words,
        keys: KeyBuilder::new(Case::Fold),
    })
}

fn fold(language: &str) -> HashSet<String> {
    let mut keys = KeyBuilder::new(Case::Fold);
    let words = stop_words::lookup(language).unwrap_or_default();
    words.iter().map(|word| keys.key(word, KeyNeeds::all()).to_owned()).collect()
}

impl StopWords {
    /// Whether a word of the histogram is no keyword.
    pub(super) fn has(&mut self, word: &str) -> bool {
        let mut keys = std::mem::replace(&mut self.keys, KeyBuilder::new(Case::Fold));
        let found = self.has_key(keys.key(word, KeyNeeds::all()));
        self.keys = keys;
        found
    }

    fn has_key(&self, word: &str) -> bool {
        if !word.contains(char::is_alphabetic) || matches!(word, "e.g" | "i.e") {
            return true;
        }
        // "qu'il" and "it's" consist of stop words; "l'argent" does not.
        word.split(['\'', '\u{2019}']).all(|part| self.lists(part))
            || self.lists(&word.replace('\u{2019}', "'"))
    }

    fn lists(&self, word: &str) -> bool {
        word.len() <= 1
            || self.folded.is_some_and(|list| list.contains(word))
            || self.function_words.as_ref().is_some_and(|list| list.has(word))
    }
}
