//! Warns of a document whose counted regions hold none of its words, or few.

use tally_extract::Region;

use crate::report::Warning;

/// A document that counts less than one word in so many has most of its text elsewhere.
const FEW: u64 = 5;

/// Regions that repeat or describe the text beside them: much text in them is no sign that text is missing.
const BESIDES: [Region; 5] =
    [Region::Title, Region::Alt, Region::Meta, Region::Translation, Region::Comments];

/// The codes of the warnings.
pub(crate) const CODES: [&str; 2] = ["no_text", "text_in_other_regions"];

/// The warning for the words of each region; `chosen` are the regions that the client named.
#[must_use]
pub fn warning(words: &[(Region, u64)], chosen: Option<&[Region]>) -> Option<Warning> {
    let counts = |region: Region| chosen.map_or(region.is_default(), |chosen| chosen.contains(&region));
    let sum = |regions: &dyn Fn(Region) -> bool| -> u64 {
        words.iter().filter(|(region, _)| regions(*region)).map(|(_, words)| words).sum()
    };
    let counted = sum(&counts);
    let all = sum(&|_| true);
    if all == 0 {
        return Some(Warning { code: CODES[0].to_owned(), detail: "the document has no words".to_owned() });
    }
    let missed = sum(&|region| !counts(region) && !BESIDES.contains(&region));
    let is_few = chosen.is_none() && counted < (counted + missed).div_ceil(FEW);
    (counted == 0 || is_few).then(|| elsewhere(counted, words, counts, chosen))
}

fn elsewhere(
    counted: u64,
    words: &[(Region, u64)],
    counts: impl Fn(Region) -> bool,
    chosen: Option<&[Region]>,
) -> Warning {
    let mut others: Vec<_> = words.iter().filter(|(region, words)| !counts(*region) && *words > 0).collect();
    others.sort_by_key(|(_, words)| std::cmp::Reverse(*words));
    let others: Vec<_> = others.iter().map(|(region, words)| format!("{region} has {words}")).collect();
    let place = match chosen {
        None => "the regions that count by default".to_owned(),
        Some(chosen) => chosen.iter().map(|region| region.as_str()).collect::<Vec<_>>().join(", "),
    };
    let detail = format!(
        "{place}: {counted} words; {}; choose these with the option regions to count them",
        others.join(", ")
    );
    Warning { code: CODES[1].to_owned(), detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detail(words: &[(Region, u64)], chosen: Option<&[Region]>) -> Option<(String, String)> {
        warning(words, chosen).map(|warning| (warning.code, warning.detail))
    }

    #[test]
    fn warns_of_a_document_without_words() {
        for words in [&[][..], &[(Region::Body, 0)]] {
            let (code, _) = detail(words, None).unwrap();
            assert_eq!(code, "no_text");
        }
    }

    #[test]
    fn says_where_the_text_is() {
        let (code, text) =
            detail(&[(Region::Nav, 3), (Region::Hidden, 90), (Region::Main, 0)], None).unwrap();
        assert_eq!(code, "text_in_other_regions");
        assert!(text.contains("count by default: 0 words; hidden has 90, nav has 3;"), "{text}");
        let (_, text) = detail(&[(Region::Body, 7)], Some(&[Region::Main, Region::Notes])).unwrap();
        assert!(text.starts_with("main, notes: 0 words; body has 7;"), "{text}");
    }

    #[test]
    fn warns_of_less_than_a_fifth_unless_the_client_chose() {
        let words = |counted| [(Region::Main, counted), (Region::Hidden, 80)];
        assert!(detail(&words(19), None).is_some());
        assert_eq!(detail(&words(20), None), None);
        assert_eq!(detail(&words(1), Some(&[Region::Main])), None);
        assert_eq!(detail(&[(Region::Body, 1), (Region::Alt, 80), (Region::Title, 9)], None), None);
    }
}
