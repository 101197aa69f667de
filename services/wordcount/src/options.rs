//! What a client may ask of a count.

use serde_json::Value;
use tally_count::{Case, Definition, Ngrams};
use tally_extract::Region;
use tally_jobs::option_spec::Fingerprinted::{Always, UnlessDefault};
use tally_jobs::option_spec::{OptionKind, OptionSpec};

/// The language that a client gives for its text: a BCP 47 tag such as `de` or `zh-Hant`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LanguageTag(String);

impl LanguageTag {
    /// The longest tag, in bytes (RFC 5646 4.4.1).
    pub const LONGEST: usize = 35;

    /// Takes a tag of the shape of BCP 47: subtags of 1 to 8 letters or digits, joined by `-`, the first of 2 to 8
    /// letters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let shaped = text.len() <= Self::LONGEST
            && text
                .split('-')
                .all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()));
        let first = text.split('-').next().unwrap_or_default();
        let language = first.len() >= 2 && first.bytes().all(|b| b.is_ascii_alphabetic());
        (shaped && language).then(|| Self(text.to_owned()))
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The options of a count. [`CountOptions::TABLE`] has their bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountOptions {
    /// The definition of the headline number; the text's language decides when it is not given.
    pub definition: Option<Definition>,
    /// How many of the most frequent words the record shows: 0 to [`CountOptions::MOST_TOP`].
    pub top: usize,
    /// Whether words that differ in case only are one in the histogram.
    pub case: Case,
    /// Whether the record says why its definitions differ: it costs about half of the counting again.
    pub why: bool,
    /// N-gram length, 2 to [`Ngrams::LONGEST`]; 0 disables n-grams.
    pub ngrams: usize,
    /// The regions that count; by default what a reader sees.
    pub regions: Option<Vec<Region>>,
    /// The language, where the client knows it.
    pub language: Option<LanguageTag>,
}

impl CountOptions {
    /// The most words that a record shows.
    pub const MOST_TOP: usize = 10_000;
    /// The most n-grams that it shows, whatever `top` is: each is several words long.
    pub const MOST_NGRAMS: usize = 1_000;
    /// How many words it shows by default.
    pub const TOP: usize = 100;

    /// Every option of a count, in the order in which they are stored.
    pub const TABLE: &[OptionSpec<Self>] = &[
        OptionSpec {
            name: "definition",
            help: "The definition of the headline number; by the text's language when not given.",
            kind: OptionKind::Name(|| Definition::ALL.iter().map(|one| one.as_str()).collect()),
            fingerprinted: Always,
            get: |options| options.definition.map(Definition::as_str).into(),
            set: |options, value| value.as_str()?.parse().ok().map(|one| options.definition = Some(one)),
        },
        OptionSpec {
            name: "top",
            help: "How many of the most frequent words the result shows.",
            kind: OptionKind::Integer { bounds: 0..=Self::MOST_TOP as u64, or_zero: false },
            fingerprinted: Always,
            get: |options| options.top.into(),
            set: |options, value| usize::try_from(value.as_u64()?).ok().map(|top| options.top = top),
        },
        OptionSpec {
            name: "case",
            help: "Whether words that differ only in case are one entry of the word list.",
            kind: OptionKind::Name(|| CASES.map(case_name).to_vec()),
            fingerprinted: Always,
            get: |options| case_name(options.case).into(),
            set: |options, value| {
                let named = CASES.into_iter().find(|case| case_name(*case) == value);
                named.map(|case| options.case = case)
            },
        },
        OptionSpec {
            name: "regions",
            help: "The parts of a document that count; what a reader sees when not given.",
            kind: REGIONS,
            fingerprinted: Always,
            get: |options| {
                let names = |regions: &Vec<Region>| regions.iter().map(|region| region.as_str()).collect();
                options.regions.as_ref().map_or(Value::Null, names)
            },
            set: |options, value| regions(value).map(|regions| options.regions = Some(regions)),
        },
        OptionSpec {
            name: "language",
            help: "The text's language, where it is known; `auto` recognises it.",
            kind: OptionKind::Text {
                pattern: "^(auto|[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*)$",
                longest: LanguageTag::LONGEST,
                form: "`auto`, or a BCP 47 tag such as `de` or `zh-Hant`",
            },
            fingerprinted: Always,
            get: |options| options.language.as_ref().map_or("auto", LanguageTag::as_str).into(),
            set: |options, value| {
                let text = value.as_str()?;
                // Longer ones have the shape of a tag, but none is registered (RFC 5646, 2.2.1): they are names.
                let is_code = text.split('-').next()?.len() <= 3;
                let tag = match text {
                    "auto" => None,
                    _ => Some(LanguageTag::parse(text).filter(|_| is_code)?),
                };
                options.language = tag;
                Some(())
            },
        },
        OptionSpec {
            name: "why",
            help: "Whether the result explains why the definitions differ, cause by cause.",
            kind: OptionKind::Flag,
            fingerprinted: UnlessDefault,
            get: |options| options.why.into(),
            set: |options, value| value.as_bool().map(|why| options.why = why),
        },
        OptionSpec {
            name: "ngrams",
            help: "N-gram length; 0 disables n-grams.",
            kind: OptionKind::Integer { bounds: 2..=Ngrams::LONGEST as u64, or_zero: true },
            fingerprinted: UnlessDefault,
            get: |options| options.ngrams.into(),
            set: |options, value| usize::try_from(value.as_u64()?).ok().map(|words| options.ngrams = words),
        },
    ];
}

const CASES: [Case; 2] = [Case::Fold, Case::Keep];

const fn case_name(case: Case) -> &'static str {
    match case {
        Case::Fold => "fold",
        Case::Keep => "keep",
    }
}

/// A choice of regions, of a submit or a read.
pub const REGIONS: OptionKind =
    OptionKind::Names(|| Region::ALL.iter().map(|region| region.as_str()).collect());

/// Reads a choice of regions: names in a list, or joined by commas. `None` when there is none, or one is not known.
#[must_use]
pub fn regions(value: &Value) -> Option<Vec<Region>> {
    let mut chosen: Vec<Region> = match value {
        Value::Array(names) => names.iter().map(|name| name.as_str()?.parse().ok()).collect::<Option<_>>()?,
        _ => value.as_str()?.split(',').map(|name| name.trim().parse().ok()).collect::<Option<_>>()?,
    };
    chosen.sort_unstable();
    chosen.dedup();
    (!chosen.is_empty()).then_some(chosen)
}

impl Default for CountOptions {
    fn default() -> Self {
        Self {
            definition: None,
            top: Self::TOP,
            case: Case::Fold,
            why: false,
            ngrams: 0,
            regions: None,
            language: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::LanguageTag;

    #[test]
    fn language_tags_have_the_shape_of_bcp_47() {
        assert!(LanguageTag::parse("zh-Hant-TW").is_some());
        for bad in ["", "e", "12", "en_US", "en-", "en-toolonglong", "é"] {
            assert_eq!(LanguageTag::parse(bad), None, "{bad:?}");
        }
    }
}
