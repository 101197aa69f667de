//! What a client asked of the engine: JSON of what differs from the defaults, nothing at all when nothing does.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Unreadable;
use crate::id::RequestId;
use crate::options::{JobOptions, Label, Priority, millis};
use crate::record::{Attribute, Job};

/// What an absent `deadline_ms` means: one day.
const DEADLINE_MS: u64 = 24 * 3600 * 1000;
/// What an absent `retain_ms` means: seven days.
const RETAIN_MS: u64 = 7 * 24 * 3600 * 1000;

#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct AskedShape<'a> {
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    priority: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deadline_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retain_ms: Option<u64>,
    #[serde(borrow, skip_serializing_if = "Vec::is_empty")]
    labels: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    #[serde(borrow, skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    request: Option<Cow<'a, str>>,
}

/// The options, attributes and request id of a record.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Asked {
    pub options: JobOptions,
    pub attributes: Vec<Attribute>,
    pub request: Option<RequestId>,
}

/// The text to store.
#[must_use]
pub fn write(job: &Job) -> Option<String> {
    let options = &job.options;
    let pairs = |name: &'_ str, value: &'_ str| (name.to_owned().into(), value.to_owned().into());
    let shape = AskedShape {
        priority: (options.priority != Priority::Normal).then(|| options.priority.as_str().into()),
        deadline_ms: Some(millis(options.deadline)).filter(|ms| *ms != DEADLINE_MS),
        retain_ms: Some(millis(options.retention)).filter(|ms| *ms != RETAIN_MS),
        labels: options.labels.iter().map(|one| pairs(&one.name, &one.value)).collect(),
        attributes: job.attributes.iter().map(|one| pairs(&one.name, &one.value)).collect(),
        request: job.request.as_ref().map(|id| id.as_str().into()),
    };
    let said = shape != AskedShape::default();
    said.then(|| serde_json::to_string(&shape).expect("text and numbers always serialise"))
}

/// Reads it back.
pub fn read(text: Option<&str>) -> Result<Asked, Unreadable> {
    let Some(text) = text else { return Ok(Asked::default()) };
    let shape: AskedShape<'_> = serde_json::from_str(text)?;
    let options = JobOptions {
        priority: shape.priority.map_or(Ok(Priority::Normal), |name| priority(&name))?,
        deadline: Duration::from_millis(shape.deadline_ms.unwrap_or(DEADLINE_MS)),
        retention: Duration::from_millis(shape.retain_ms.unwrap_or(RETAIN_MS)),
        // Their bounds were checked at submit; a tighter bound of today does not make an old record unreadable.
        labels: shape.labels.into_iter().map(|(name, value)| label(name, value)).collect(),
    };
    let attribute = |(name, value): (Cow<'_, str>, Cow<'_, str>)| Attribute {
        name: name.into_owned().into(),
        value: value.into_owned(),
    };
    Ok(Asked {
        options,
        attributes: shape.attributes.into_iter().map(attribute).collect(),
        // It is for logs only, so one that would not be accepted today is ignored.
        request: shape.request.and_then(|id| RequestId::parse(&id)),
    })
}

/// Reads the name of a priority.
pub fn priority(name: &str) -> Result<Priority, Unreadable> {
    Priority::parse(name).ok_or_else(|| Unreadable::Name { what: "priority", name: name.to_owned() })
}

fn label(name: Cow<'_, str>, value: Cow<'_, str>) -> Label {
    Label { name: name.into_owned(), value: value.into_owned() }
}
