//! `POST /jobs/{id}/cancel`, `/retry` and `/delete`, `DELETE /jobs/{id}`.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use tally_jobs::ports::ActionResult;
use tally_jobs::record::Job;
use tally_jobs::state::{JobAction, JobState};
use tally_kernel::OwnerId;

use super::{expired_job, faulty, job_id, record, unknown_job};
use crate::deps::Api;
use crate::pages::{JOBS, is_browser, see_other, to_job};
use crate::params::Params;
use crate::problem::{Problem, ProblemKind};

/// Cancels a job.
pub(crate) async fn cancel(
    api: State<Arc<Api>>,
    id: Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let job = apply(&api, &id, &uri, JobAction::Cancel).await?;
    if is_browser(&api, &headers) {
        return Ok(to_job(job.id));
    }
    record(&api, StatusCode::OK, &job)
}

/// Retries a job.
pub(crate) async fn retry(
    api: State<Arc<Api>>,
    id: Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let job = apply(&api, &id, &uri, JobAction::Retry).await?;
    if is_browser(&api, &headers) {
        return Ok(to_job(job.id));
    }
    record(&api, StatusCode::ACCEPTED, &job)
}

/// Deletes a job.
pub(crate) async fn delete(
    api: State<Arc<Api>>,
    id: Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    apply(&api, &id, &uri, JobAction::Delete).await?;
    if is_browser(&api, &headers) {
        return Ok(see_other(JOBS));
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Runs in its own task, as a submit does, so that a stored retry is also published if the client leaves.
async fn apply(api: &Arc<Api>, id: &str, uri: &Uri, action: JobAction) -> Result<Job, Problem> {
    Params::of(uri.query(), &[], &[])?.finish()?;
    let id = job_id(id)?;
    let shared = Arc::clone(api);
    let running =
        api.deps.tasks.spawn(async move { shared.deps.apply.run(&OwnerId::LOCAL, id, action).await });
    let result = running.await.map_err(|died| Problem::defect(format!("the action's task died: {died}")))?;
    match result.map_err(|fault| faulty(api, &fault))? {
        ActionResult::Done { job, .. } => Ok(job),
        ActionResult::Forbidden(job) => Err(forbidden(action, job.state)),
        ActionResult::Gone => Err(expired_job()),
        ActionResult::Unknown => Err(unknown_job()),
    }
}

fn forbidden(action: JobAction, state: JobState) -> Problem {
    let state = state.as_str();
    let detail = match action {
        JobAction::Cancel => format!("the job is {state}: only a queued or running job can be cancelled"),
        JobAction::Retry => format!("the job is {state}: only a failed or cancelled job can be retried"),
        JobAction::Delete => format!("the job is {state}: cancel it first, then delete it"),
    };
    Problem::new(ProblemKind::WrongState, detail)
}
