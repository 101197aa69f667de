//! The latest failed jobs, grouped by type and host.

use std::collections::HashMap;
use std::sync::Arc;

use maud::{Markup, html};
use tally_jobs::ports::JobQuery;
use tally_jobs::record::Job;
use tally_jobs::state::JobState;
use tally_kernel::{OwnerId, Page};
use tally_wordcount::stored::input::HOST;
use url::form_urlencoded::byte_serialize;

use crate::layout::{PageHead, Section, page as frame};
use crate::page_error::PageError;
use crate::request_context::RequestContext;
use crate::router::PageDeps;
use crate::shell_lines;
use crate::text_format::{grouped, moment, plural};

/// How many failed jobs are grouped.
const READ: usize = 500;
const POLL_MS: u32 = 5_000;

/// Failed jobs of one type and host, the latest first.
struct ErrorGroup<'j> {
    name: &'j str,
    host: Option<&'j str>,
    jobs: Vec<&'j Job>,
}

/// The page.
pub(crate) async fn page(deps: &Arc<PageDeps>, context: &RequestContext) -> Result<Markup, PageError> {
    let query = JobQuery { owner: OwnerId::LOCAL, state: Some(JobState::Failed), ..JobQuery::default() };
    let failed = deps.query.catalogue.list(&query, &Page { limit: READ, cursor: None }).await?.items;
    let groups = grouped_by_cause(&failed);
    let head =
        PageHead { title: "Errors", section: Some(Section::Errors), live_ms: Some(POLL_MS), reloads: false };
    let content = html! {
        div.wide {
            h1 { "Errors" }
            div #errors data-fragment {
                @if groups.is_empty() { (empty()) } @else {
                    p.soft {
                        (grouped(failed.len() as i128)) @if failed.len() >= READ { " latest" } " failed "
                        (plural(failed.len() as u64, "job", "jobs")) ", by type and host"
                    }
                    ul.groups { @for group in &groups { (error_group(group, context)) } }
                }
            }
            (shell_lines::shell_lines(&["tally list --state failed".to_owned(), format!("curl -s '{}/jobs?state=failed'", context.base)]))
        }
    };
    Ok(frame(&head, &content))
}

fn grouped_by_cause(failed: &[Job]) -> Vec<ErrorGroup<'_>> {
    let mut groups: Vec<ErrorGroup<'_>> = Vec::new();
    let mut places: HashMap<(&str, Option<&str>), usize> = HashMap::new();
    for job in failed {
        let name = job.failure.as_ref().map_or("internal", |failure| &*failure.name);
        let host = job.attribute(HOST);
        let place = *places.entry((name, host)).or_insert_with(|| {
            groups.push(ErrorGroup { name, host, jobs: Vec::new() });
            groups.len() - 1
        });
        groups[place].jobs.push(job);
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.jobs.len()));
    groups
}

fn empty() -> Markup {
    html! { div.empty { h2 { "No job has failed" } p { "Failed jobs are shown here by type and host, with what to do about each type." } } }
}

fn error_group(group: &ErrorGroup<'_>, context: &RequestContext) -> Markup {
    let Some(latest) = group.jobs.first() else { return html! {} };
    let failure = latest.failure.as_ref();
    let host =
        group.host.map(|host| format!("&host={}", byte_serialize(host.as_bytes()).collect::<String>()));
    html! {
        li.card {
            p.figure { (grouped(group.jobs.len() as i128)) }
            div {
                h2 { (failure.map_or("Failed", |failure| &*failure.title)) @if let Some(host) = group.host { span.soft { " at " (host) } } }
                p { (failure.map_or("", |failure| failure.detail.as_str())) }
                p.fine {
                    "latest " a href={ "/ui/jobs/" (latest.id) } { (moment(latest.finished_at.unwrap_or(latest.created_at), context.now)) }
                    " · " a href={ "/ui/jobs?state=failed" (host.as_deref().unwrap_or_default()) } { "list" }
                    " · " a href={ "/problems/" (group.name) } { "what to do" }
                }
            }
        }
    }
}
