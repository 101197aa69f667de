//! A body of any other type: the document itself.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use tally_kernel::file_name;

use super::content::keep_file;
use super::job_options_parser::JobOptionsParser;
use super::names::{disposition_name, media_type};
use super::{IntakeContext, ParsedBody, no_source};
use crate::body::{BodyError, RequestBody};
use crate::problem::Problem;

/// Stores a document. Its name is the query's `filename`, or that of `Content-Disposition`.
pub(super) async fn parse(
    context: IntakeContext<'_>,
    body: Body,
    filename: Option<&str>,
    mut parser: JobOptionsParser,
) -> Result<(ParsedBody, JobOptionsParser), Problem> {
    // A wrong query is refused before a byte of a large body is stored.
    parser.check()?;
    let limits = &context.api.options.body;
    let content_type = context.headers.get(CONTENT_TYPE);
    let mut body = RequestBody::open(context.headers, body, limits.document_bytes, limits)?;
    let first = body.next().await.transpose()?;
    if first.is_none() && content_type.is_none() {
        return Err(Problem::input(vec![no_source()]));
    }
    let name = filename.and_then(file_name).or_else(|| disposition_name(context.headers));
    let content_type = content_type.and_then(|value| media_type(value.to_str().ok()?));
    let first = stream::iter(first.map(Ok::<Bytes, BodyError>));
    let parsed = keep_file(context.api, name, content_type, first.chain(body.stream()).boxed()).await?;
    Ok((parsed, parser))
}
