//! Explains why two definitions differ on a text: how many words each cause adds or removes.
//!
//! The text is divided into clusters at white space where every definition breaks. Each cluster is
//! counted by every definition and belongs to one cause. Clusters with equal counts need no cause. So
//! for every pair of definitions the causes' shares sum exactly to the difference.

mod ambiguous;
mod cause;
mod difference_counter;
#[cfg(test)]
mod tests;

pub(crate) use ambiguous::next_ambiguous;
pub use cause::Cause;
pub(crate) use difference_counter::{CauseTotals, DifferenceCounter};

use crate::{Definition, Words};

/// The causes for which the definitions differ on a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Differences {
    causes: Vec<Difference>,
}

/// One cause, with the counts of its clusters by every definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub cause: Cause,
    /// Number of clusters with this cause.
    pub clusters: u64,
    /// Words in these clusters.
    pub words: Words,
    /// The first distinct clusters in the text, at most [`Difference::EXAMPLES`].
    pub examples: Vec<Example>,
}

impl Difference {
    /// Maximum number of examples of one cause.
    pub const EXAMPLES: usize = 5;
}

/// A cluster on which the definitions differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Its text, truncated to [`Example::LONGEST`] bytes.
    pub text: String,
    /// Where it starts in the text, in bytes of UTF-8.
    pub offset_bytes: u64,
    /// Words in the whole cluster.
    pub words: Words,
}

impl Example {
    /// Maximum length of an example's text in bytes.
    pub const LONGEST: usize = 60;
}

/// The share of one cause in the difference between two definitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share<'d> {
    /// Words by the first definition minus words by the second.
    pub words: i128,
    /// The cause with its examples.
    pub difference: &'d Difference,
}

impl Differences {
    /// Restores differences from their [`causes`](Self::causes).
    #[must_use]
    pub const fn new(causes: Vec<Difference>) -> Self {
        Self { causes }
    }

    /// Every cause with clusters in the text, in the order of [`Cause::ALL`].
    #[must_use]
    pub fn causes(&self) -> &[Difference] {
        &self.causes
    }

    /// The shares of all causes in the difference between `one` and `other`, the largest first. Their
    /// sum is the difference.
    ///
    /// ```
    /// use tally_count::{Cause, Definition, Options, count};
    /// let text = "well-known words";
    /// let tally = count(text, &Options::default().with_differences(true));
    /// let differences = tally.differences().unwrap_or_default();
    /// let shares = differences.between(Definition::Unicode, Definition::Wc);
    /// assert_eq!((shares[0].difference.cause, shares[0].words), (Cause::Hyphen, 1));
    /// ```
    #[must_use]
    pub fn between(&self, one: Definition, other: Definition) -> Vec<Share<'_>> {
        let shares = self.causes.iter().map(|difference| {
            let words = |definition| i128::from(difference.words.get(definition));
            Share { words: words(one) - words(other), difference }
        });
        let mut shares: Vec<_> = shares.filter(|share| share.words != 0).collect();
        shares.sort_by_key(|share| std::cmp::Reverse(share.words.unsigned_abs()));
        shares
    }
}
