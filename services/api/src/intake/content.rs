//! Where the bytes of a submit go: small ones into the record, large ones into the store of bodies.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{Stream, stream};
use tally_jobs::content::{Blob, Content};
use tally_jobs::ports::StreamError;
use tally_kernel::PublicUrl;
use tally_wordcount::Source;

use super::{Orphan, ParsedBody};
use crate::body::{BodyError, BodyErrorSlot, ReadAhead, read_ahead};
use crate::deps::Api;
use crate::problem::{InputError, Problem};
use crate::retry_after::for_refused;

/// Reads an address.
pub(super) fn address(text: &str, pointer: &str) -> Result<Source, InputError> {
    PublicUrl::parse(text).map(Source::Url).map_err(|error| InputError::new(pointer, error.to_string()))
}

/// Keeps a text. It may be empty: a text of no words is a text.
pub(super) async fn keep_text(api: &Arc<Api>, text: Bytes) -> Result<ParsedBody, Problem> {
    let source = Source::Text { bytes: text.len() as u64 };
    if text.len() <= api.options.body.inline_bytes {
        return Ok(ParsedBody::inline(source, text));
    }
    let blob = Box::pin(keep(api, text, stream::empty::<Result<Bytes, BodyError>>())).await?;
    Ok(stored(api, source, blob))
}

/// Keeps a document as it streams in.
pub(super) async fn keep_file<S, E>(
    api: &Arc<Api>,
    name: Option<String>,
    content_type: Option<String>,
    body: S,
) -> Result<ParsedBody, Problem>
where
    S: Stream<Item = Result<Bytes, E>> + Send + Unpin + 'static,
    E: Into<Problem> + Send + 'static,
{
    match read_ahead(body, api.options.body.inline_bytes).await.map_err(Into::into)? {
        ReadAhead::Complete(bytes) => {
            let source = Source::File { name, content_type, bytes: bytes.len() as u64 };
            Ok(ParsedBody::inline(source, bytes))
        }
        ReadAhead::Partial(start, rest) => {
            let blob = keep(api, start, rest).await?;
            Ok(stored(api, Source::File { name, content_type, bytes: blob.bytes }, blob))
        }
    }
}

fn stored(api: &Arc<Api>, source: Source, blob: Blob) -> ParsedBody {
    let orphan = Some(Orphan::new(api, blob.id));
    ParsedBody { source, content: Some(Content::Stored(blob.into())), digest: Some(blob.digest), orphan }
}

async fn keep<S, E>(api: &Api, start: Bytes, rest: S) -> Result<Blob, Problem>
where
    S: Stream<Item = Result<Bytes, E>> + Send + 'static,
    E: Into<Problem> + Send + 'static,
{
    let error_slot = BodyErrorSlot::default();
    let kept = api.deps.blobs.keep(error_slot.attach(start, rest)).await;
    kept.map_err(|error| match (error_slot.take(), error) {
        (Some(problem), _) => problem,
        (None, StreamError::Fault(fault)) => {
            Problem::of_fault(&fault, for_refused(api.deps.submit.ids.chance()))
        }
        (None, StreamError::Failed(failure)) => Problem::of_input("", failure.detail),
    })
}
