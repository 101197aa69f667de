//! `POST /jobs`.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header::{HeaderName, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use tally_jobs::id::JobId;
use tally_jobs::notifier::CompletionWaiter;
use tally_jobs::ports::Lookup;
use tally_jobs::record::Job;
use tally_jobs::submit::{Accepted, SubmitError};
use tally_kernel::{FaultKind, OwnerId};

use super::{faulty, record};
use crate::deps::Api;
use crate::intake;
use crate::pages::{is_browser, to_job};
use crate::prefer::LongPoll;
use crate::problem::{Problem, ProblemKind};

const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");
const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// How long a form waits for the end of its job, so that most counts need one page.
const BROWSER_WAIT: Duration = Duration::from_secs(5);

/// Takes a job in.
pub(crate) async fn submit(State(api): State<Arc<Api>>, request: Request) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let intake = intake::parse(&api, &head, body).await?;
    let is_browser = is_browser(&api, &head.headers);
    let option = intake.wait.or(is_browser.then_some(BROWSER_WAIT));
    let wait = LongPoll::of(&head.headers, option, api.options.longest_wait);
    let slot = wait.and_then(|wait| Some((wait, api.waits.try_acquire().ok()?)));
    let id = api.deps.submit.id_for(&OwnerId::LOCAL, intake.request.binding.as_ref());
    let id = id.map_err(|fault| faulty(&api, &fault))?;
    let waiter = slot.as_ref().map(|_| api.deps.query.notifier.wait_for(id));
    let accepted = run(&api, id, intake).await?;
    let (job, replayed) = match accepted {
        Accepted::New(job) => (job, false),
        Accepted::Replay(job) => (job, true),
    };
    let Some(((wait, _slot), waiter)) = slot.zip(waiter) else {
        return if is_browser { Ok(to_job(job.id)) } else { answer(&api, &job, replayed, None) };
    };
    // A key whose job was removed gives another id than the one that is waited for.
    let is_waited_for = !replayed && job.id == id;
    let ended = Box::pin(ended(&api, waiter, &job, is_waited_for, wait)).await;
    if is_browser {
        return Ok(to_job(job.id));
    }
    answer(&api, ended.as_deref().unwrap_or(&job), replayed, Some(wait))
}

/// Runs the use case in a task of its own: a client that leaves stops nothing half way.
async fn run(api: &Arc<Api>, id: JobId, intake: intake::Intake) -> Result<Accepted, Problem> {
    let intake::Intake { request, wait: _, orphan, reservation } = intake;
    let new = request.into_new_job(id, OwnerId::LOCAL, api.deps.submit.clock.now());
    let shared = Arc::clone(api);
    // Boxed, both ways: the runtime moves a task and its outcome about several times, and these are large.
    let running = api.deps.tasks.spawn(Box::pin(async move {
        let accepted = shared.deps.submit.run(new).await;
        if let Some(orphan) = orphan.filter(|_| may_own(&accepted)) {
            orphan.adopted();
        }
        drop(reservation);
        accepted.map(Box::new)
    }));
    match running.await {
        Ok(Ok(accepted)) => Ok(*accepted),
        Ok(Err(SubmitError::KeyReused)) => Err(key_reused()),
        Ok(Err(SubmitError::Store(fault))) => Err(faulty(api, &fault)),
        Err(died) => Err(Problem::defect(format!("the submit's task died: {died}"))),
    }
}

/// Whether a job owns the body that came with it, for all we know.
fn may_own(accepted: &Result<Accepted, SubmitError>) -> bool {
    match accepted {
        Ok(Accepted::New(_)) => true,
        Ok(Accepted::Replay(_)) | Err(SubmitError::KeyReused) => false,
        Err(SubmitError::Store(fault)) => matches!(fault.kind, FaultKind::Unknown | FaultKind::Corrupt),
    }
}

/// The job at its end, if that comes while the client waits. A fault here is not the client's: its job is durable.
async fn ended(
    api: &Api,
    waiter: CompletionWaiter,
    job: &Job,
    is_waited_for: bool,
    wait: LongPoll,
) -> Option<Arc<Job>> {
    if job.state.is_final() {
        return None;
    }
    let query = &api.deps.query;
    let waiting = async {
        match is_waited_for {
            true => query.wait_for_new(waiter, &OwnerId::LOCAL, job.id, wait.time_limit).await,
            false => query.wait(&OwnerId::LOCAL, job.id, wait.time_limit).await,
        }
    };
    let found = tokio::select! {
        found = waiting => found,
        () = api.deps.draining.cancelled() => return None,
    };
    match found {
        Ok(Lookup::Found(job)) => Some(job),
        _ => None,
    }
}

fn answer(api: &Api, job: &Job, replayed: bool, wait: Option<LongPoll>) -> Result<Response, Problem> {
    let status = if job.state.is_final() { StatusCode::OK } else { StatusCode::ACCEPTED };
    let mut response = record(api, status, job)?;
    let headers = response.headers_mut();
    put_location(headers, job.id);
    if replayed {
        headers.insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
    }
    applied(headers, wait);
    Ok(response)
}

/// Says that the wait was granted, when it was asked for by preference.
pub(super) fn applied(headers: &mut HeaderMap, wait: Option<LongPoll>) {
    if let Some(applied) = wait.and_then(LongPoll::applied) {
        headers.insert(PREFERENCE_APPLIED, applied);
    }
}

fn put_location(headers: &mut HeaderMap, id: JobId) {
    let mut text = *b"/jobs/000000000000000000000000000000000000";
    id.uuid().as_hyphenated().encode_lower(&mut text[6..]);
    headers.insert(LOCATION, HeaderValue::from_bytes(&text).expect("a path of visible ASCII"));
}

fn key_reused() -> Problem {
    let detail = "this Idempotency-Key was used for a request with another source, content or options; use a fresh \
                  key for a new request, or repeat the first one unchanged";
    Problem::new(ProblemKind::KeyReused, detail)
}
