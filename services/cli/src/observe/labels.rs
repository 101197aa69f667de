//! The labels of metrics. Each has a small, fixed set of values: never an id, never an address.

use std::borrow::Cow;

use prometheus_client::encoding::EncodeLabelSet;
use tally_api::AnsweredRequest;

/// The name and the value of a label that is alone.
pub(super) type OneLabel = [(&'static str, Cow<'static, str>); 1];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct EndLabels {
    /// `succeeded`, `failed` or `cancelled`.
    pub(super) state: &'static str,
    /// The name of the failure; empty when it did not fail.
    pub(super) reason: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct RequestLabels {
    pub(super) method: &'static str,
    /// The route's template; `none` if no route matches.
    pub(super) route: String,
    pub(super) status: u16,
}

/// The method's name. Clients may send any name, so all unknown ones share a label.
pub(super) fn method(answer: &AnsweredRequest<'_>) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == answer.method.as_str()).unwrap_or("other")
}

pub(super) fn route(answer: &AnsweredRequest<'_>) -> String {
    answer.route.unwrap_or("none").to_owned()
}
