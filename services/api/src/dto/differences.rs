//! Why definitions differ, on the wire.

use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use tally_count::{Difference, Differences, Example, Words};
use utoipa::ToSchema;

/// One cause of definitions' differing. The difference of two definitions is the sum, over all causes, of the
/// difference of their words.
#[derive(Serialize, ToSchema)]
#[schema(as = Difference)]
pub(crate) struct DifferenceBody<'a> {
    /// Its name: `hyphen`.
    cause: &'static str,
    /// In how many places it occurs: stretches between white space.
    clusters: u64,
    /// What every definition counts in them.
    #[serde(serialize_with = "by_definition")]
    #[schema(value_type = std::collections::BTreeMap<String, u64>)]
    words: &'a Words,
    /// The first of them, no two alike, at most five.
    examples: Vec<ExampleBody<'a>>,
}

/// A place that definitions differ about.
#[derive(Serialize, ToSchema)]
#[schema(as = Example)]
pub(crate) struct ExampleBody<'a> {
    /// Its text, or the first 60 bytes of it.
    text: &'a str,
    /// Where it starts in the text that counts, in bytes of UTF-8; regions stand one behind the other.
    offset_bytes: u64,
    /// What every definition counts in it.
    #[serde(serialize_with = "by_definition")]
    #[schema(value_type = std::collections::BTreeMap<String, u64>)]
    words: &'a Words,
}

/// The causes, as in a job's result.
#[must_use]
pub fn differences_json(differences: &Differences) -> Value {
    differences.causes().iter().map(|cause| json!(DifferenceBody::from(cause))).collect()
}

/// Writes the causes, or null.
pub(crate) fn differences<S: Serializer>(told: &Option<&Differences>, to: S) -> Result<S::Ok, S::Error> {
    match told {
        Some(told) => to.collect_seq(told.causes().iter().map(DifferenceBody::from)),
        None => to.serialize_none(),
    }
}

impl<'a> From<&'a Difference> for DifferenceBody<'a> {
    fn from(one: &'a Difference) -> Self {
        let examples = one.examples.iter().map(ExampleBody::from).collect();
        Self { cause: one.cause.as_str(), clusters: one.clusters, words: &one.words, examples }
    }
}

impl<'a> From<&'a Example> for ExampleBody<'a> {
    fn from(one: &'a Example) -> Self {
        Self { text: &one.text, offset_bytes: one.offset_bytes, words: &one.words }
    }
}

fn by_definition<S: Serializer>(words: &Words, to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(words.iter().map(|(definition, words)| (definition.as_str(), words)))
}
