//! The options of a submit, from wherever they come: JSON members, form fields and query parameters alike.
//!
//! Collects every error, so that a client corrects its request once.

use std::time::Duration;

use serde_json::Value;
use tally_jobs::option_spec::OptionSpec;
use tally_jobs::options::{JobOptions, Label};
use tally_wordcount::CountOptions;

use crate::params::unknown;
use crate::prefer::{WAIT_FORMS, parse_wait};
use crate::problem::{InputError, Problem};

/// Names that only query strings and forms have.
const TEXT_NAMES: [&str; 2] = ["label", "filename"];

pub(crate) fn option_names() -> impl Iterator<Item = &'static str> {
    let count = CountOptions::TABLE.iter().map(|row| row.name);
    count.chain(JobOptions::TABLE.iter().map(|row| row.name)).chain(["wait", "webhook"])
}

pub(super) fn option_name(name: &str) -> Option<&'static str> {
    option_names().find(|known| *known == name)
}

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
            _ => unknown(&pointer, "parameter", name, option_names().chain(TEXT_NAMES)),
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
        option_name(name).is_some_and(|known| {
            self.take(known, RawValue::Text(value), precedence, pointer);
            true
        })
    }

    /// Takes a JSON member that is one of [`option_names`].
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
        let taken = self.set(name, raw).and_then(|()| {
            let labels = std::mem::take(&mut self.job.labels);
            labels.into_iter().try_for_each(|label| self.add_label(label, precedence))
        });
        if let Err(wanted) = taken {
            self.errors.push(InputError::new(pointer(), wanted));
        }
    }

    fn set(&mut self, name: &str, raw: RawValue<'_>) -> Result<(), String> {
        if let Some(row) = CountOptions::TABLE.iter().find(|row| row.name == name) {
            return raw.assign(row, &mut self.count);
        }
        if let Some(row) = JobOptions::TABLE.iter().find(|row| row.name == name) {
            return raw.assign(row, &mut self.job);
        }
        if name == "wait" {
            self.wait = Some(wait(raw)?);
            return Ok(());
        }
        Err("webhooks are not available yet; wait with ?wait=60 or poll the job".to_owned())
    }

    fn take_label(&mut self, text: &str, precedence: Precedence, pointer: &dyn Fn() -> String) {
        let added = match text.split_once(':') {
            Some((name, value)) => Label::new(name, value)
                .ok_or_else(Label::form)
                .and_then(|label| self.add_label(label, precedence)),
            None => Err("a name and a value, as in label=team:docs".to_owned()),
        };
        if let Err(wanted) = added {
            self.errors.push(InputError::new(pointer(), wanted));
        }
    }

    fn add_label(&mut self, label: Label, precedence: Precedence) -> Result<(), String> {
        if let Some(known) = self.labels.iter_mut().find(|(known, _)| known.name == label.name) {
            if known.1 == precedence && known.0.value != label.value {
                return Err(format!("the label `{}` is given more than once; give it once", label.name));
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

impl RawValue<'_> {
    fn assign<O>(self, row: &OptionSpec<O>, options: &mut O) -> Result<(), String> {
        match self {
            Self::Json(value) => row.assign(options, value),
            Self::Text(text) => row.assign(options, &row.kind.value_of(text)),
        }
    }
}

/// A member's JSON pointer (RFC 6901).
pub(super) fn pointer(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
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
