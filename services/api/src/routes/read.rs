//! `GET /jobs/{id}`.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use tally_extract::Region;
use tally_jobs::id::JobId;
use tally_jobs::ports::Lookup;
use tally_jobs::record::Job;
use tally_kernel::OwnerId;
use tally_wordcount::CountRecord;
use tally_wordcount::options::{REGIONS, regions};

use super::submit::applied;
use super::{count_record, expired_job, faulty, job_id, json, tagged, to_json, unknown_job};
use crate::deps::Api;
use crate::dto::JobBody;
use crate::params::Params;
use crate::prefer::{LongPoll, WAIT_FORMS, parse_wait};
use crate::problem::Problem;
use crate::retry_after::for_job;

/// Answers with a job, at once or when it has ended.
pub(crate) async fn read(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    uri: Uri,
    request: Request,
) -> Result<Response, Problem> {
    let (wait, regions) = wanted(&api, request.headers(), &uri)?;
    let id = job_id(&id)?;
    let slot = wait.and_then(|wait| Some((wait, api.waits.try_acquire().ok()?)));
    let job = match &slot {
        Some((wait, _slot)) => long_poll(&api, id, *wait).await?,
        None => Arc::new(find(&api, id).await?),
    };
    let mut count = count_record(&api, &job)?;
    if let Some(chosen) = regions {
        count = over(count, chosen);
    }
    let mut response = tagged(to_json(&JobBody::of(&job, &count))?, |body| json(StatusCode::OK, body));
    let headers = response.headers_mut();
    if !job.state.is_final() {
        headers.insert(RETRY_AFTER, for_job(&job, api.deps.submit.clock.now()).into());
    }
    applied(headers, slot.map(|(wait, _)| wait));
    Ok(response)
}

type ReadParams = (Option<LongPoll>, Option<Vec<Region>>);

fn wanted(api: &Api, headers: &HeaderMap, uri: &Uri) -> Result<ReadParams, Problem> {
    let mut params = Params::of(uri.query(), &["wait", "regions"], &[])?;
    let option = params.read("wait", || WAIT_FORMS.to_owned(), parse_wait);
    let regions = params.read("regions", || REGIONS.wanted(), |names| regions(&names.into()));
    params.finish()?;
    Ok((LongPoll::of(headers, option, api.options.longest_wait), regions))
}

/// The record as if the job had been submitted with these regions, as far as it has their counts.
fn over(mut record: CountRecord, chosen: Vec<Region>) -> CountRecord {
    let own = record.options.regions.as_deref();
    record.report = record.report.map(|report| report.over(&chosen, own));
    record.options.regions = Some(chosen);
    record
}

async fn long_poll(api: &Api, id: JobId, wait: LongPoll) -> Result<Arc<Job>, Problem> {
    let found = tokio::select! {
        found = api.deps.query.wait(&OwnerId::LOCAL, id, wait.time_limit) => found,
        () = api.deps.draining.cancelled() => return find(api, id).await.map(Arc::new),
    };
    here(found.map_err(|fault| faulty(api, &fault))?)
}

async fn find(api: &Api, id: JobId) -> Result<Job, Problem> {
    here(api.deps.query.catalogue.find(&OwnerId::LOCAL, id).await.map_err(|fault| faulty(api, &fault))?)
}

/// The found value, or the problem of its absence.
pub(super) fn here<T>(found: Lookup<T>) -> Result<T, Problem> {
    match found {
        Lookup::Found(found) => Ok(found),
        Lookup::Gone => Err(expired_job()),
        Lookup::Unknown => Err(unknown_job()),
    }
}
