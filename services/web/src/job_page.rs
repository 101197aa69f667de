//! The page of a job: its result, its way so far, and what can be done with it.

use std::sync::Arc;

use maud::{Markup, html};
use tally_extract::Region;
use tally_jobs::id::JobId;
use tally_jobs::ports::Lookup;
use tally_jobs::record::Job;
use tally_jobs::state::JobState;
use tally_kernel::OwnerId;
use tally_wordcount::CountRecord;
use tally_wordcount::report::Report;

use crate::layout::{PageHead, Section, page as frame};
use crate::page_error::PageError;
use crate::request_context::RequestContext;
use crate::router::PageDeps;
use crate::text_format::moment;
use crate::{bridge_view, job_table, result_view, shell_lines, source_label, timeline_view};

/// How often the page of an open job asks for its next version.
const POLL_MS: u32 = 1_000;

/// The page.
pub(crate) async fn page(
    deps: &Arc<PageDeps>,
    context: &RequestContext,
    id: &str,
) -> Result<Markup, PageError> {
    let id = JobId::parse(id).ok_or(PageError::UnknownJob)?;
    let job = match deps.query.catalogue.find(&OwnerId::LOCAL, id).await? {
        Lookup::Found(job) => job,
        Lookup::Gone => return Err(PageError::GoneJob),
        Lookup::Unknown => return Err(PageError::UnknownJob),
    };
    Ok(render(&job, &CountRecord::of(&job)?, context))
}

fn render(job: &Job, count: &CountRecord, context: &RequestContext) -> Markup {
    let label = source_label::source_label(count);
    let is_open = !job.state.is_final();
    let title = if is_open { format!("{}: {label}", job.state.as_str()) } else { label };
    let head = PageHead {
        title: &title,
        section: Some(Section::Jobs),
        live_ms: is_open.then_some(POLL_MS),
        reloads: is_open,
    };
    frame(
        &head,
        &html! {
            div.wide {
                (intro(job, count, context))
                @match &count.report {
                    Some(report) => (result(count, report, context)),
                    None => (without_result(job, context)),
                }
                div.columns {
                    @if let Some(report) = &count.report { (cards(count, report, context)) }
                    (timeline_view::timeline(job, context.now))
                    (timeline_view::details(job, count))
                }
                (shell_lines::of_job(job, count, &context.base))
            }
        },
    )
}

fn intro(job: &Job, count: &CountRecord, context: &RequestContext) -> Markup {
    let title = count.report.as_ref().and_then(|report| report.document.title.as_deref());
    html! {
        header.intro {
            p.eyebrow {
                (job_table::state(job.state)) " " (source_label::source_kind(count)) ", accepted " (moment(job.created_at, context.now))
            }
            h1 dir="auto" { (source_label::source_label(count)) }
            @if let Some(title) = title { p.lead dir="auto" { (title) } }
            (actions(job))
        }
    }
}

fn actions(job: &Job) -> Markup {
    let succeeded = job.state == JobState::Succeeded;
    let form = |verb: &str, text: &str, class: &str| {
        html! { form method="post" action={ "/jobs/" (job.id) "/" (verb) } { button class=(class) type="submit" { (text) } } }
    };
    html! {
        div.actions {
            @match job.state {
                JobState::Queued | JobState::Running => (form("cancel", "Cancel", "quiet")),
                JobState::Failed | JobState::Cancelled => (form("retry", "Retry", "")),
                JobState::Succeeded => {}
            }
            @if succeeded {
                a.button.quiet href={ "/jobs/" (job.id) "/words?format=csv" } download { "Words as CSV" }
            }
            a.button.quiet href={ "/jobs/" (job.id) } download={ "tally-" (job.id) ".json" } { "Record as JSON" }
            @if job.state != JobState::Running { (form("delete", "Delete", "quiet danger")) }
        }
    }
}

/// The report over the regions that the address names, or over the job's own.
fn over_chosen(count: &CountRecord, own: &Report, context: &RequestContext) -> Report {
    let chosen = chosen_regions(context);
    if chosen.is_empty() { own.clone() } else { own.over(&chosen, count.options.regions.as_deref()) }
}

fn chosen_regions(context: &RequestContext) -> Vec<Region> {
    context.all("regions").filter_map(|name| name.parse().ok()).collect()
}

fn result(count: &CountRecord, own: &Report, context: &RequestContext) -> Markup {
    let report = over_chosen(count, own, context);
    html! {
        (result_view::headline(&report))
        (result_view::warnings(&report))
        (bridge_view::bridge(&report, context))
    }
}

fn cards(count: &CountRecord, own: &Report, context: &RequestContext) -> Markup {
    let report = over_chosen(count, own, context);
    let chosen = chosen_regions(context);
    let own_regions = count.options.regions.as_deref();
    let is_own = |region: Region| own_regions.map_or(region.is_default(), |own| own.contains(&region));
    let counting = |region: Region| if chosen.is_empty() { is_own(region) } else { chosen.contains(&region) };
    html! {
        (result_view::definitions(&report))
        (result_view::regions(&report, counting, context))
        (result_view::words("Most frequent words", &own.top_words))
        (result_view::words("Key words", &own.keywords))
    }
}

fn without_result(job: &Job, context: &RequestContext) -> Markup {
    html! {
        section.card.wait #outcome aria-live="polite" {
            @match (&job.failure, job.state) {
                (Some(failure), JobState::Failed) => {
                    h2 { (failure.title) }
                    p { (failure.detail) }
                    p { a href={ "/problems/" (failure.name) } { "What this means, and what to do" } }
                }
                (_, JobState::Cancelled) => { h2 { "Cancelled" } p.soft { "Retry runs it again, as the same job." } }
                (Some(failure), _) => {
                    h2 { "Trying again " (moment(job.due_at, context.now)) }
                    p { (failure.title) ": " (failure.detail) }
                }
                (None, JobState::Running) => { h2 { "Counting…" } p.soft { "This page shows the result as soon as it is there." } progress {} }
                _ => { h2 { "Waiting for a worker" } p.soft { "The job is stored safely. This page shows the result as soon as it is there." } progress {} }
            }
        }
    }
}
