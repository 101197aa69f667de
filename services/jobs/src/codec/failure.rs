//! A failure: `{"kind":"fetch-timeout","title":"…","detail":"…"}`.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Unreadable;
use crate::failure::Failure;
use crate::options::millis;

#[derive(Serialize, Deserialize)]
struct FailureShape<'a> {
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "str::is_empty")]
    title: Cow<'a, str>,
    #[serde(borrow)]
    detail: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retryable: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
}

/// The text to store.
#[must_use]
pub fn write(failure: &Failure) -> String {
    let shape = FailureShape {
        kind: (&*failure.name).into(),
        title: (&*failure.title).into(),
        detail: failure.detail.as_str().into(),
        retryable: failure.retryable.then_some(true),
        retry_after_ms: failure.retry_after.map(millis),
    };
    serde_json::to_string(&shape).expect("text and numbers always serialise")
}

/// Reads it back.
pub fn read(text: &str) -> Result<Failure, Unreadable> {
    let shape: FailureShape<'_> = serde_json::from_str(text)?;
    Ok(Failure {
        name: shape.kind.into_owned().into(),
        title: shape.title.into_owned().into(),
        detail: shape.detail.into_owned(),
        retryable: shape.retryable.unwrap_or(false),
        retry_after: shape.retry_after_ms.map(Duration::from_millis),
    })
}
