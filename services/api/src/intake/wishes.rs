//! The options of a submit, from wherever they come: JSON members, form fields and query parameters alike.
//!
//! Gathers everything that is wrong, so that a client corrects his request once.

use std::time::Duration;

use serde_json::Value;
use tally_count::{Case, Definition, Ngrams};
use tally_extract::Region;
use tally_jobs::settings::{Label, LanguageTag, Priority, Settings};

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

/// What query strings and forms have beside them.
const TEXT_NAMES: [&str; 2] = ["label", "filename"];

/// A value as it was given.
#[derive(Clone, Copy)]
enum Given<'a> {
    Json(&'a Value),
    Text(&'a str),
}

/// Where an option was given. The body is read after the query and goes before it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Query,
    Body,
}

/// The options that were read so far, and what was wrong with them.
#[derive(Default)]
pub(super) struct Wishes {
    settings: Settings,
    wait: Option<Duration>,
    seen: Vec<(&'static str, Place)>,
    labels: Vec<(Label, Place)>,
    errors: Vec<InputError>,
}

impl Wishes {
    /// Takes a query parameter.
    pub(super) fn take_parameter(&mut self, name: &str, value: &str) {
        if self.take_text(name, value, Place::Query, &|| format!("?{name}")) {
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
        self.take_text(name, value, Place::Body, &|| pointer(name))
    }

    fn take_text(&mut self, name: &str, value: &str, place: Place, pointer: &dyn Fn() -> String) -> bool {
        if name == "label" {
            self.take_label(value, place, pointer);
            return true;
        }
        let known = OPTIONS.iter().find(|known| **known == name);
        known.is_some_and(|known| {
            self.take(known, Given::Text(value), place, pointer);
            true
        })
    }

    /// Takes a JSON member that is one of [`OPTIONS`].
    pub(super) fn take_member(&mut self, name: &'static str, value: &Value) {
        self.take(name, Given::Json(value), Place::Body, &|| pointer(name));
    }

    /// Notes something that is wrong.
    pub(super) fn refuse(&mut self, error: InputError) {
        self.errors.push(error);
    }

    /// Ends well when nothing was wrong so far: before a large body is taken in.
    pub(super) fn check(&mut self) -> Result<(), Problem> {
        if self.errors.is_empty() { Ok(()) } else { Err(Problem::input(std::mem::take(&mut self.errors))) }
    }

    /// The options, when nothing was wrong.
    pub(super) fn finish(mut self) -> Result<(Settings, Option<Duration>), Problem> {
        self.check()?;
        self.settings.labels = self.labels.into_iter().map(|(label, _)| label).collect();
        self.settings.labels.sort();
        Ok((self.settings, self.wait))
    }

    fn take(&mut self, name: &'static str, given: Given<'_>, place: Place, pointer: &dyn Fn() -> String) {
        if self.seen.contains(&(name, place)) {
            self.errors.push(InputError::new(pointer(), "given more than once; give it once"));
            return;
        }
        self.seen.push((name, place));
        let taken = match name {
            "labels" => self.take_labels(given, place),
            _ => self.set(name, given),
        };
        if let Err(wanted) = taken {
            self.errors.push(InputError::new(pointer(), wanted));
        }
    }

    fn set(&mut self, name: &str, given: Given<'_>) -> Result<(), String> {
        let settings = &mut self.settings;
        match name {
            "definition" => settings.definition = Some(definition(given)?),
            "top" => settings.top = top(given)?,
            "case" => settings.case = case(given)?,
            "why" => settings.why = yes_or_no(given)?,
            "ngrams" => settings.ngrams = ngrams(given)?,
            "regions" => settings.regions = Some(regions(given)?),
            "language" => settings.language = language(given)?,
            "priority" => settings.priority = priority(given)?,
            "deadline_ms" => settings.deadline = time(given, 1, Settings::LONGEST_DEADLINE)?,
            "retain_ms" => settings.retain = time(given, 0, Settings::LONGEST_RETAIN)?,
            "wait" => self.wait = Some(wait(given)?),
            _ => return Err("webhooks are not available yet; wait with ?wait=60 or poll the job".to_owned()),
        }
        Ok(())
    }

    fn take_labels(&mut self, given: Given<'_>, place: Place) -> Result<(), String> {
        let parsed;
        let value = match given {
            Given::Json(value) => value,
            Given::Text(text) => {
                parsed = serde_json::from_str(text).unwrap_or(Value::Null);
                &parsed
            }
        };
        let wanted = || "a flat object of strings, such as {\"team\": \"docs\"}".to_owned();
        for (name, value) in value.as_object().ok_or_else(wanted)? {
            self.add_label(name, value.as_str().ok_or_else(wanted)?, place)?;
        }
        Ok(())
    }

    fn take_label(&mut self, text: &str, place: Place, pointer: &dyn Fn() -> String) {
        let added = match text.split_once(':') {
            Some((name, value)) => self.add_label(name, value, place),
            None => Err("a name and a value, as in label=team:docs".to_owned()),
        };
        if let Err(wanted) = added {
            self.errors.push(InputError::new(pointer(), wanted));
        }
    }

    fn add_label(&mut self, name: &str, value: &str, place: Place) -> Result<(), String> {
        let label = Label::new(name, value).ok_or_else(|| {
            let longest = Label::LONGEST;
            format!("names of 1 to {longest} bytes without `:`, values up to {longest}, no control characters in them")
        })?;
        if let Some(known) = self.labels.iter_mut().find(|(known, _)| known.name == label.name) {
            if known.1 == place && known.0.value != label.value {
                return Err(format!("the label `{name}` is given more than once; give it once"));
            }
            *known = (label, place);
            return Ok(());
        }
        if self.labels.len() == Label::MOST {
            return Err(format!("at most {} labels", Label::MOST));
        }
        self.labels.push((label, place));
        Ok(())
    }
}

/// A member's JSON pointer (RFC 6901).
pub(super) fn pointer(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

fn text<'a>(given: Given<'a>, wanted: &dyn Fn() -> String) -> Result<&'a str, String> {
    match given {
        Given::Text(text) => Ok(text),
        Given::Json(value) => value.as_str().ok_or_else(wanted),
    }
}

fn one_of<T: Copy>(given: Given<'_>, all: &[T], name: impl Fn(T) -> &'static str) -> Result<T, String> {
    let wanted = || format!("one of {}", all.iter().map(|one| name(*one)).collect::<Vec<_>>().join(", "));
    let text = text(given, &wanted)?;
    all.iter().copied().find(|one| name(*one) == text).ok_or_else(wanted)
}

fn number(given: Given<'_>, bounds: std::ops::RangeInclusive<u64>) -> Result<u64, String> {
    let read = match given {
        Given::Text(text) => whole(text, bounds.clone()),
        // `100.0` is an integer by JSON Schema, and some serialisers write it.
        Given::Json(Value::Number(number)) => number.as_u64().or_else(|| {
            let float =
                number.as_f64().filter(|float| float.fract() == 0.0 && *float >= 0.0 && *float < 9e15);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "whole and within bounds"
            )]
            float.map(|float| float as u64)
        }),
        Given::Json(_) => None,
    };
    let fits = read.filter(|number| bounds.contains(number));
    fits.ok_or_else(|| format!("a whole number from {} to {}", bounds.start(), bounds.end()))
}

fn top(given: Given<'_>) -> Result<usize, String> {
    number(given, 0..=Settings::MOST_TOP as u64).map(|top| usize::try_from(top).unwrap_or(usize::MAX))
}

fn ngrams(given: Given<'_>) -> Result<usize, String> {
    let longest = Ngrams::LONGEST;
    let read = number(given, 0..=longest as u64).ok().and_then(|words| usize::try_from(words).ok());
    read.filter(|words| Settings::is_ngram(*words))
        .ok_or_else(|| format!("a whole number of words from 2 to {longest}, or 0 for none"))
}

fn time(given: Given<'_>, least: u64, most: Duration) -> Result<Duration, String> {
    let most = u64::try_from(most.as_millis()).unwrap_or(u64::MAX);
    let read = number(given, least..=most).map_err(|wanted| format!("{wanted} (milliseconds)"))?;
    Ok(Duration::from_millis(read))
}

fn definition(given: Given<'_>) -> Result<Definition, String> {
    one_of(given, Definition::ALL, Definition::as_str)
}

fn priority(given: Given<'_>) -> Result<Priority, String> {
    one_of(given, &Priority::ALL, Priority::as_str)
}

fn case(given: Given<'_>) -> Result<Case, String> {
    one_of(given, &[Case::Fold, Case::Keep], crate::dto::case_name)
}

fn yes_or_no(given: Given<'_>) -> Result<bool, String> {
    let read = match given {
        Given::Json(value) => value.as_bool(),
        Given::Text("true") => Some(true),
        Given::Text("false") => Some(false),
        Given::Text(_) => None,
    };
    read.ok_or_else(|| "true or false".to_owned())
}

fn language(given: Given<'_>) -> Result<Option<LanguageTag>, String> {
    let wanted = || "`auto`, or a BCP 47 tag such as `de` or `zh-Hant`".to_owned();
    let text = text(given, &wanted)?;
    if text == "auto" {
        return Ok(None);
    }
    LanguageTag::parse(text).map(Some).ok_or_else(wanted)
}

fn regions(given: Given<'_>) -> Result<Vec<Region>, String> {
    match given {
        Given::Json(Value::Array(items)) => {
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

fn wait(given: Given<'_>) -> Result<Duration, String> {
    let read = match given {
        Given::Text(text) => parse_wait(text),
        Given::Json(Value::String(text)) => parse_wait(text),
        Given::Json(Value::Number(seconds)) => {
            // More than anybody waits is cut down later; so much more has no duration at all.
            seconds
                .as_f64()
                .filter(|seconds| *seconds >= 0.0)
                .map(|seconds| Duration::from_secs_f64(seconds.min(1e9)))
        }
        Given::Json(_) => None,
    };
    read.ok_or_else(|| WAIT_FORMS.to_owned())
}
