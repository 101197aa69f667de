//! Says why definitions differ, in sentences with examples.

use std::fmt::Write;

use tally_count::{Definition, Differences, Share, Tally};

/// Examples shown of one cause.
const EXAMPLES: usize = 3;

/// Compares every definition with the one whose number fits the text best, or with the first that was
/// asked for.
pub(super) fn explain(tally: &Tally, differences: &Differences, definitions: &[Definition]) -> String {
    let headline = tally.headline();
    let base = if definitions.contains(&headline) { headline } else { definitions[0] };
    let mut text = format!("{base} counts {} words.", tally.words.get(base));
    for &one in definitions.iter().filter(|one| **one != base) {
        let (ours, theirs) = (i128::from(tally.words.get(one)), i128::from(tally.words.get(base)));
        let shares = differences.between(one, base);
        let message = match ours - theirs {
            0 if shares.is_empty() => "the same".to_owned(),
            0 => "as many, though not the same:".to_owned(),
            more @ 1.. => format!("{more} more:"),
            less => format!("{} fewer:", -less),
        };
        // Writing to a String cannot fail.
        let _ = write!(text, "\n\n{one} counts {ours}, {message}");
        for share in &shares {
            let _ = write!(text, "\n  {}", line(share, one, base));
        }
    }
    text
}

/// One cause's share: `+12  hyphens in 9 places, as in "well-known" (2 against 1)`.
fn line(share: &Share<'_>, one: Definition, base: Definition) -> String {
    let difference = share.difference;
    let places = if difference.clusters == 1 { "place" } else { "places" };
    let mut line =
        format!("{:+8}  {} in {} {places}", share.words, difference.cause.describe(), difference.clusters);
    let telling = difference.examples.iter().filter(|one_of| one_of.words.get(one) != one_of.words.get(base));
    for (index, example) in telling.take(EXAMPLES).enumerate() {
        let _ = write!(
            line,
            "{} {:?} at byte {} ({} against {})",
            if index == 0 { ", as in" } else { "," },
            example.text,
            example.offset_bytes,
            example.words.get(one),
            example.words.get(base)
        );
    }
    line
}

#[cfg(test)]
mod tests {
    use tally_count::{Options, count};

    use super::*;

    #[test]
    fn every_difference_is_explained() {
        let tally = count("A well-known fact. . .", &Options::default().with_differences(true));
        let differences = tally.differences().unwrap();
        let text =
            explain(&tally, &differences, &[Definition::Wc, Definition::Unicode, Definition::Dictionary]);
        let expected = "unicode counts 4 words.\n\n\
            wc counts 5, 1 more:\n\
            \x20       +2  punctuation standing alone in 2 places, as in \".\" at byte 19 (1 against 0)\n\
            \x20       -1  hyphens in 1 place, as in \"well-known\" at byte 2 (1 against 2)\n\n\
            dictionary counts 4, the same";
        assert_eq!(text, expected);
    }
}
