//! The options of a submit, from wherever they come: JSON members, form fields and query parameters alike.
//!
//! Collects every error, so that a client corrects its request once.

use std::time::Duration;

use serde_json::Value;
use tally_count::{Case, Definition, Ngrams};
use tally_extract::Region;
use tally_jobs::options::{JobOptions, Label, Priority};
use tally_wordcount::fingerprint::case_name;
use tally_wordcount::{CountOptions, LanguageTag};

use crate::params::{unknown, whole};
use crate::prefer::{WAIT_FORMS, parse_wait};
use crate::problem::{InputError, Problem};

/// The names of all options.
pub(crate) const OPTIONS: [&str; 13] = [
    "definition",
    "top",
    "case",
    "why",
    "ngrams",
    "regions",
    "language",
    "priority",
    "deadline_ms",
    "retain_ms",
    "labels",
    "wait",
    "webhook",
];

/// Names that only query strings and forms have.
const TEXT_NAMES: [&str; 2] = ["label", "filename"];

/// An unparsed value.
#[derive(Clone, Copy)]
enum RawValue<'a> {
    Json(&'a Value),
    Text(&'a str),
}

/// Where an option was given. The body is read after the query and overrides it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Precedence {
    Query,
    Body,
}

/// Parses the options one by one, and keeps the errors.
#[derive(Default)]
pub(super) struct JobOptionsParser {
    job: JobOptions,
    count: CountOptions,
    wait: Option<Duration>,
    seen: Vec<(&'static str, Precedence)>,
    labels: Vec<(Label, Precedence)>,
    errors: Vec<InputError>,
}

impl JobOptionsParser {
    /// Takes a query parameter.
    pub(super) fn take_parameter(&mut self, name: &str, value: &str) {
        if self.take_text(name, value, Precedence::Query, &|| format!("?{name}")) {
            return;
        }
        let pointer = format!("?{name}");
        self.errors.push(match name {
            "url" | "text" | "file" => {
                InputError::new(pointer, "send this in the body, as a JSON member or a form field")
            }
            _ => unknown(&pointer, "parameter", name, OPTIONS.iter().chain(&TEXT_NAMES)),
        });
    }

    /// Takes a form field. `false` when it is no option.
    pub(super) fn take_field(&mut self, name: &str, value: &str) -> bool {
        self.take_text(name, value, Precedence::Body, &|| pointer(name))
    }

    fn take_text(
        &mut self,
        name: &str,
        value: &str,
        precedence: Precedence,
        pointer: &dyn Fn() -> String,
    ) -> bool {
        if name == "label" {
            self.take_label(value, precedence, pointer);
            return true;
        }
        let known = OPTIONS.iter().find(|known| **known == name);
        known.is_some_and(|known| {
            self.take(known, RawValue::Text(value), precedence, pointer);
            true
        })
    }

    /// Takes a JSON member that is one of [`OPTIONS`].
    pub(super) fn take_member(&mut self, name: &'static str, value: &Value) {
        self.take(name, RawValue::Json(value), Precedence::Body, &|| pointer(name));
    }

    /// Adds an error.
    pub(super) fn refuse(&mut self, error: InputError) {
        self.errors.push(error);
    }

    /// Fails when there is an error: called before a large body is stored.
    pub(super) fn check(&mut self) -> Result<(), Problem> {
        if self.errors.is_empty() { Ok(()) } else { Err(Problem::input(std::mem::take(&mut self.errors))) }
    }

    /// The options, when there is no error.
    pub(super) fn finish(mut self) -> Result<(JobOptions, CountOptions, Option<Duration>), Problem> {
        self.check()?;
        self.job.labels = self.labels.into_iter().map(|(label, _)| label).collect();
        self.job.labels.sort();
        Ok((self.job, self.count, self.wait))
    }

    fn take(
        &mut self,
        name: &'static str,
        raw: RawValue<'_>,
        precedence: Precedence,
        pointer: &dyn Fn() -> String,
    ) {
        if self.seen.contains(&(name, precedence)) {
            self.errors.push(InputError::new(pointer(), "given more than once; give it once"));
            return;
        }
        self.seen.push((name, precedence));
        let taken = match name {
            "labels" => self.take_labels(raw, precedence),
            _ => self.set(name, raw),
        };
        if let Err(wanted) = taken {
            self.errors.push(InputError::new(pointer(), wanted));
        }
    }

    fn set(&mut self, name: &str, raw: RawValue<'_>) -> Result<(), String> {
        let (job, count) = (&mut self.job, &mut self.count);
        match name {
            "definition" => count.definition = Some(definition(raw)?),
            "top" => count.top = top(raw)?,
            "case" => count.case = case(raw)?,
            "why" => count.why = yes_or_no(raw)?,
            "ngrams" => count.ngrams = ngrams(raw)?,
            "regions" => count.regions = Some(regions(raw)?),
            "language" => count.language = language(raw)?,
            "priority" => job.priority = priority(raw)?,
            "deadline_ms" => job.deadline = time(raw, 1, JobOptions::LONGEST_DEADLINE)?,
            "retain_ms" => job.retention = time(raw, 0, JobOptions::LONGEST_RETENTION)?,
            "wait" => self.wait = Some(wait(raw)?),
            _ => return Err("webhooks are not available yet; wait with ?wait=60 or poll the job".to_owned()),
        }
        Ok(())
    }

    fn take_labels(&mut self, raw: RawValue<'_>, precedence: Precedence) -> Result<(), String> {
        let parsed;
        let value = match raw {
            RawValue::Json(value) => value,
            RawValue::Text(text) => {
                parsed = serde_json::from_str(text).unwrap_or(Value::Null);
                &parsed
            }
        };
        let wanted = || "a flat object of strings, such as {\"team\": \"docs\"}".to_owned();
        for (name, value) in value.as_object().ok_or_else(wanted)? {
            self.add_label(name, value.as_str().ok_or_else(wanted)?, precedence)?;
        }
        Ok(())
    }

    fn take_label(&mut self, text: &str, precedence: Precedence, pointer: &dyn Fn() -> String) {
        let added = match text.split_once(':') {
            Some((name, value)) => self.add_label(name, value, precedence),
            None => Err("a name and a value, as in label=team:docs".to_owned()),
        };
        if let Err(wanted) = added {
            self.errors.push(InputError::new(pointer(), wanted));
        }
    }

    fn add_label(&mut self, name: &str, value: &str, precedence: Precedence) -> Result<(), String> {
        let label = Label::new(name, value).ok_or_else(|| {
            let longest = Label::LONGEST;
            format!("names of 1 to {longest} bytes without `:`, values up to {longest}, no control characters in them")
        })?;
        if let Some(known) = self.labels.iter_mut().find(|(known, _)| known.name == label.name) {
            if known.1 == precedence && known.0.value != label.value {
                return Err(format!("the label `{name}` is given more than once; give it once"));
            }
            *known = (label, precedence);
            return Ok(());
        }
        if self.labels.len() == Label::MOST {
            return Err(format!("at most {} labels", Label::MOST));
        }
        self.labels.push((label, precedence));
        Ok(())
    }
}

/// A member's JSON pointer (RFC 6901).
pub(super) fn pointer(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

fn text<'a>(raw: RawValue<'a>, wanted: &dyn Fn() -> String) -> Result<&'a str, String> {
    match raw {
        RawValue::Text(text) => Ok(text),
        RawValue::Json(value) => value.as_str().ok_or_else(wanted),
    }
}

fn one_of<T: Copy>(raw: RawValue<'_>, all: &[T], name: impl Fn(T) -> &'static str) -> Result<T, String> {
    let wanted = || format!("one of {}", all.iter().map(|one| name(*one)).collect::<Vec<_>>().join(", "));
    let text = text(raw, &wanted)?;
    all.iter().copied().find(|one| name(*one) == text).ok_or_else(wanted)
}

fn number(raw: RawValue<'_>, bounds: std::ops::RangeInclusive<u64>) -> Result<u64, String> {
    let read = match raw {
        RawValue::Text(text) => whole(text, bounds.clone()),
        // `100.0` is an integer by JSON Schema, and some serialisers write it.
        RawValue::Json(Value::Number(number)) => number.as_u64().or_else(|| {
            let float =
                number.as_f64().filter(|float| float.fract() == 0.0 && *float >= 0.0 && *float < 9e15);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "whole and within bounds"
            )]
            float.map(|float| float as u64)
        }),
        RawValue::Json(_) => None,
    };
    let fits = read.filter(|number| bounds.contains(number));
    fits.ok_or_else(|| format!("a whole number from {} to {}", bounds.start(), bounds.end()))
}

fn top(raw: RawValue<'_>) -> Result<usize, String> {
    number(raw, 0..=CountOptions::MOST_TOP as u64).map(|top| usize::try_from(top).unwrap_or(usize::MAX))
}

fn ngrams(raw: RawValue<'_>) -> Result<usize, String> {
    let longest = Ngrams::LONGEST;
    let read = number(raw, 0..=longest as u64).ok().and_then(|words| usize::try_from(words).ok());
    read.filter(|words| CountOptions::is_ngram(*words))
        .ok_or_else(|| format!("a whole number of words from 2 to {longest}, or 0 for none"))
}

fn time(raw: RawValue<'_>, least: u64, most: Duration) -> Result<Duration, String> {
    let most = u64::try_from(most.as_millis()).unwrap_or(u64::MAX);
    let read = number(raw, least..=most).map_err(|wanted| format!("{wanted} (milliseconds)"))?;
    Ok(Duration::from_millis(read))
}

fn definition(raw: RawValue<'_>) -> Result<Definition, String> {
    one_of(raw, Definition::ALL, Definition::as_str)
}

fn priority(raw: RawValue<'_>) -> Result<Priority, String> {
    one_of(raw, &Priority::ALL, Priority::as_str)
}

fn case(raw: RawValue<'_>) -> Result<Case, String> {
    one_of(raw, &[Case::Fold, Case::Keep], case_name)
}

fn yes_or_no(raw: RawValue<'_>) -> Result<bool, String> {
    let read = match raw {
        RawValue::Json(value) => value.as_bool(),
        RawValue::Text("true") => Some(true),
        RawValue::Text("false") => Some(false),
        RawValue::Text(_) => None,
    };
    read.ok_or_else(|| "true or false".to_owned())
}

fn language(raw: RawValue<'_>) -> Result<Option<LanguageTag>, String> {
    let wanted = || "`auto`, or a BCP 47 tag such as `de` or `zh-Hant`".to_owned();
    let text = text(raw, &wanted)?;
    if text == "auto" {
        return Ok(None);
    }
    LanguageTag::parse(text).map(Some).ok_or_else(wanted)
}

fn regions(raw: RawValue<'_>) -> Result<Vec<Region>, String> {
    match raw {
        RawValue::Json(Value::Array(items)) => {
            let names = items.iter().map(|item| item.as_str().ok_or_else(regions_wanted));
            regions_of(&names.collect::<Result<Vec<_>, _>>()?)
        }
        other => parse_regions(text(other, &regions_wanted)?),
    }
}

/// Reads the names of regions, joined by commas.
pub(crate) fn parse_regions(text: &str) -> Result<Vec<Region>, String> {
    regions_of(&text.split(',').map(str::trim).collect::<Vec<_>>())
}

/// How a choice of regions is given.
pub(crate) fn regions_wanted() -> String {
    let all: Vec<_> = Region::ALL.iter().map(|region| region.as_str()).collect();
    format!("one or more of {}, as a list or joined by commas", all.join(", "))
}

fn regions_of(names: &[&str]) -> Result<Vec<Region>, String> {
    let mut chosen =
        names.iter().map(|name| name.parse().map_err(|_| regions_wanted())).collect::<Result<Vec<_>, _>>()?;
    chosen.sort_unstable();
    chosen.dedup();
    if chosen.is_empty() { Err(regions_wanted()) } else { Ok(chosen) }
}

fn wait(raw: RawValue<'_>) -> Result<Duration, String> {
    let read = match raw {
        RawValue::Text(text) => parse_wait(text),
        RawValue::Json(Value::String(text)) => parse_wait(text),
        RawValue::Json(Value::Number(seconds)) => {
            // Cut to the longest wait later. Far larger numbers have no duration.
            seconds
                .as_f64()
                .filter(|seconds| *seconds >= 0.0)
                .map(|seconds| Duration::from_secs_f64(seconds.min(1e9)))
        }
        RawValue::Json(_) => None,
    };
    read.ok_or_else(|| WAIT_FORMS.to_owned())
}
