//! Makes the body of an answer a bounded stream of bytes.
//!
//! What its head already says against it is said at once, before a byte is read.

use futures_util::{Stream, StreamExt, stream};
use http::Response;
use http_body::Body;
use hyper::body::Incoming;
use tally_jobs::failure::Failure;
use tally_jobs::ports::{ByteStream, StreamError};
use tally_kernel::ContentCoding;
use tally_kernel::PublicUrl;
use tally_wordcount::ports::FetchLimits;
use tokio::time::Instant;

use crate::coding::{self, Decoded};
use crate::failures;
use crate::options::Timeouts;
use crate::wire::{self, Wire};

/// Where a body comes from and what it may cost.
pub(crate) struct Source<'a> {
    pub(crate) here: &'a PublicUrl,
    pub(crate) limits: &'a FetchLimits,
    pub(crate) deadline: Instant,
    pub(crate) timeouts: Timeouts,
}

/// The body of `answer`, its coding undone.
pub(crate) fn open(answer: Response<Incoming>, source: &Source<'_>) -> Result<ByteStream, Failure> {
    let coding = coding::of(answer.headers()).map_err(|name| failures::foreign_coding(source.here, &name))?;
    let Source { here, limits, deadline, timeouts } = *source;
    let body = answer.into_body();
    let declared = body.size_hint().lower();
    if declared > limits.wire_bytes {
        return Err(wire::over_limit(here, limits.wire_bytes));
    }
    if coding == ContentCoding::Identity {
        if declared > limits.decoded_bytes {
            return Err(coding::over_limit(&here.without_query(), limits.decoded_bytes));
        }
        // What is not coded counts as both, so the smaller limit holds.
        let limit = limits.wire_bytes.min(limits.decoded_bytes);
        return Ok(plain(Wire::new(body, here.clone(), limit, deadline, timeouts)).boxed());
    }
    let wire = Wire::new(body, here.clone(), limits.wire_bytes, deadline, timeouts);
    Ok(decoded(Decoded::new(wire, coding, here.without_query(), limits.decoded_bytes)).boxed())
}

fn plain(wire: Wire) -> impl Stream<Item = Result<bytes::Bytes, StreamError>> + Send {
    stream::unfold(wire, async |mut wire| {
        let piece = wire.next().await?;
        Some((piece.map_err(StreamError::Failed), wire))
    })
}

fn decoded(body: Decoded) -> impl Stream<Item = Result<bytes::Bytes, StreamError>> + Send {
    stream::unfold(body, async |mut body| {
        let piece = body.next().await?;
        Some((piece.map_err(StreamError::Failed), body))
    })
}
