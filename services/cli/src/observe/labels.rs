//! The labels of metrics. Each has few values, all known beforehand: never an id, never an address.

use prometheus_client::encoding::EncodeLabelSet;
use tally_api::AnsweredRequest;

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct End {
    /// `succeeded`, `failed` or `cancelled`.
    pub(super) state: &'static str,
    /// The name of the failure; empty when it did not fail.
    pub(super) reason: String,
}

/// Why something was refused, postponed or tried again.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Reason {
    pub(super) reason: String,
}

/// What a client ordered.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Ordered {
    pub(super) order: &'static str,
}

/// A request and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Request {
    pub(super) method: &'static str,
    /// The route's template; `none` where no route fits.
    pub(super) route: String,
    pub(super) status: u16,
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Route {
    pub(super) route: String,
}

/// A line of the queue.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Line {
    /// `high`, `normal` or `low`.
    pub(super) line: &'static str,
}

/// Which program this is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Build {
    pub(super) version: &'static str,
}

/// The method's name; clients may make up any, so unknown ones are one.
pub(super) fn method(answer: &AnsweredRequest<'_>) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == answer.method.as_str()).unwrap_or("other")
}

pub(super) fn route(answer: &AnsweredRequest<'_>) -> String {
    answer.route.unwrap_or("none").to_owned()
}
