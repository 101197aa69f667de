//! A job's record on the wire.

use std::fmt;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use tally_jobs::failure::{Failure, FailureType};
use tally_jobs::id::JobId;
use tally_jobs::options::{JobOptions, Label};
use tally_jobs::record::Job;
use tally_jobs::state::JobState;
use tally_wordcount::failure::types;
use tally_wordcount::{CountOptions, CountRecord, Source};
use utoipa::ToSchema;
use utoipa::openapi::Ref;

use super::moment::{Moment, shown};
use super::result::ResultBody;

#[derive(Serialize, ToSchema)]
#[schema(as = Job)]
pub(crate) struct JobBody<'a> {
    /// Its id: a UUID, of version 7 (they sort by time), or 8 when it was derived from an idempotency key.
    #[serde(serialize_with = "shown")]
    #[schema(value_type = String, format = "uuid")]
    id: JobId,
    /// Where it stands.
    #[schema(value_type = StateName)]
    state: &'static str,
    /// What was handed in, and what is known of it.
    source: SourceBody<'a>,
    /// When it was accepted.
    #[schema(value_type = String, format = "date-time")]
    created_at: Moment,
    /// When its first attempt began.
    #[schema(value_type = Option<String>, format = "date-time", required = true)]
    started_at: Option<Moment>,
    /// When it ended.
    #[schema(value_type = Option<String>, format = "date-time", required = true)]
    finished_at: Option<Moment>,
    /// When it must have ended; then it fails.
    #[schema(value_type = String, format = "date-time")]
    deadline_at: Moment,
    /// Until when it is kept; null until it has ended.
    #[schema(value_type = Option<String>, format = "date-time", required = true)]
    expires_at: Option<Moment>,
    /// How often it was begun.
    attempts: u32,
    /// Its line.
    #[schema(value_type = PriorityName)]
    priority: &'static str,
    /// Marks of the client's own.
    #[serde(serialize_with = "labels")]
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    labels: &'a [Label],
    /// What was asked.
    #[schema(schema_with = options_schema)]
    options: OptionsBody<'a>,
    /// What was counted, when it succeeded.
    #[schema(required = true)]
    result: Option<ResultBody<'a>>,
    /// Why it failed, when it failed.
    #[schema(required = true)]
    error: Option<ErrorBody<'a>>,
    /// While it is tried again: why the last attempt failed, and when the next begins.
    #[schema(required = true)]
    retrying: Option<RetryingBody<'a>>,
    /// Where to go on.
    links: LinksBody,
}

#[derive(ToSchema)]
#[schema(as = State, rename_all = "snake_case")]
#[expect(dead_code, reason = "the names of the wire, for the schema")]
pub(crate) enum StateName {
    Queued,
    Running,
    Succeeded,
    Failed,
    Cancelled,
}

/// The lines that jobs wait in.
#[derive(ToSchema)]
#[schema(as = Priority, rename_all = "snake_case")]
#[expect(dead_code, reason = "the names of the wire, for the schema")]
pub(crate) enum PriorityName {
    High,
    Normal,
    Low,
}

/// What was handed in; after the count also what it was read as.
#[derive(Serialize, ToSchema)]
#[schema(as = Source)]
pub(crate) struct SourceBody<'a> {
    /// `url`, `text` or `file`.
    #[schema(value_type = SourceKind)]
    kind: &'static str,
    /// The address, for a `url`.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    /// The address that answered in the end, after redirects.
    #[serde(skip_serializing_if = "Option::is_none")]
    final_url: Option<&'a str>,
    /// The name, for a `file` that has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    /// The document's size in bytes; unknown until an address was fetched.
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    /// The type that it was read as, or before that the one that the client declared.
    #[serde(skip_serializing_if = "Option::is_none")]
    media_type: Option<&'a str>,
    /// The charset that it was read in.
    #[serde(skip_serializing_if = "Option::is_none")]
    charset: Option<&'a str>,
    /// What decided the charset: `bom`, `header`, `document`, `detected` or `default`.
    #[serde(skip_serializing_if = "Option::is_none")]
    charset_source: Option<&'a str>,
    /// The document's title, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "the names of the wire, for the schema")]
pub(crate) enum SourceKind {
    Url,
    Text,
    File,
}

/// The options in force, as the tables of options have them.
pub(crate) struct OptionsBody<'a> {
    job: &'a JobOptions,
    count: &'a CountOptions,
}

/// Options of the engine that are members of the job itself.
pub(crate) const JOB_MEMBERS: [&str; 2] = ["priority", "labels"];

/// Why a job failed.
#[derive(Serialize, ToSchema)]
#[schema(as = JobError)]
pub(crate) struct ErrorBody<'a> {
    /// A problem type: `/problems/unreachable`.
    #[serde(rename = "type", serialize_with = "shown")]
    #[schema(value_type = String)]
    type_: ProblemPath<'a>,
    title: &'a str,
    /// What was wrong with this document or address, and what to do.
    detail: &'a str,
    /// Whether the same job may succeed later without anybody changing anything.
    retryable: bool,
}

/// A failure that may pass.
#[derive(Serialize, ToSchema)]
#[schema(as = Retrying)]
pub(crate) struct RetryingBody<'a> {
    /// When the next attempt begins; null while it runs.
    #[schema(value_type = Option<String>, format = "date-time", required = true)]
    next_attempt_at: Option<Moment>,
    /// Why the last one failed.
    error: ErrorBody<'a>,
}

/// Paths on this server.
#[derive(Serialize, ToSchema)]
#[schema(as = Links)]
pub(crate) struct LinksBody {
    /// The job itself.
    #[serde(rename = "self", serialize_with = "shown")]
    #[schema(value_type = String)]
    self_: JobLink,
    /// Every word with its count, once it has succeeded.
    #[serde(serialize_with = "shown")]
    #[schema(value_type = String)]
    words: JobLink,
}

/// A path below a job's own.
pub(crate) struct JobLink(pub(crate) JobId, pub(crate) &'static str);

impl fmt::Display for JobLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/jobs/{}{}", self.0, self.1)
    }
}

/// The path of a failure's problem type.
struct ProblemPath<'a>(&'a str);

impl fmt::Display for ProblemPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/problems/{}", self.0)
    }
}

impl<'a> JobBody<'a> {
    /// The body of a job with what its record says of the count.
    pub(crate) fn of(job: &'a Job, count: &'a CountRecord) -> Self {
        Self {
            id: job.id,
            state: job.state.as_str(),
            source: SourceBody::from(count),
            created_at: Moment(job.created_at),
            started_at: job.started_at.map(Moment),
            finished_at: job.finished_at.map(Moment),
            deadline_at: Moment(job.deadline_at()),
            expires_at: job.expires_at().map(Moment),
            attempts: job.attempts,
            priority: job.options.priority.as_str(),
            labels: &job.options.labels,
            options: OptionsBody { job: &job.options, count: &count.options },
            result: count.report.as_ref().map(ResultBody::from),
            error: job.failure.as_ref().filter(|_| job.state == JobState::Failed).map(ErrorBody::from),
            retrying: RetryingBody::of(job),
            links: LinksBody { self_: JobLink(job.id, ""), words: JobLink(job.id, "/words") },
        }
    }
}

impl<'a> From<&'a CountRecord> for SourceBody<'a> {
    fn from(count: &'a CountRecord) -> Self {
        let document = count.report.as_ref().map(|report| &report.document);
        let (kind, url, name, declared) = match &count.source {
            Source::Url(url) => ("url", Some(url.as_str()), None, None),
            Source::Text { .. } => ("text", None, None, Some("text/plain")),
            Source::File { name, content_type, .. } => {
                ("file", None, name.as_deref(), content_type.as_deref())
            }
        };
        Self {
            kind,
            url,
            final_url: document.and_then(|document| document.final_url.as_deref()),
            name,
            bytes: document.map(|document| document.bytes).or((kind != "url").then(|| count.source.bytes())),
            media_type: document.map(|document| &*document.media_type).or(declared),
            charset: document.map(|document| &*document.charset),
            charset_source: document.map(|document| &*document.charset_source),
            title: document.and_then(|document| document.title.as_deref()),
        }
    }
}

impl Serialize for OptionsBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for row in CountOptions::TABLE {
            map.serialize_entry(row.name, &(row.get)(self.count))?;
        }
        for row in JobOptions::TABLE.iter().filter(|row| !JOB_MEMBERS.contains(&row.name)) {
            map.serialize_entry(row.name, &(row.get)(self.job))?;
        }
        map.end()
    }
}

fn options_schema() -> Ref {
    Ref::from_schema_name("Options")
}

impl<'a> From<&'a Failure> for ErrorBody<'a> {
    fn from(failure: &'a Failure) -> Self {
        let (title, retryable) = title_and_retryable(failure);
        Self { type_: ProblemPath(&failure.name), title, detail: &failure.detail, retryable }
    }
}

/// The failure's own; in a record that an older version wrote, those of its type.
fn title_and_retryable(failure: &Failure) -> (&str, bool) {
    let is_old = failure.title.is_empty();
    let registered = is_old.then(|| types().find(|of| failure.is(*of))).flatten();
    registered.map_or((&failure.title, failure.retryable), |FailureType { title, retryable, .. }| {
        (title, retryable)
    })
}

impl<'a> RetryingBody<'a> {
    fn of(job: &'a Job) -> Option<Self> {
        let failure = job.failure.as_ref().filter(|_| !job.state.is_final())?;
        let next_attempt_at = (job.state == JobState::Queued).then_some(Moment(job.due_at));
        Some(Self { next_attempt_at, error: failure.into() })
    }
}

fn labels<S: Serializer>(labels: &&[Label], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(labels.len()))?;
    for label in *labels {
        map.serialize_entry(&label.name, &label.value)?;
    }
    map.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_keep_the_names_and_titles_of_their_types() {
        for of in types() {
            let new = Failure::new(of, "a detail");
            let old = Failure { title: "".into(), retryable: !of.retryable, ..new.clone() };
            let json = serde_json::json!({
                "type": format!("/problems/{}", of.name), "title": of.title, "detail": "a detail",
                "retryable": of.retryable
            });
            for failure in [new, old] {
                assert_eq!(serde_json::to_value(ErrorBody::from(&failure)).unwrap(), json);
            }
        }
    }

    #[test]
    fn a_failure_of_an_unknown_type_shows_what_its_record_says() {
        let of = FailureType { name: "later", title: "A type of a later version", retryable: true };
        let json = serde_json::to_value(ErrorBody::from(&Failure::new(of, "a detail"))).unwrap();
        assert_eq!(json["type"], "/problems/later");
        assert_eq!((&json["title"], &json["retryable"]), (&of.title.into(), &true.into()));
    }
}
