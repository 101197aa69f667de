//! Jobs as rows: what, in which state, how many words, when.

use maud::{Markup, html};
use tally_jobs::record::Job;
use tally_jobs::state::JobState;
use tally_kernel::Fault;
use tally_wordcount::CountRecord;

use crate::request_context::RequestContext;
use crate::source_label::{source_kind, source_label};
use crate::text_format::{grouped, moment, span};

/// A table of jobs.
pub(crate) fn table(jobs: &[Job], context: &RequestContext) -> Result<Markup, Fault> {
    let counts = jobs.iter().map(CountRecord::of).collect::<Result<Vec<_>, _>>()?;
    Ok(html! {
        table.jobs {
            thead { tr {
                th scope="col" { "Job" } th scope="col" { "State" } th.figure scope="col" { "Words" }
                th.figure scope="col" { "Took" } th scope="col" { "Accepted" }
            } }
            tbody { @for (job, count) in jobs.iter().zip(&counts) { (row(job, count, context)) } }
        }
    })
}

fn row(job: &Job, count: &CountRecord, context: &RequestContext) -> Markup {
    let words = count.report.as_ref().map(|report| report.numbers.words_by(report.definition));
    let took = job.finished_at.zip(job.started_at).map(|(end, start)| span(end.since(start)));
    html! {
        tr data-row {
            td.job {
                a #{ "job-" (job.id) } href={ "/ui/jobs/" (job.id) } dir="auto" { (source_label(count)) }
                small {
                    (source_kind(count))
                    @for label in &job.options.labels { " " span.label { (label.name) ": " (label.value) } }
                    @if let Some(failure) = &job.failure { " · " (failure.title) }
                }
            }
            td { (state(job.state)) }
            td.figure { @if let Some(words) = words { (grouped(words)) } @else { span.none { "–" } } }
            td.figure.took { @if let Some(took) = took { (took) } @else { span.none { "–" } } }
            td.when { (moment(job.created_at, context.now)) }
        }
    }
}

/// A state as a badge.
pub(crate) fn state(state: JobState) -> Markup {
    html! { span class={ "state " (state.as_str()) } { (state.as_str()) } }
}
