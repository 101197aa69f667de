//! A page of jobs, on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use super::JobBody;

/// A page of jobs, the newest first.
#[derive(Serialize, ToSchema)]
#[schema(as = JobList)]
pub(crate) struct ListBody<'a> {
    /// The jobs, without their top words.
    pub(crate) jobs: Vec<JobBody<'a>>,
    /// The path of the next page; null at the end.
    #[schema(required = true)]
    pub(crate) next: Option<String>,
}
