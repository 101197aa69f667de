//! Parses what a client submits, in every format of a body, and stores large bodies.
//!
//! The result is a checked [`Intake`], or a problem that names every wrong part. Nothing is submitted here.

mod content;
mod form;
mod job_options_parser;
mod json;
mod multipart;
mod names;
mod orphan;
mod raw;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use bytes::Bytes;
use tally_jobs::content::Content;
use tally_jobs::key::{Binding, IdempotencyKey, InvalidKey};
use tally_wordcount::record::CountRequest;
use tally_wordcount::{Source, fingerprint};

use crate::body::MemoryReservation;
use crate::deps::Api;
use crate::params::query_pairs;
use crate::problem::{InputError, Problem, ProblemKind};
use crate::request_id;
use job_options_parser::JobOptionsParser;
#[cfg(test)]
pub(crate) use job_options_parser::option_names;
pub(crate) use orphan::Orphan;

/// How to submit, for a request without a source.
const HOW_TO: &str = "send one of: JSON {\"url\": \"https://…\"} or {\"text\": \"…\"}; a form with url=, text= or \
                      file=@…; or the document itself as the body, with its Content-Type";

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// A checked request to count something.
pub(crate) struct Intake {
    pub(crate) request: CountRequest,
    /// The option `wait`.
    pub(crate) wait: Option<Duration>,
    /// The stored body, until a job owns it.
    pub(crate) orphan: Option<Orphan>,
    /// The memory of the body, until it is stored.
    pub(crate) reservation: MemoryReservation,
}

/// The source and content that a body carries, in whichever format.
struct ParsedBody {
    source: Source,
    content: Option<Content>,
    /// SHA-256 of the content, if it is known already.
    digest: Option<[u8; 32]>,
    orphan: Option<Orphan>,
}

impl ParsedBody {
    fn address(source: Source) -> Self {
        Self { source, content: None, digest: None, orphan: None }
    }

    fn inline(source: Source, bytes: Bytes) -> Self {
        Self { source, content: Some(Content::Inline(bytes)), digest: None, orphan: None }
    }
}

enum BodyFormat {
    Json,
    Form,
    Multipart(String),
    Raw,
}

/// Parses a request. A large body is in the blob store when this returns.
pub(crate) async fn parse(api: &Arc<Api>, head: &Parts, body: Body) -> Result<Intake, Problem> {
    let format = BodyFormat::of(&head.headers)?;
    let key = key(&head.headers)?;
    let mut parser = JobOptionsParser::default();
    let mut filename = None;
    for (name, value) in query_pairs(head.uri.query())? {
        if name == "filename" {
            filename = Some(value);
        } else {
            parser.take_parameter(&name, &value);
        }
    }
    let mut reservation = MemoryReservation::new(&api.body_memory_kib);
    let context = IntakeContext { api, headers: &head.headers, reservation: &mut reservation };
    // All but the most frequent are boxed: otherwise each request's future would be as large as the largest of them.
    let (parsed, parser) = match format {
        BodyFormat::Json => json::parse(context, body, parser).await?,
        BodyFormat::Form => Box::pin(form::parse(context, body, parser)).await?,
        BodyFormat::Multipart(boundary) => {
            Box::pin(multipart::parse(context, body, boundary, parser)).await?
        }
        BodyFormat::Raw => Box::pin(raw::parse(context, body, filename.as_deref(), parser)).await?,
    };
    let (job, count, wait) = parser.finish()?;
    let ParsedBody { source, content, digest, orphan } = parsed;
    let binding = key.map(|key| Binding {
        fingerprint: fingerprint::of(&source, content.as_ref(), digest, &job, &count),
        key,
    });
    let request = request_id::sent(&head.headers);
    let request = CountRequest { source, content, job, count, binding, request };
    Ok(Intake { request, wait, orphan, reservation })
}

/// What the parsers of all formats need.
struct IntakeContext<'a> {
    api: &'a Arc<Api>,
    headers: &'a HeaderMap,
    reservation: &'a mut MemoryReservation,
}

impl BodyFormat {
    fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let Some(value) = headers.get(CONTENT_TYPE) else { return Ok(Self::Raw) };
        // A value that is not text names none of these formats; the document may still be recognised by its content.
        let Ok(value) = value.to_str() else { return Ok(Self::Raw) };
        let essence = value.split(';').next().unwrap_or_default().trim();
        if essence.eq_ignore_ascii_case("application/json") {
            return utf8(value).map(|()| Self::Json);
        }
        if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return utf8(value).map(|()| Self::Form);
        }
        if essence.eq_ignore_ascii_case("multipart/form-data") {
            let boundary = multer::parse_boundary(value).map_err(|_| {
                let detail =
                    "the Content-Type multipart/form-data lacks its boundary; let your HTTP library set it";
                Problem::new(ProblemKind::InvalidBody, detail)
            })?;
            return Ok(Self::Multipart(boundary));
        }
        Ok(Self::Raw)
    }
}

/// JSON and forms are UTF-8 (RFC 8259, WHATWG URL).
fn utf8(content_type: &str) -> Result<(), Problem> {
    let parameters = content_type.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
    for (name, value) in parameters {
        let value = value.trim().trim_matches('"');
        let fits = ["utf-8", "utf8", "us-ascii"].iter().any(|known| value.eq_ignore_ascii_case(known));
        if name.trim().eq_ignore_ascii_case("charset") && !fits {
            let detail =
                "JSON and forms must be UTF-8; send text in another charset as a raw body with its own type";
            return Err(Problem::new(ProblemKind::UnsupportedCharset, detail));
        }
    }
    Ok(())
}

fn key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Problem> {
    let mut keys = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(value) = keys.next() else { return Ok(None) };
    let pointer = "header:Idempotency-Key";
    if keys.next().is_some() {
        return Err(Problem::of_input(pointer, "given more than once; give it once"));
    }
    let parsed = value.to_str().ok().map(IdempotencyKey::parse);
    match parsed.unwrap_or(Err(InvalidKey)) {
        Ok(key) => Ok(Some(key)),
        Err(error) => Err(Problem::of_input(pointer, error.to_string())),
    }
}

fn no_source() -> InputError {
    InputError::new("", HOW_TO)
}

fn several_sources() -> InputError {
    InputError::new("", "give exactly one of url, text and file; submit the others as jobs of their own")
}
