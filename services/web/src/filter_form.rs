//! The form above a list of jobs.

use maud::{Markup, html};
use tally_jobs::state::JobState;

use crate::list_filter::address_with;
use crate::request_context::RequestContext;

/// The states as links, and fields for the rest.
pub(crate) fn filter_form(context: &RequestContext) -> Markup {
    let chosen = context.get("state");
    html! {
        nav.tabs aria-label="State" {
            a href=(address_with(context, "state", None)) aria-current=[chosen.is_none().then_some("true")] { "all" }
            @for state in JobState::ALL.map(JobState::as_str) {
                a href=(address_with(context, "state", Some(state))) aria-current=[(chosen == Some(state)).then_some("true")] { (state) }
            }
        }
        form.filter method="get" action="/ui/jobs" role="search" {
            @if let Some(state) = chosen { input type="hidden" name="state" value=(state); }
            (field("q", "Search", "id, address or name", context))
            (field("label", "Label", "team:docs", context))
            (field("host", "Host", "example.com", context))
            (field("since", "Since", "2026-01-31T12:00", context))
            (field("until", "Until", "2026-02-01T12:00", context))
            button type="submit" { "Filter" }
            @if !context.pairs().is_empty() { a.button.quiet href="/ui/jobs" { "Clear" } }
        }
    }
}

fn field(name: &str, title: &str, example: &str, context: &RequestContext) -> Markup {
    html! {
        label.field {
            span { (title) }
            input id={ "filter-" (name) } name=(name) value=[context.get(name)] placeholder=(example);
        }
    }
}
