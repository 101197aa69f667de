//! A failure on disk: `{"kind":"fetch-timeout","detail":"…"}`.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tally_jobs::failure::{Failure, FailureKind};

use super::Unreadable;

#[derive(Serialize, Deserialize)]
struct Shape<'a> {
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    detail: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
}

/// The text to store.
pub fn write(failure: &Failure) -> String {
    let shape = Shape {
        kind: failure.kind.as_str().into(),
        detail: failure.detail.as_str().into(),
        retry_after_ms: failure.retry_after.map(|pause| u64::try_from(pause.as_millis()).unwrap_or(u64::MAX)),
    };
    serde_json::to_string(&shape).expect("text and numbers always serialise")
}

/// Reads it back.
pub fn read(text: &str) -> Result<Failure, Unreadable> {
    let shape: Shape<'_> = serde_json::from_str(text)?;
    let kind = FailureKind::parse(&shape.kind)
        .ok_or_else(|| Unreadable::Name { what: "failure", name: shape.kind.to_string() })?;
    let retry_after = shape.retry_after_ms.map(Duration::from_millis);
    Ok(Failure { kind, detail: shape.detail.into_owned(), retry_after })
}
