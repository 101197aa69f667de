//! The labels of metrics. Each has a small, fixed set of values: never an id, never an address.

use prometheus_client::encoding::EncodeLabelSet;
use tally_api::AnsweredRequest;

/// The end of a job.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct EndLabels {
    /// `succeeded`, `failed` or `cancelled`.
    pub(super) state: &'static str,
    /// The name of the failure; empty when it did not fail.
    pub(super) reason: String,
}

/// The reason of a refusal, a deferral or a retry.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ReasonLabel {
    pub(super) reason: String,
}

/// A job action of a client.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ActionLabel {
    pub(super) action: &'static str,
}

/// A request and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct RequestLabels {
    pub(super) method: &'static str,
    /// The route's template; `none` if no route matches.
    pub(super) route: String,
    pub(super) status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct RouteLabel {
    pub(super) route: String,
}

/// A priority of the queue.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct PriorityLabel {
    /// `high`, `normal` or `low`.
    pub(super) priority: &'static str,
}

/// The version of the program.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct BuildLabel {
    pub(super) version: &'static str,
}

/// The method's name. Clients may send any name, so all unknown ones share a label.
pub(super) fn method(answer: &AnsweredRequest<'_>) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == answer.method.as_str()).unwrap_or("other")
}

pub(super) fn route(answer: &AnsweredRequest<'_>) -> String {
    answer.route.unwrap_or("none").to_owned()
}
