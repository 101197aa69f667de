//! Any other body: the document itself.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use bytes::Bytes;
use futures_util::{StreamExt, stream};

use super::content::keep_file;
use super::names::{disposition_name, file_name, media_type};
use super::wishes::Wishes;
use super::{Desk, Handed, nothing_handed_in};
use crate::body::{BodyError, Inflow};
use crate::problem::Problem;

/// Takes a document. Its name is the query's `filename`, or that of `Content-Disposition`.
pub(super) async fn take(
    desk: Desk<'_>,
    body: Body,
    filename: Option<&str>,
    mut wishes: Wishes,
) -> Result<(Handed, Wishes), Problem> {
    // What is wrong in the query is known before a byte of a large body is stored.
    wishes.check()?;
    let limits = &desk.api.options.body;
    let content_type = desk.headers.get(CONTENT_TYPE);
    let mut body = Inflow::open(desk.headers, body, limits.document_bytes, limits)?;
    let first = body.next().await.transpose()?;
    if first.is_none() && content_type.is_none() {
        return Err(Problem::input(vec![nothing_handed_in()]));
    }
    let name = filename.and_then(file_name).or_else(|| disposition_name(desk.headers));
    let content_type = content_type.and_then(|value| media_type(value.to_str().ok()?));
    let first = stream::iter(first.map(Ok::<Bytes, BodyError>));
    let handed = keep_file(desk.api, name, content_type, first.chain(body.stream()).boxed()).await?;
    Ok((handed, wishes))
}
