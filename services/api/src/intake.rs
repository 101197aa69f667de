//! What a client submits, in whatever shape it comes: taken apart, checked, its large bodies kept.
//!
//! Ends with values of the jobs room or with a problem that names every part that is wrong. Nothing is submitted here.

mod content;
mod fingerprint;
mod form;
mod json;
mod multipart;
mod names;
mod orphan;
mod raw;
mod wishes;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use bytes::Bytes;
use tally_jobs::key::{Binding, IdempotencyKey};
use tally_jobs::model::{Content, Source};
use tally_jobs::settings::Settings;

use crate::body::Held;
use crate::deps::Api;
use crate::params::query_pairs;
use crate::problem::{InputError, Problem, ProblemKind};
pub(crate) use orphan::Orphan;
#[cfg(test)]
pub(crate) use wishes::OPTIONS;
use wishes::Wishes;
pub(crate) use wishes::{parse_regions, regions_wanted};

/// How to submit, for those who sent nothing.
const HOW_TO: &str = "send one of: JSON {\"url\": \"https://…\"} or {\"text\": \"…\"}; a form with url=, text= or \
                      file=@…; or the document itself as the body, with its Content-Type";

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// A request to count something, checked.
pub(crate) struct Intake {
    pub(crate) source: Source,
    pub(crate) content: Option<Content>,
    pub(crate) settings: Settings,
    pub(crate) wait: Option<Duration>,
    pub(crate) binding: Option<Binding>,
    /// The stored body, until a job owns it.
    pub(crate) orphan: Option<Orphan>,
    /// Memory that the body holds until it is stored.
    pub(crate) held: Held,
}

/// What was handed in, as one shape or another brings it.
struct Handed {
    source: Source,
    content: Option<Content>,
    /// SHA-256 of the content, when it is known already.
    digest: Option<[u8; 32]>,
    orphan: Option<Orphan>,
}

impl Handed {
    fn address(source: Source) -> Self {
        Self { source, content: None, digest: None, orphan: None }
    }

    fn inline(source: Source, bytes: Bytes) -> Self {
        Self { source, content: Some(Content::Inline(bytes)), digest: None, orphan: None }
    }
}

/// The shapes of a body.
enum Shape {
    Json,
    Form,
    Multipart(String),
    Raw,
}

/// Takes a request in. Large bodies are in the store of bodies when it returns.
pub(crate) async fn take(api: &Arc<Api>, head: &Parts, body: Body) -> Result<Intake, Problem> {
    let shape = Shape::of(&head.headers)?;
    let key = key(&head.headers)?;
    let mut wishes = Wishes::default();
    let mut filename = None;
    for (name, value) in query_pairs(head.uri.query())? {
        if name == "filename" {
            filename = Some(value);
        } else {
            wishes.take_parameter(&name, &value);
        }
    }
    let mut held = Held::new(&api.held_kib);
    let desk = Desk { api, headers: &head.headers, held: &mut held };
    // Boxed, but for the most frequent: else every request would carry room for the largest of them, and futures are
    // moved about.
    let (handed, wishes) = match shape {
        Shape::Json => json::take(desk, body, wishes).await?,
        Shape::Form => Box::pin(form::take(desk, body, wishes)).await?,
        Shape::Multipart(boundary) => Box::pin(multipart::take(desk, body, boundary, wishes)).await?,
        Shape::Raw => Box::pin(raw::take(desk, body, filename.as_deref(), wishes)).await?,
    };
    let (settings, wait) = wishes.finish()?;
    let Handed { source, content, digest, orphan } = handed;
    let binding = key.map(|key| Binding {
        fingerprint: fingerprint::of(&source, content.as_ref(), digest, &settings),
        key,
    });
    Ok(Intake { source, content, settings, wait, binding, orphan, held })
}

/// Where a body is taken in: the bounds, the headers, the memory.
struct Desk<'a> {
    api: &'a Arc<Api>,
    headers: &'a HeaderMap,
    held: &'a mut Held,
}

impl Shape {
    fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let Some(value) = headers.get(CONTENT_TYPE) else { return Ok(Self::Raw) };
        // A type that is no text cannot be one of ours; the sniffer may still know the document.
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
    match parsed.unwrap_or(Err(tally_jobs::key::NoKey)) {
        Ok(key) => Ok(Some(key)),
        Err(error) => Err(Problem::of_input(pointer, error.to_string())),
    }
}

/// Exactly one thing may be handed in.
fn nothing_handed_in() -> InputError {
    InputError::new("", HOW_TO)
}

fn too_much_handed_in() -> InputError {
    InputError::new("", "give exactly one of url, text and file; submit the others as jobs of their own")
}
