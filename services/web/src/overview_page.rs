//! What waits, what runs, what failed lately, and which workers are at it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use maud::{Markup, html};
use tally_jobs::ports::{Census, JobQuery};
use tally_jobs::record::Job;
use tally_jobs::state::JobState;
use tally_kernel::{OwnerId, Page, Timestamp};

use crate::layout::{PageHead, Section, page as frame};
use crate::page_error::PageError;
use crate::request_context::RequestContext;
use crate::router::PageDeps;
use crate::text_format::{grouped, moment, span};
use crate::{job_table, shell_lines};

/// The span that "lately" means.
const LATELY: Duration = Duration::from_secs(3_600);
/// How many jobs of that span are read; above it the page says "or more".
const READ: usize = 200;
/// How many rows a table has.
const ROWS: usize = 8;
const POLL_MS: u32 = 2_000;

/// The page.
pub(crate) async fn page(deps: &Arc<PageDeps>, context: &RequestContext) -> Result<Markup, PageError> {
    let census = deps.query.catalogue.census().await?;
    let since = context.now.before(LATELY);
    let lately = list(deps, None, since, READ).await?;
    let failed = list(deps, Some(JobState::Failed), since, READ).await?;
    let running = list(deps, Some(JobState::Running), Timestamp::from_ms(0), ROWS).await?;
    let head = PageHead {
        title: "Overview",
        section: Some(Section::Overview),
        live_ms: Some(POLL_MS),
        reloads: false,
    };
    let content = html! {
        div.wide {
            h1 { "Overview" }
            div #numbers data-fragment { (numbers(&census, &lately, &failed, context)) }
            div #running data-fragment { @if !running.is_empty() { h2 { "Running now" } (job_table::table(&running, context)?) } }
            div.columns {
                div #failures data-fragment { (failures(&failed, context)?) }
                div #workers data-fragment { (workers(&lately, context.now)) }
            }
            (shell_lines::shell_lines(&["tally doctor".to_owned(), format!("curl -s {}/metrics", context.base)]))
        }
    };
    Ok(frame(&head, &content))
}

async fn list(
    deps: &PageDeps,
    state: Option<JobState>,
    since: Timestamp,
    limit: usize,
) -> Result<Vec<Job>, PageError> {
    let query = JobQuery { owner: OwnerId::LOCAL, state, since: Some(since), ..JobQuery::default() };
    Ok(deps.query.catalogue.list(&query, &Page { limit, cursor: None }).await?.items)
}

fn numbers(census: &Census, lately: &[Job], failed: &[Job], context: &RequestContext) -> Markup {
    let succeeded = lately.iter().filter(|job| job.state == JobState::Succeeded).count();
    let wait = census.oldest_due_at.map(|due| context.now.since(due)).filter(|wait| wait.as_secs() > 0);
    html! {
        ul.figures {
            (figure("Queued", &grouped(census.queued), "/ui/jobs?state=queued", wait.map(|wait| format!("the oldest waits for {}", span(wait)))))
            (figure("Running", &grouped(census.running), "/ui/jobs?state=running", None))
            (figure("Succeeded, last hour", &at_least(succeeded, lately.len()), "/ui/jobs?state=succeeded", None))
            (figure("Failed, last hour", &at_least(failed.len(), failed.len()), "/ui/errors", None))
        }
    }
}

/// A number of the jobs that were read; more may exist when the bound was reached.
fn at_least(counted: usize, read: usize) -> String {
    let number = grouped(counted as i128);
    if read >= READ { format!("{number}+") } else { number }
}

fn figure(title: &str, value: &str, path: &str, detail: Option<String>) -> Markup {
    html! { li { a href=(path) { span { (title) } strong { (value) } @if let Some(detail) = detail { small { (detail) } } } } }
}

fn failures(failed: &[Job], context: &RequestContext) -> Result<Markup, PageError> {
    Ok(html! {
        h2 { "Failed lately" }
        @if failed.is_empty() { p.soft { "No job failed in the last hour." } } @else {
            (job_table::table(&failed[..failed.len().min(ROWS)], context)?)
            p { a href="/ui/errors" { "All errors, grouped" } }
        }
    })
}

struct SeenWorker {
    attempts: usize,
    last: Timestamp,
}

/// The workers that attempts of the last hour name.
fn workers(lately: &[Job], now: Timestamp) -> Markup {
    let mut seen: BTreeMap<&str, SeenWorker> = BTreeMap::new();
    for attempt in lately.iter().flat_map(|job| job.history.attempts()) {
        let last = attempt.ended.as_ref().map_or(attempt.started_at, |(at, _)| *at);
        let worker = seen.entry(&*attempt.worker.0).or_insert(SeenWorker { attempts: 0, last });
        worker.attempts += 1;
        worker.last = worker.last.max(last);
    }
    html! {
        h2 { "Workers" }
        @if seen.is_empty() { p.soft { "No worker ran a job in the last hour." } } @else {
            table {
                thead { tr { th scope="col" { "Worker" } th.figure scope="col" { "Attempts, last hour" } th scope="col" { "Last seen" } } }
                tbody { @for (name, worker) in &seen {
                    tr { td { (name) } td.figure { (at_least(worker.attempts, lately.len())) } td.when { (moment(worker.last, now)) } }
                } }
            }
        }
    }
}
