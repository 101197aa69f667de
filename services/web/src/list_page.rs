//! The list of jobs, filtered by what is in the address.

use std::sync::Arc;

use axum::http::StatusCode;
use maud::{Markup, html};
use tally_jobs::record::Job;
use tally_kernel::{Cursor, Page};

use crate::filter_form::filter_form;
use crate::layout::{PageHead, Section, page as frame};
use crate::list_filter::{ListFilter, address_with};
use crate::page_error::PageError;
use crate::request_context::RequestContext;
use crate::router::PageDeps;
use crate::{job_table, shell_lines};

/// How many jobs a page has.
const LIMIT: usize = 50;
/// How often the first page asks for its next version.
const POLL_MS: u32 = 2_000;

/// The page, and its status: 422 when a filter is none.
pub(crate) async fn page(
    deps: &Arc<PageDeps>,
    context: &RequestContext,
) -> Result<(StatusCode, Markup), PageError> {
    let filter = ListFilter::of(context);
    let is_good = filter.errors.is_empty();
    let cursor = context.get("cursor");
    let page = Page { limit: LIMIT, cursor: cursor.map(Cursor::new) };
    let (jobs, next) = if is_good {
        let slice = deps.query.catalogue.list(&filter.query, &page).await?;
        (slice.items, slice.next)
    } else {
        (Vec::new(), None)
    };
    let head = PageHead {
        title: "Jobs",
        section: Some(Section::Jobs),
        live_ms: (is_good && cursor.is_none()).then_some(POLL_MS),
        reloads: false,
    };
    let content = html! {
        div.wide {
            h1 { "Jobs" }
            (filter_form(context))
            @if is_good { (list(&jobs, next.as_ref(), context)?) } @else { (refused(&filter.errors)) }
            (shell_lines::shell_lines(&["tally list".to_owned(), format!("curl -s '{}/jobs'", context.base)]))
        }
    };
    let status = if is_good { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok((status, frame(&head, &content)))
}

fn list(jobs: &[Job], next: Option<&Cursor>, context: &RequestContext) -> Result<Markup, PageError> {
    let is_later = context.get("cursor").is_some();
    Ok(html! {
        div #jobs data-fragment {
            @if jobs.is_empty() { (empty(context)) } @else { (job_table::table(jobs, context)?) }
            nav.pages aria-label="Pages of the list" {
                @if is_later { a.button.quiet href=(address_with(context, "cursor", None)) { "← Newest" } }
                @if let Some(next) = next {
                    a.button.quiet rel="next" href=(address_with(context, "cursor", Some(next.as_str()))) { "Older →" }
                }
            }
        }
    })
}

fn refused(errors: &[String]) -> Markup {
    html! { div.notice role="alert" { p { "This filter cannot be used:" } ul.plain { @for error in errors { li { (error) } } } } }
}

fn empty(context: &RequestContext) -> Markup {
    html! {
        div.empty {
            @if context.pairs().is_empty() {
                h2 { "No jobs yet" }
                p { a href="/" { "Count a text" } ", or submit one from a shell:" }
                pre { code { "curl -s '" (context.base) "/jobs?wait=5s' -d 'hello brave new world'" } }
            } @else {
                h2 { "No job matches" }
                p { a href="/ui/jobs" { "Show all jobs" } }
            }
        }
    }
}
