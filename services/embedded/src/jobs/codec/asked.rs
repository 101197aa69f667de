//! What was asked of a job, on disk: JSON of what differs from the defaults, nothing at all when nothing does.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tally_count::{Case, Definition};
use tally_extract::Region;
use tally_jobs::model::RequestId;
use tally_jobs::settings::{Label, LanguageTag, Priority, Settings};

use super::Unreadable;

/// What an absent `top` means.
const TOP: usize = 100;
/// What an absent `deadline_ms` means: one day.
const DEADLINE_MS: u64 = 24 * 3600 * 1000;
/// What an absent `retain_ms` means: seven days.
const RETAIN_MS: u64 = 7 * 24 * 3600 * 1000;

#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Shape<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    definition: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top: Option<usize>,
    #[serde(skip_serializing_if = "is_false")]
    keep_case: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    regions: Option<Vec<Cow<'a, str>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deadline_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retain_ms: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    labels: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "is_false")]
    why: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    ngrams: Option<usize>,
}

/// What was asked, and the type that a file was said to have.
pub struct Asked {
    /// The settings.
    pub settings: Settings,
    /// The `Content-Type` of a file.
    pub content_type: Option<String>,
    /// The id that the request came with.
    pub request: Option<RequestId>,
}

/// The text to store; none when all is as by default.
pub fn write(settings: &Settings, content_type: Option<&str>, request: Option<&RequestId>) -> Option<String> {
    let shape = Shape {
        content_type: content_type.map(Cow::from),
        definition: settings.definition.map(|one| one.as_str().into()),
        top: (settings.top != TOP).then_some(settings.top),
        keep_case: settings.case == Case::Keep,
        regions: settings.regions.as_ref().map(|some| some.iter().map(|one| one.as_str().into()).collect()),
        language: settings.language.as_ref().map(|tag| tag.as_str().into()),
        priority: (settings.priority != Priority::Normal).then(|| settings.priority.as_str().into()),
        deadline_ms: Some(millis(settings.deadline)).filter(|ms| *ms != DEADLINE_MS),
        retain_ms: Some(millis(settings.retain)).filter(|ms| *ms != RETAIN_MS),
        labels: settings
            .labels
            .iter()
            .map(|one| (one.name.as_str().into(), one.value.as_str().into()))
            .collect(),
        why: settings.why,
        ngrams: (settings.ngrams != 0).then_some(settings.ngrams),
        request: request.map(|id| id.as_str().into()),
    };
    let said = shape != Shape::default();
    said.then(|| serde_json::to_string(&shape).expect("text and numbers always serialise"))
}

/// Reads it back.
pub fn read(text: Option<&str>) -> Result<Asked, Unreadable> {
    let shape: Shape<'_> = text.map_or_else(|| Ok(Shape::default()), serde_json::from_str)?;
    let settings = Settings {
        definition: shape.definition.map(|name| definition(&name)).transpose()?,
        top: shape.top.unwrap_or(TOP),
        why: shape.why,
        ngrams: shape.ngrams.unwrap_or(0),
        case: if shape.keep_case { Case::Keep } else { Case::Fold },
        regions: shape.regions.map(|names| names.iter().map(|name| region(name)).collect()).transpose()?,
        language: shape.language.map(|tag| language(&tag)).transpose()?,
        priority: shape.priority.map_or(Ok(Priority::Normal), |name| priority(&name))?,
        deadline: Duration::from_millis(shape.deadline_ms.unwrap_or(DEADLINE_MS)),
        retain: Duration::from_millis(shape.retain_ms.unwrap_or(RETAIN_MS)),
        labels: shape.labels.into_iter().map(|(name, value)| label(name, value)).collect(),
    };
    // As for labels: an id that would not be taken today is passed over, it is for logs only.
    let request = shape.request.and_then(|id| RequestId::parse(&id));
    Ok(Asked { settings, content_type: shape.content_type.map(Cow::into_owned), request })
}

/// Reads the name of a definition.
pub fn definition(name: &str) -> Result<Definition, Unreadable> {
    name.parse().map_err(|_| Unreadable::Name { what: "definition", name: name.to_owned() })
}

/// Reads the name of a region.
pub fn region(name: &str) -> Result<Region, Unreadable> {
    name.parse().map_err(|_| Unreadable::Name { what: "region", name: name.to_owned() })
}

fn language(tag: &str) -> Result<LanguageTag, Unreadable> {
    LanguageTag::parse(tag).ok_or_else(|| Unreadable::Name { what: "language", name: tag.to_owned() })
}

fn priority(name: &str) -> Result<Priority, Unreadable> {
    Priority::parse(name).ok_or_else(|| Unreadable::Name { what: "priority", name: name.to_owned() })
}

// Checked at the door when it came in; a bound that is tighter today does not make an old record unreadable.
fn label(name: Cow<'_, str>, value: Cow<'_, str>) -> Label {
    Label { name: name.into_owned(), value: value.into_owned() }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

fn is_false(value: &bool) -> bool {
    !value
}
