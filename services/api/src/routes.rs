//! The routes, and what their answers share.

pub(crate) mod actions;
pub(crate) mod docs;
pub(crate) mod health;
pub(crate) mod list;
pub(crate) mod meta;
pub(crate) mod read;
pub(crate) mod submit;
pub(crate) mod words;

use axum::http::header::{CONTENT_TYPE, ETAG, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Serialize;
use tally_jobs::id::JobId;
use tally_jobs::record::Job;
use tally_kernel::Fault;
use tally_wordcount::CountRecord;

use crate::deps::Api;
use crate::dto::JobBody;
use crate::problem::{Problem, ProblemKind};
use crate::retry_after::{for_job, for_refused};

pub(crate) const APPLICATION_JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The usual size of the record of a counted text with its hundred words.
const RECORD_BYTES: usize = 8 << 10;

/// A value as a line of JSON.
pub(crate) fn to_json<T: Serialize>(value: &T) -> Result<Bytes, Problem> {
    let mut json = Vec::with_capacity(RECORD_BYTES);
    serde_json::to_writer(&mut json, value).map_err(|error| Problem::defect(error.to_string()))?;
    // A terminal's prompt then begins on a new line.
    json.push(b'\n');
    Ok(json.into())
}

pub(crate) fn json(status: StatusCode, body: Bytes) -> Response {
    let mut response = body.into_response();
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, APPLICATION_JSON);
    response
}

/// The answer with a job's record, and with `Retry-After` until the job has ended.
pub(crate) fn record(api: &Api, status: StatusCode, job: &Job) -> Result<Response, Problem> {
    let count = count_record(api, job)?;
    let mut response = json(status, to_json(&JobBody::of(job, &count))?);
    if !job.state.is_final() {
        let seconds = for_job(job, api.deps.submit.clock.now());
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    Ok(response)
}

/// What the workload keeps in a job's record.
pub(crate) fn count_record(api: &Api, job: &Job) -> Result<CountRecord, Problem> {
    CountRecord::of(job).map_err(|fault| faulty(api, &fault))
}

/// An answer with the `ETag` of its bytes.
pub(crate) fn tagged(body: Bytes, answer: impl FnOnce(Bytes) -> Response) -> Response {
    let tag = crate::conditional::tag(&body);
    let mut response = answer(body);
    response.headers_mut().insert(ETAG, tag);
    response
}

pub(crate) fn faulty(api: &Api, fault: &Fault) -> Problem {
    Problem::of_fault(fault, for_refused(api.deps.submit.ids.chance()))
}

/// Parses the id in a path. Text that is not an id names no job.
pub(crate) fn job_id(text: &str) -> Result<JobId, Problem> {
    JobId::parse(text).ok_or_else(unknown_job)
}

pub(crate) fn unknown_job() -> Problem {
    let detail = "no job has this id; ids are hyphenated UUIDs, as in links.self of the submit's answer";
    Problem::new(ProblemKind::UnknownJob, detail)
}

pub(crate) fn expired_job() -> Problem {
    let detail =
        "the job was deleted, or kept for its retain_ms, and is gone; submit it again if you need it";
    Problem::new(ProblemKind::ExpiredJob, detail)
}
