//! The options of the engine: what differs from the defaults, an absent field where nothing does. Labels and attributes
//! are texts, because an index finds jobs by them.

use std::time::Duration;

use bson::RawDocumentBuf;
use bson::raw::cstr;
use serde::Deserialize;
use tally_jobs::codec::asked::priority;
use tally_jobs::options::{JobOptions, Label, Priority};
use tally_jobs::record::Attribute;

use super::{Unreadable, signed, unsigned};

/// What an absent `deadline_ms` means: one day.
const DEADLINE_MS: i64 = 24 * 3600 * 1000;
/// What an absent `retain_ms` means: seven days.
const RETAIN_MS: i64 = 7 * 24 * 3600 * 1000;

/// The options as they are stored, without labels.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct AskedShape<'a> {
    #[serde(borrow)]
    priority: Option<&'a str>,
    deadline_ms: Option<i64>,
    retain_ms: Option<i64>,
}

/// The document to store; none when every option is the default.
pub fn write(options: &JobOptions) -> Option<RawDocumentBuf> {
    let mut asked = RawDocumentBuf::new();
    if options.priority != Priority::Normal {
        asked.append(cstr!("priority"), options.priority.as_str());
    }
    let (deadline, retention) = (millis(options.deadline), millis(options.retention));
    if deadline != DEADLINE_MS {
        asked.append(cstr!("deadline_ms"), deadline);
    }
    if retention != RETAIN_MS {
        asked.append(cstr!("retain_ms"), retention);
    }
    (!asked.is_empty()).then_some(asked)
}

/// Reads it back, with the labels.
pub fn read(shape: Option<AskedShape<'_>>, labels: &[&str]) -> Result<JobOptions, Unreadable> {
    let shape = shape.unwrap_or_default();
    let span =
        |ms: Option<i64>, default, what| unsigned(ms.unwrap_or(default), what).map(Duration::from_millis);
    Ok(JobOptions {
        priority: shape.priority.map_or(Ok(Priority::Normal), priority)?,
        deadline: span(shape.deadline_ms, DEADLINE_MS, "deadline")?,
        retention: span(shape.retain_ms, RETAIN_MS, "retention")?,
        // Their bounds were checked at submit; a tighter bound of today does not make an old record unreadable.
        labels: labels.iter().map(|text| read_label(text)).collect(),
    })
}

/// A label as a text. A name has no `:`, so the first one ends it.
pub fn label(label: &Label) -> String {
    format!("{}:{}", label.name, label.value)
}

fn read_label(text: &str) -> Label {
    let (name, value) = text.split_once(':').unwrap_or((text, ""));
    Label { name: name.to_owned(), value: value.to_owned() }
}

/// An attribute as a text. A name has no `=`, so the first one ends it.
pub fn attribute(attribute: &Attribute) -> String {
    format!("{}={}", attribute.name, attribute.value)
}

/// Reads an attribute back.
pub fn read_attribute(text: &str) -> Attribute {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    Attribute { name: name.to_owned().into(), value: value.to_owned() }
}

fn millis(span: Duration) -> i64 {
    signed(u64::try_from(span.as_millis()).unwrap_or(u64::MAX))
}
