//! Words with their counts, on the wire.

use serde::Serialize;
use tally_jobs::id::JobId;
use utoipa::ToSchema;

use super::moment::shown;

/// A word and how often it occurs.
#[derive(Serialize, ToSchema)]
#[schema(as = Word)]
pub(crate) struct WordBody<'a> {
    /// The word, as it is keyed: case-folded unless the job kept case, in NFC.
    #[schema(example = "the")]
    pub(crate) word: &'a str,
    /// How often it occurs.
    #[schema(example = 34562)]
    pub(crate) count: u64,
}

/// Words that stand one behind the other, and how often they do.
#[derive(Serialize, ToSchema)]
#[schema(as = Ngram)]
pub(crate) struct NgramBody<'a> {
    /// The words, as they are keyed, parted by spaces.
    #[schema(example = "of the")]
    pub(crate) words: &'a str,
    /// How often they occur in this order.
    #[schema(example = 4217)]
    pub(crate) count: u64,
}

/// A page of a job's words.
#[derive(Serialize, ToSchema)]
#[schema(as = Words)]
pub(crate) struct WordsBody<'a> {
    #[serde(serialize_with = "shown")]
    #[schema(value_type = String, format = "uuid")]
    pub(crate) id: JobId,
    /// How many distinct words there are in all pages.
    pub(crate) total: usize,
    /// Whether every word of the text is among them.
    pub(crate) complete: bool,
    /// How many words were counted but are not among them.
    pub(crate) left_out: u64,
    /// This page.
    pub(crate) words: Vec<WordBody<'a>>,
    /// The path of the next page; null at the end.
    #[schema(required = true)]
    pub(crate) next: Option<String>,
}
