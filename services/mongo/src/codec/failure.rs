//! A failure: `{kind: "fetch-timeout", detail: "…"}`.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tally_jobs::failure::{Failure, FailureKind};

use super::{Unreadable, signed, unsigned};

/// Its shape.
#[derive(Debug, Serialize, Deserialize)]
pub struct FailureShape {
    kind: String,
    detail: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<i64>,
}

/// The document to store.
pub fn write(failure: &Failure) -> FailureShape {
    FailureShape {
        kind: failure.kind.as_str().to_owned(),
        detail: failure.detail.clone(),
        retry_after_ms: failure.retry_after.map(millis),
    }
}

/// Reads it back.
pub fn read(shape: FailureShape) -> Result<Failure, Unreadable> {
    let Some(kind) = FailureKind::parse(&shape.kind) else {
        return Err(Unreadable::Name { what: "failure", name: shape.kind });
    };
    let retry_after = shape.retry_after_ms.map(|ms| unsigned(ms, "pause")).transpose()?;
    Ok(Failure { kind, detail: shape.detail, retry_after: retry_after.map(Duration::from_millis) })
}

/// A span in milliseconds.
pub fn millis(span: Duration) -> i64 {
    signed(u64::try_from(span.as_millis()).unwrap_or(u64::MAX))
}
