//! How the process is, on the wire.

use serde::Serialize;
use utoipa::ToSchema;

/// The process is up.
#[derive(Serialize, ToSchema)]
#[schema(as = Live)]
pub(crate) struct LiveBody {
    /// `live`.
    pub(crate) status: &'static str,
}

/// A job could be taken now.
#[derive(Serialize, ToSchema)]
#[schema(as = Health)]
pub(crate) struct HealthBody {
    /// `ready`.
    pub(crate) status: &'static str,
    /// Each part that Tally leans on.
    pub(crate) parts: Vec<PartBody>,
}

/// A part that Tally leans on.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = HealthPart)]
pub(crate) struct PartBody {
    /// Its name: `store`, `queue`.
    pub(crate) name: &'static str,
    /// Whether it answered well.
    pub(crate) ok: bool,
    /// How long its answer took, in milliseconds.
    pub(crate) latency_ms: f64,
    /// What is wrong: `unavailable`, `overloaded`, `unknown`, `corrupt` or `timeout`; null when it is well.
    #[schema(required = true)]
    pub(crate) fault: Option<&'static str>,
}
