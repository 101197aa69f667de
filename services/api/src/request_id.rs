//! The id of a request: the client's, or a new one.

use axum::http::{HeaderMap, HeaderName};
use tally_jobs::id::RequestId;

use crate::deps::Api;

/// The header of a request's id.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The client's id, if it sent a valid one.
pub(crate) fn sent(headers: &HeaderMap) -> Option<RequestId> {
    RequestId::parse(headers.get(X_REQUEST_ID)?.to_str().ok()?)
}

/// The client's id, or else a new one.
pub(crate) fn sent_or_new(api: &Api, headers: &HeaderMap) -> RequestId {
    sent(headers).unwrap_or_else(|| {
        let submit = &api.deps.submit;
        let id = submit.ids.fresh(submit.clock.now());
        let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
        RequestId::parse(id.as_hyphenated().encode_lower(&mut text)).expect("a UUID is visible ASCII")
    })
}
