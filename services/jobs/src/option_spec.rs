//! One option of a submit, as a row of a table. The parser of requests, OpenAPI, the fingerprint, the answer, the command
//! line and the check of API.md read these rows.
//!
//! The engine has a table ([`JobOptions::TABLE`](crate::options::JobOptions::TABLE)), and a workload has another. Values
//! have the form of JSON, in which requests and answers carry them.

use std::ops::RangeInclusive;

use serde_json::Value;

/// An option among the options `O`.
pub struct OptionSpec<O> {
    /// Its name in JSON, forms and queries.
    pub name: &'static str,
    /// What it does, in one sentence, without its values, its default and its unit.
    pub help: &'static str,
    /// Its values.
    pub kind: OptionKind,
    /// When it is part of a request's fingerprint.
    pub fingerprinted: Fingerprinted,
    /// The value in force; null when the document decides. Of the default options it is the default.
    pub get: fn(&O) -> Value,
    /// Sets a value within the bounds of the kind. `None` when it is not valid otherwise.
    pub set: fn(&mut O, &Value) -> Option<()>,
}

/// The values of an option.
pub enum OptionKind {
    /// `true` or `false`.
    Flag,
    /// One of these names.
    Name(fn() -> Vec<&'static str>),
    /// One or more of these names.
    Names(fn() -> Vec<&'static str>),
    /// A whole number.
    Integer {
        bounds: RangeInclusive<u64>,
        /// Whether 0 disables what the option is about; it is then outside the bounds.
        or_zero: bool,
    },
    /// A time in milliseconds.
    Milliseconds(RangeInclusive<u64>),
    /// A text of some form.
    Text {
        /// A regular expression of valid texts.
        pattern: &'static str,
        /// The longest text, in bytes.
        longest: usize,
        /// The form in words.
        form: &'static str,
    },
    /// An object of labels, and the form of their names and values in words.
    Labels(fn() -> String),
}

/// When an option is part of a fingerprint.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fingerprinted {
    /// Always: the options of the first version.
    Always,
    /// Unless it is at its default: every later option, so that the keys of earlier requests still match.
    UnlessDefault,
}

impl<O> OptionSpec<O> {
    /// Sets the option.
    ///
    /// # Errors
    /// What a valid value would be.
    pub fn assign(&self, options: &mut O, value: &Value) -> Result<(), String> {
        let fits = |bounds: &RangeInclusive<u64>, zero: bool| {
            whole_number(value).filter(|number| bounds.contains(number) || (zero && *number == 0))
        };
        let set = match &self.kind {
            OptionKind::Integer { bounds, or_zero } => {
                fits(bounds, *or_zero).and_then(|number| (self.set)(options, &number.into()))
            }
            OptionKind::Milliseconds(bounds) => {
                fits(bounds, false).and_then(|number| (self.set)(options, &number.into()))
            }
            _ => (self.set)(options, value),
        };
        set.ok_or_else(|| self.kind.wanted())
    }
}

impl OptionKind {
    /// The value that a text of a query or form stands for. It may be of another kind, and is then not valid.
    #[must_use]
    pub fn value_of(&self, text: &str) -> Value {
        match self {
            Self::Flag => text.parse::<bool>().map_or(Value::Null, Value::from),
            // `parse` would take a sign.
            Self::Integer { .. } | Self::Milliseconds(_)
                if text.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                text.parse::<u64>().map_or(Value::Null, Value::from)
            }
            Self::Labels(_) => serde_json::from_str(text).unwrap_or_default(),
            _ => text.into(),
        }
    }

    /// What a valid value is, for an error.
    #[must_use]
    pub fn wanted(&self) -> String {
        match self {
            Self::Flag => "true or false".to_owned(),
            Self::Name(names) => format!("one of {}", names().join(", ")),
            Self::Names(names) => {
                format!("one or more of {}, as a list or joined by commas", names().join(", "))
            }
            Self::Integer { bounds, or_zero } => {
                let zero = if *or_zero { ", or 0 for none" } else { "" };
                format!("a whole number from {} to {}{zero}", bounds.start(), bounds.end())
            }
            Self::Milliseconds(bounds) => {
                format!("a whole number from {} to {} (milliseconds)", bounds.start(), bounds.end())
            }
            Self::Text { form, .. } => (*form).to_owned(),
            Self::Labels(form) => {
                format!("a flat object of strings, such as {{\"team\": \"docs\"}}: {}", form())
            }
        }
    }
}

/// `100.0` is an integer by JSON Schema, and some serialisers write it.
fn whole_number(value: &Value) -> Option<u64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and within bounds")]
    let whole = |float: f64| (float.fract() == 0.0 && (0.0..9e15).contains(&float)).then_some(float as u64);
    value.as_u64().or_else(|| value.as_f64().and_then(whole))
}
