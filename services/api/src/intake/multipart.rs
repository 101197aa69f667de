//! `multipart/form-data`: one of file, url and text, with options as fields before or after it.
//!
//! A file streams into the store as it arrives. If a later field is wrong, the stored file is removed. A browser sends
//! every field of a form, so of several sources the empty ones are ignored.

use axum::body::Body;
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use multer::{Constraints, Field, Multipart, SizeLimit};
use tally_kernel::file_name;

use super::content::{address, keep_file, keep_text};
use super::job_options_parser::{JobOptionsParser, option_names, pointer};
use super::names::media_type;
use super::{IntakeContext, ParsedBody, no_source, several_sources};
use crate::body::{BodyError, MemoryReservation, RequestBody};
use crate::params::unknown;
use crate::problem::{InputError, Problem, ProblemKind};

/// The options of the form of the web page.
const BROWSER_OPTIONS: [&str; 3] = ["definition", "language", "label"];
const SOURCES: [&str; 3] = ["url", "text", "file"];
/// The most fields of a form: each option, every label, and the source.
const MOST_FIELDS: usize = 64;
/// The longest value of an option.
const LONGEST_OPTION: u64 = 16 << 10;
/// What the heads of parts may add to the body's limit.
const PART_HEADS: u64 = 1 << 20;

/// Parses a multipart form.
pub(super) async fn parse(
    mut context: IntakeContext<'_>,
    body: Body,
    boundary: String,
    mut parser: JobOptionsParser,
) -> Result<(ParsedBody, JobOptionsParser), Problem> {
    parser.check()?;
    let limits = &context.api.options.body;
    let limit = limits.document_bytes.saturating_add(PART_HEADS);
    let incoming = RequestBody::open(context.headers, body, limit, limits)?;
    let sizes = SizeLimit::new().per_field(limits.document_bytes);
    let constraints = Constraints::new().size_limit(sizes);
    let mut form = Multipart::with_constraints(incoming.stream().boxed(), boundary, constraints);
    let (mut parsed, mut empty) = (None, Vec::<String>::new());
    for _ in 0..=MOST_FIELDS {
        let Some(field) = form.next_field().await.map_err(refused)? else {
            parser.check()?;
            let parsed = match (parsed, empty.as_slice()) {
                (Some(parsed), _) => parsed,
                (None, [only]) => only_empty(&context, only).await?,
                (None, _) => return Err(Problem::input(vec![no_source()])),
            };
            return Ok((parsed, parser));
        };
        let name = field.name().unwrap_or_default().to_owned();
        if SOURCES.contains(&&*name) {
            parser.check()?;
            match source(&mut context, &name, field, parsed.is_some()).await? {
                Some(one) => parsed = Some(one),
                None => empty.push(name),
            }
        } else {
            option(&name, field, &mut parser).await?;
        }
    }
    Err(Problem::of_input("", format!("a form has at most {MOST_FIELDS} fields")))
}

/// Takes a source; `None` if it is empty. `is_further` when there is one already.
async fn source(
    context: &mut IntakeContext<'_>,
    name: &str,
    mut field: Field<'static>,
    is_further: bool,
) -> Result<Option<ParsedBody>, Problem> {
    let further = || Problem::input(vec![several_sources()]);
    if name == "file" {
        let file = field.file_name().and_then(file_name);
        let content_type = field.content_type().and_then(|mime| media_type(mime.as_ref()));
        let start = loop {
            let chunk = field.chunk().await.map_err(refused)?;
            if chunk.as_ref().is_none_or(|chunk| !chunk.is_empty()) {
                break chunk;
            }
        };
        // A file without a name and bytes is a control in which no file was chosen.
        if start.is_none() && file.is_none() {
            return Ok(None);
        }
        if is_further {
            return Err(further());
        }
        let start = stream::iter(start.map(Ok));
        let body = start.chain(field.map_err(FieldError)).boxed();
        return keep_file(context.api, file, content_type, body).await.map(Some);
    }
    let limit = context.api.options.body.parsed_bytes;
    let value = value(field, limit, context.reservation).await?;
    if value.is_empty() {
        return Ok(None);
    }
    if is_further {
        return Err(further());
    }
    let text = str::from_utf8(&value).map_err(|_| not_utf8(name))?;
    if name == "url" {
        return address_source(text).map(Some);
    }
    keep_text(context.api, value).await.map(Some)
}

fn address_source(text: &str) -> Result<ParsedBody, Problem> {
    address(text, "/url").map(ParsedBody::address).map_err(|error| Problem::input(vec![error]))
}

/// The only source of a form is meant although it is empty.
async fn only_empty(context: &IntakeContext<'_>, name: &str) -> Result<ParsedBody, Problem> {
    match name {
        "url" => address_source(""),
        "text" => keep_text(context.api, Bytes::new()).await,
        _ => keep_file(context.api, None, None, stream::empty::<Result<Bytes, FieldError>>()).await,
    }
}

async fn option(name: &str, field: Field<'static>, parser: &mut JobOptionsParser) -> Result<(), Problem> {
    let mut value = Vec::new();
    let mut field = field;
    while let Some(bytes) = field.chunk().await.map_err(refused)? {
        if (value.len() + bytes.len()) as u64 > LONGEST_OPTION {
            parser.refuse(InputError::new(
                pointer(name),
                "longer than any option may be; files go into `file`",
            ));
            return parser.check();
        }
        value.extend_from_slice(&bytes);
    }
    let text = str::from_utf8(&value).map_err(|_| not_utf8(name))?;
    // A browser also sends the options that were left empty.
    if text.is_empty() && BROWSER_OPTIONS.contains(&name) {
        return Ok(());
    }
    if !parser.take_field(name, text) {
        parser.refuse(unknown(&pointer(name), "field", name, SOURCES.into_iter().chain(option_names())));
    }
    Ok(())
}

async fn value(
    mut field: Field<'static>,
    limit: u64,
    reservation: &mut MemoryReservation,
) -> Result<Bytes, Problem> {
    let mut value = bytes::BytesMut::new();
    while let Some(bytes) = field.chunk().await.map_err(refused)? {
        reservation.reserve(bytes.len())?;
        if (value.len() + bytes.len()) as u64 > limit {
            return Err(BodyError::TooLarge { limit }.into());
        }
        value.extend_from_slice(&bytes);
    }
    Ok(value.freeze())
}

fn not_utf8(name: &str) -> Problem {
    let detail = format!("the field {name} is not UTF-8; send text in another charset as `file`");
    Problem::new(ProblemKind::InvalidBody, detail)
}

/// An error of the form's parser, as the error of a stream.
struct FieldError(multer::Error);

impl From<FieldError> for Problem {
    fn from(error: FieldError) -> Self {
        refused(error.0)
    }
}

/// An error of the body itself comes out as it went in; every other error is the form's.
fn refused(error: multer::Error) -> Problem {
    match error {
        multer::Error::StreamReadFailed(cause) => match cause.downcast::<BodyError>() {
            Ok(error) => (*error).into(),
            Err(_) => BodyError::Cut.into(),
        },
        multer::Error::FieldSizeExceeded { limit, .. } | multer::Error::StreamSizeExceeded { limit } => {
            BodyError::TooLarge { limit }.into()
        }
        error => {
            let detail = format!("the multipart form is broken: {error}; let your HTTP library build it");
            Problem::new(ProblemKind::InvalidBody, detail)
        }
    }
}
