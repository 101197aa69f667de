//! What was asked of a job: what differs from the defaults, an absent field where nothing does.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tally_count::{Case, Definition};
use tally_extract::Region;
use tally_jobs::settings::{Label, LanguageTag, Priority, Settings};

use super::failure::millis;
use super::{Unreadable, unsigned};

/// What an absent `top` means.
const TOP: i64 = 100;
/// What an absent `deadline_ms` means: one day.
const DEADLINE_MS: i64 = 24 * 3600 * 1000;
/// What an absent `retain_ms` means: seven days.
const RETAIN_MS: i64 = 7 * 24 * 3600 * 1000;

/// Its shape.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AskedShape {
    #[serde(skip_serializing_if = "Option::is_none")]
    definition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    keep_case: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    why: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ngrams: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    regions: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deadline_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retain_ms: Option<i64>,
}

/// The document to store; none when all is as by default. Labels have a field of their own, for the index.
pub fn write(settings: &Settings) -> Option<AskedShape> {
    let top = i64::try_from(settings.top).unwrap_or(i64::MAX);
    let shape = AskedShape {
        definition: settings.definition.map(|one| one.as_str().to_owned()),
        top: (top != TOP).then_some(top),
        keep_case: (settings.case == Case::Keep).then_some(true),
        why: settings.why.then_some(true),
        ngrams: (settings.ngrams != 0).then(|| i64::try_from(settings.ngrams).unwrap_or(i64::MAX)),
        regions: settings
            .regions
            .as_ref()
            .map(|some| some.iter().map(|one| one.as_str().to_owned()).collect()),
        language: settings.language.as_ref().map(|tag| tag.as_str().to_owned()),
        priority: (settings.priority != Priority::Normal).then(|| settings.priority.as_str().to_owned()),
        deadline_ms: Some(millis(settings.deadline)).filter(|ms| *ms != DEADLINE_MS),
        retain_ms: Some(millis(settings.retain)).filter(|ms| *ms != RETAIN_MS),
    };
    (shape != AskedShape::default()).then_some(shape)
}

/// Reads it back.
pub fn read(shape: Option<AskedShape>, labels: Vec<String>) -> Result<Settings, Unreadable> {
    let shape = shape.unwrap_or_default();
    let span = |ms: Option<i64>, usual| unsigned(ms.unwrap_or(usual), "span").map(Duration::from_millis);
    Ok(Settings {
        definition: shape.definition.map(definition).transpose()?,
        top: unsigned(shape.top.unwrap_or(TOP), "number of top words")?,
        why: shape.why == Some(true),
        ngrams: unsigned(shape.ngrams.unwrap_or(0), "length of rows")?,
        case: if shape.keep_case == Some(true) { Case::Keep } else { Case::Fold },
        regions: shape.regions.map(|names| names.into_iter().map(region).collect()).transpose()?,
        language: shape.language.map(language).transpose()?,
        priority: shape.priority.as_deref().map_or(Ok(Priority::Normal), priority)?,
        deadline: span(shape.deadline_ms, DEADLINE_MS)?,
        retain: span(shape.retain_ms, RETAIN_MS)?,
        labels: labels.into_iter().map(read_label).collect(),
    })
}

/// A label as one text. Names hold no `:`, so the first one divides.
pub fn label(label: &Label) -> String {
    format!("{}:{}", label.name, label.value)
}

// Checked at the door when it came in; a bound that is tighter today does not make an old record unreadable.
fn read_label(text: String) -> Label {
    let (name, value) = text.split_once(':').unwrap_or((&text, ""));
    Label { name: name.to_owned(), value: value.to_owned() }
}

/// Reads the name of a definition.
pub fn definition(name: String) -> Result<Definition, Unreadable> {
    name.parse().map_err(|_| Unreadable::Name { what: "definition", name })
}

/// Reads the name of a region.
pub fn region(name: String) -> Result<Region, Unreadable> {
    name.parse().map_err(|_| Unreadable::Name { what: "region", name })
}

/// Reads the name of a class.
pub fn priority(name: &str) -> Result<Priority, Unreadable> {
    Priority::parse(name).ok_or_else(|| Unreadable::Name { what: "priority", name: name.to_owned() })
}

fn language(tag: String) -> Result<LanguageTag, Unreadable> {
    LanguageTag::parse(&tag).ok_or(Unreadable::Name { what: "language", name: tag })
}
