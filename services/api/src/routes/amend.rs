//! `POST /jobs/{id}/cancel`, `POST /jobs/{id}/retry`, `DELETE /jobs/{id}`.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use tally_jobs::model::Job;
use tally_jobs::ports::Carried;
use tally_jobs::state::{Order, State as JobState};

use super::{expired_job, faulty, job_id, record, unknown_job};
use crate::deps::Api;
use crate::params::Params;
use crate::problem::{Problem, ProblemKind};

/// Cancels a job.
pub(crate) async fn cancel(api: State<Arc<Api>>, id: Path<String>, uri: Uri) -> Result<Response, Problem> {
    let job = carry_out(&api, &id, &uri, Order::Cancel).await?;
    record(&api, StatusCode::OK, &job)
}

/// Retries a job.
pub(crate) async fn retry(api: State<Arc<Api>>, id: Path<String>, uri: Uri) -> Result<Response, Problem> {
    let job = carry_out(&api, &id, &uri, Order::Retry).await?;
    record(&api, StatusCode::ACCEPTED, &job)
}

/// Deletes a job.
pub(crate) async fn delete(api: State<Arc<Api>>, id: Path<String>, uri: Uri) -> Result<Response, Problem> {
    carry_out(&api, &id, &uri, Order::Delete).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Runs in its own task, as a submit does, so that a stored retry is also published if the client leaves.
async fn carry_out(api: &Arc<Api>, id: &str, uri: &Uri, order: Order) -> Result<Job, Problem> {
    Params::of(uri.query(), &[], &[])?.finish()?;
    let id = job_id(id)?;
    let shared = Arc::clone(api);
    let running = api.deps.tasks.spawn(async move { shared.deps.amend.run(id, order).await });
    let carried = running.await.map_err(|died| Problem::defect(format!("the order's task died: {died}")))?;
    match carried.map_err(|fault| faulty(api, &fault))? {
        Carried::Done { job, .. } => Ok(job),
        Carried::Forbidden(job) => Err(forbidden(order, job.state)),
        Carried::Gone => Err(expired_job()),
        Carried::Unknown => Err(unknown_job()),
    }
}

fn forbidden(order: Order, state: JobState) -> Problem {
    let state = state.as_str();
    let detail = match order {
        Order::Cancel => format!("the job is {state}: only a queued or running job can be cancelled"),
        Order::Retry => format!("the job is {state}: only a failed or cancelled job can be retried"),
        Order::Delete => format!("the job is {state}: cancel it first, then delete it"),
    };
    Problem::new(ProblemKind::WrongState, detail)
}
