//! The bridge between two definitions: from one number to the other, cause by cause.

use tally_count::{Cause, Definition, Differences, Example};
use tally_wordcount::report::Report;

/// One cause on the way.
pub(crate) struct BridgeStep<'r> {
    pub(crate) cause: Cause,
    pub(crate) clusters: u64,
    pub(crate) examples: &'r [Example],
    /// Words before this step.
    pub(crate) before: i128,
    /// Words after it.
    pub(crate) after: i128,
}

impl BridgeStep<'_> {
    pub(crate) const fn change(&self) -> i128 {
        self.after - self.before
    }
}

/// The way from one definition's number to another's.
pub(crate) struct Bridge<'r> {
    pub(crate) from: Definition,
    pub(crate) to: Definition,
    pub(crate) start: i128,
    pub(crate) end: i128,
    /// The largest change first. They add up to exactly the difference.
    pub(crate) steps: Vec<BridgeStep<'r>>,
}

impl<'r> Bridge<'r> {
    pub(crate) fn between(
        report: &'r Report,
        why: &'r Differences,
        from: Definition,
        to: Definition,
    ) -> Self {
        let words = |definition| i128::from(report.numbers.words_by(definition));
        let start = words(from);
        let mut before = start;
        let steps = why.between(to, from).into_iter().map(|share| {
            let step = BridgeStep {
                cause: share.difference.cause,
                clusters: share.difference.clusters,
                examples: &share.difference.examples,
                before,
                after: before + share.words,
            };
            before = step.after;
            step
        });
        let steps = steps.collect();
        Self { from, to, start, end: words(to), steps }
    }
}

/// The pair that a result shows first: the headline's definition, and the one that is furthest from it.
pub(crate) fn default_pair(report: &Report) -> (Definition, Definition) {
    let from = report.definition;
    let headline = report.numbers.words_by(from);
    let others = Definition::ALL.iter().copied().filter(|other| *other != from);
    // Of equals the first: `max_by_key` would give the last.
    let furthest = others.rev().max_by_key(|other| report.numbers.words_by(*other).abs_diff(headline));
    (from, furthest.unwrap_or(from))
}

#[cfg(test)]
mod tests {
    use tally_count::{Options, count};

    use super::*;

    #[test]
    fn the_steps_lead_from_one_number_to_the_other() {
        let text = "A well-known 3.14 — e.g. and/or it's café…";
        let tally = count(text, &Options::default().with_differences(true));
        let why = tally.differences().unwrap();
        let report = crate::result_view::tests::report(&tally);
        for &from in Definition::ALL {
            for &to in Definition::ALL {
                let bridge = Bridge::between(&report, &why, from, to);
                let end = bridge.steps.last().map_or(bridge.start, |step| step.after);
                assert_eq!(end, bridge.end, "{from} to {to}");
                assert!(bridge.steps.iter().all(|step| step.change() != 0));
            }
        }
    }
}
