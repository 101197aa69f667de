//! What happened to a job, attempt by attempt, and what it was submitted with.

use maud::{Markup, html};
use tally_jobs::history::{AttemptEnd, AttemptRecord};
use tally_jobs::record::Job;
use tally_jobs::state::JobState;
use tally_kernel::Timestamp;
use tally_wordcount::CountRecord;

use crate::source_label::source_label;
use crate::text_format::{moment, size, span};

/// The steps of a job so far.
pub(crate) fn timeline(job: &Job, now: Timestamp) -> Markup {
    html! {
        section.card aria-labelledby="timeline-title" {
            h2 #timeline-title { "Timeline" }
            ol.timeline {
                li { strong { "Accepted" } (moment(job.created_at, now)) }
                @for one in job.history.attempts() { (attempt(one, job, now)) }
                @if job.state == JobState::Queued { li.open { strong { "Due" } (moment(job.due_at, now)) } }
                @if let Some(at) = job.finished_at {
                    li class=(job.state.as_str()) { strong { (ended(job.state)) } (moment(at, now)) small { "after " (span(at.since(job.created_at))) } }
                }
                @if let Some(at) = job.expires_at() { li.open { strong { "Kept until" } (moment(at, now)) } }
            }
        }
    }
}

const fn ended(state: JobState) -> &'static str {
    match state {
        JobState::Succeeded => "Succeeded",
        JobState::Failed => "Failed",
        _ => "Cancelled",
    }
}

fn attempt(one: &AttemptRecord, job: &Job, now: Timestamp) -> Markup {
    let is_last = job.history.attempts().last() == Some(one);
    let detail = job.failure.as_ref().filter(|_| is_last).map(|failure| failure.detail.as_str());
    html! {
        li {
            strong { "Started" } (moment(one.started_at, now))
            small { "by " (one.worker.0) }
            @match &one.ended {
                None => small { "still running" },
                Some((at, AttemptEnd::Failed(name))) => {
                    small { "failed after " (span(at.since(one.started_at))) ": " a href={ "/problems/" (name) } { (name) } }
                    @if let Some(detail) = detail { small.detail { (detail) } }
                }
                Some((at, AttemptEnd::Crashed)) => small { "its worker died, seen after " (span(at.since(one.started_at))) },
                Some((at, end)) => small { (end.as_str()) " after " (span(at.since(one.started_at))) },
            }
        }
    }
}

/// What it was submitted with, and what is known of the document.
pub(crate) fn details(job: &Job, count: &CountRecord) -> Markup {
    let document = count.report.as_ref().map(|report| &report.document);
    let regions = count
        .options
        .regions
        .as_ref()
        .map(|all| all.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(", "));
    let language = count.options.language.as_ref().map_or("auto", |tag| tag.as_str());
    html! {
        section.card aria-labelledby="details-title" {
            h2 #details-title { "Details" }
            dl.details {
                (detail("Id", &html! { code { (job.id) } }))
                (detail("Source", &html! { span dir="auto" { (source_label(count)) } }))
                @if let Some(document) = document {
                    @if let Some(url) = &document.final_url { (detail("Answered by", &html! { (url) })) }
                    (detail("Read as", &html! { (document.media_type) ", " (document.charset) " (" (document.charset_source) "), " (size(document.bytes)) }))
                }
                @if let Some(found) = count.report.as_ref().and_then(|report| report.language.as_ref()) {
                    (detail("Language", &html! { (found.tag) @if found.confidence < 1.0 { ", " (format!("{:.0} % sure", found.confidence * 100.0)) } }))
                }
                (detail("Options", &html! {
                    "definition " (count.options.definition.map_or("auto", |one| one.as_str())) ", regions " (regions.as_deref().unwrap_or("default"))
                    ", language " (language) ", priority " (job.options.priority.as_str())
                }))
                (detail("Attempts", &html! { (job.attempts) }))
                (detail("Deadline", &html! { (job.deadline_at()) }))
                @if !job.options.labels.is_empty() {
                    (detail("Labels", &html! { @for label in &job.options.labels {
                        a.label href={ "/ui/jobs?label=" (encoded(&format!("{}:{}", label.name, label.value))) } { (label.name) ": " (label.value) } " "
                    } }))
                }
            }
        }
    }
}

fn detail(title: &str, value: &Markup) -> Markup {
    html! { div { dt { (title) } dd { (value) } } }
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
