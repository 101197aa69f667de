//! `multipart/form-data`: one of file, url and text, with options as fields before or after it.
//!
//! A file streams into the store as it comes; what comes after it may still be wrong, and then the store forgets it.

use axum::body::Body;
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use multer::{Constraints, Field, Multipart, SizeLimit};

use super::content::{address, keep_file, keep_text};
use super::names::{file_name, media_type};
use super::wishes::{OPTIONS, Wishes, pointer};
use super::{Desk, Handed, nothing_handed_in, too_much_handed_in};
use crate::body::{BodyError, Held, Inflow};
use crate::params::unknown;
use crate::problem::{InputError, Problem, ProblemKind};

const SOURCES: [&str; 3] = ["url", "text", "file"];
/// The most fields of a form: each option, every label, and the source.
const MOST_FIELDS: usize = 64;
/// The longest value of an option.
const LONGEST_OPTION: u64 = 16 << 10;
/// What a part's own head may add to the body's limit.
const PART_HEADS: u64 = 1 << 20;

/// Takes a multipart form.
pub(super) async fn take(
    mut desk: Desk<'_>,
    body: Body,
    boundary: String,
    mut wishes: Wishes,
) -> Result<(Handed, Wishes), Problem> {
    wishes.check()?;
    let limits = &desk.api.options.body;
    let limit = limits.document_bytes.saturating_add(PART_HEADS);
    let inflow = Inflow::open(desk.headers, body, limit, limits)?;
    let sizes = SizeLimit::new().per_field(limits.document_bytes);
    let constraints = Constraints::new().size_limit(sizes);
    let mut form = Multipart::with_constraints(inflow.stream().boxed(), boundary, constraints);
    let mut handed = None;
    for _ in 0..=MOST_FIELDS {
        let Some(field) = form.next_field().await.map_err(refused)? else {
            wishes.check()?;
            let handed = handed.ok_or_else(|| Problem::input(vec![nothing_handed_in()]))?;
            return Ok((handed, wishes));
        };
        let name = field.name().unwrap_or_default().to_owned();
        if SOURCES.contains(&&*name) {
            if handed.is_some() {
                return Err(Problem::input(vec![too_much_handed_in()]));
            }
            wishes.check()?;
            handed = Some(source(&mut desk, &name, field).await?);
        } else {
            option(&name, field, &mut wishes).await?;
        }
    }
    Err(Problem::of_input("", format!("a form has at most {MOST_FIELDS} fields")))
}

async fn source(desk: &mut Desk<'_>, name: &str, field: Field<'static>) -> Result<Handed, Problem> {
    if name == "file" {
        let file = field.file_name().and_then(file_name);
        let content_type = field.content_type().and_then(|mime| media_type(mime.as_ref()));
        let body = field.map_err(FieldError).boxed();
        return keep_file(desk.api, file, content_type, body).await;
    }
    let limit = desk.api.options.body.parsed_bytes;
    let value = value(field, limit, desk.held).await?;
    let text = str::from_utf8(&value).map_err(|_| not_utf8(name))?;
    if name == "url" {
        let source = address(text, "/url").map_err(|error| Problem::input(vec![error]))?;
        return Ok(Handed::address(source));
    }
    keep_text(desk.api, value).await
}

async fn option(name: &str, field: Field<'static>, wishes: &mut Wishes) -> Result<(), Problem> {
    let mut value = Vec::new();
    let mut field = field;
    while let Some(bytes) = field.chunk().await.map_err(refused)? {
        if (value.len() + bytes.len()) as u64 > LONGEST_OPTION {
            wishes.refuse(InputError::new(
                pointer(name),
                "longer than any option may be; files go into `file`",
            ));
            return wishes.check();
        }
        value.extend_from_slice(&bytes);
    }
    let text = str::from_utf8(&value).map_err(|_| not_utf8(name))?;
    if !wishes.take_field(name, text) {
        wishes.refuse(unknown(&pointer(name), "field", name, SOURCES.iter().chain(&OPTIONS)));
    }
    Ok(())
}

async fn value(mut field: Field<'static>, limit: u64, held: &mut Held) -> Result<Bytes, Problem> {
    let mut value = bytes::BytesMut::new();
    while let Some(bytes) = field.chunk().await.map_err(refused)? {
        held.hold(bytes.len())?;
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

/// What the form's parser says, as an error of a stream.
struct FieldError(multer::Error);

impl From<FieldError> for Problem {
    fn from(error: FieldError) -> Self {
        refused(error.0)
    }
}

/// The body's own trouble keeps its name; everything else is the form's.
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
