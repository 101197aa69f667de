//! Why two definitions differ about a text: how many words each cause moves, with examples.
//!
//! The text is cut into clusters at white space that every definition breaks at; a cluster is counted
//! by every definition, and belongs to one cause. GraphemeState about which all agree need no cause, so the
//! causes' shares sum exactly to the difference, for every pair of definitions.

mod ambiguous;
mod cause;
mod difference_counter;
#[cfg(test)]
mod tests;

pub(crate) use ambiguous::next_ambiguous;
pub use cause::Cause;
pub(crate) use difference_counter::{CauseTotals, DifferenceCounter};

use crate::{Definition, Words};

/// What a text's definitions differ about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Differences {
    causes: Vec<Difference>,
}

/// One cause, with the words of its clusters by every definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The cause.
    pub cause: Cause,
    /// How many clusters it is the cause of.
    pub clusters: u64,
    /// What every definition counts in them.
    pub words: Words,
    /// The first of them in the text, no two alike, at most [`Difference::EXAMPLES`].
    pub examples: Vec<Example>,
}

impl Difference {
    /// Most examples of one cause.
    pub const EXAMPLES: usize = 5;
}

/// A cluster that definitions differ about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Its text, cut to [`Example::LONGEST`] bytes.
    pub text: String,
    /// Where it starts in the text, in bytes of UTF-8.
    pub offset_bytes: u64,
    /// What every definition counts in the whole of it.
    pub words: Words,
}

impl Example {
    /// Longest text of an example, in bytes.
    pub const LONGEST: usize = 60;
}

/// How many words one cause moves from one definition to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share<'d> {
    /// Words by the first definition less words by the second.
    pub words: i128,
    /// The cause with its examples.
    pub difference: &'d Difference,
}

impl Differences {
    /// Differences that were stored: as [`Differences::causes`] gave them.
    #[must_use]
    pub const fn new(causes: Vec<Difference>) -> Self {
        Self { causes }
    }

    /// Every cause that the text has, in the order of [`Cause::ALL`].
    #[must_use]
    pub fn causes(&self) -> &[Difference] {
        &self.causes
    }

    /// What makes the count by `one` other than that by `other`, the largest share first. The shares
    /// sum to the difference of the two counts.
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
        let share = |difference| Share { words: moved(difference, one, other), difference };
        let mut shares: Vec<_> = self.causes.iter().map(share).filter(|share| share.words != 0).collect();
        shares.sort_by_key(|share| std::cmp::Reverse(share.words.unsigned_abs()));
        shares
    }
}

fn moved(difference: &Difference, one: Definition, other: Definition) -> i128 {
    i128::from(difference.words.get(one)) - i128::from(difference.words.get(other))
}
