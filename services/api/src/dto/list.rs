//! A page of jobs, on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use super::JobBody;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// A page of jobs, the newest first.
#[derive(Serialize, ToSchema)]
#[schema(as = JobList)]
pub(crate) struct ListBody<'a> {
    /// The jobs, without their top words.
    pub(crate) jobs: Vec<JobBody<'a>>,
    /// The path of the next page; null at the end.
    #[schema(required = true)]
    pub(crate) next: Option<String>,
    /// How many stored jobs of this page cannot be read and are left out; absent when all can be read.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) unreadable: usize,
}
