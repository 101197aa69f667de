//! Request bodies: decoded, within limits of size, ratio, speed and memory.
//!
//! Handles bytes only. The intake parses them.

mod decoded_body;
mod inbound_body;
mod memory_reservation;

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt, stream};
use tally_jobs::ports::{ByteStream, StreamError};
use tally_kernel::{ContentCoding, DecodedLimit};
use tally_wordcount::CountFailure;

pub(crate) use memory_reservation::MemoryReservation;

use crate::options::BodyLimits;
use crate::problem::{Problem, ProblemKind};
use inbound_body::InboundBody;

/// Why a body was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BodyError {
    #[error("the body is larger than the limit of {limit} bytes for this kind of body")]
    TooLarge { limit: u64 },
    #[error("the body unpacks to more than {ratio} times its size; send it with less compression or none")]
    Bomb { ratio: u64 },
    #[error("the body came too slowly")]
    Slow,
    #[error("the body ended before its declared end; send it again")]
    Cut,
    #[error("the content coding {coding} is broken or cut short; check how the body was compressed")]
    Coding { coding: &'static str },
    #[error("too many large bodies are being taken in just now")]
    NoMemory,
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        let kind = match error {
            BodyError::TooLarge { .. } | BodyError::Bomb { .. } => ProblemKind::BodyTooLarge,
            BodyError::Slow => ProblemKind::RequestTimeout,
            BodyError::Cut | BodyError::Coding { .. } => ProblemKind::InvalidBody,
            BodyError::NoMemory => ProblemKind::Overloaded,
        };
        let problem = Self::new(kind, error.to_string());
        if kind == ProblemKind::Overloaded { problem.retry_after(2) } else { problem }
    }
}

pub(crate) enum RequestBody {
    /// Without a content coding.
    Plain(InboundBody),
    /// With a content coding, which a decoder removes.
    Decoded(stream::BoxStream<'static, Result<Bytes, BodyError>>),
}

/// The length that the client declared.
fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

impl RequestBody {
    /// Opens a body of at most `limit` decoded bytes. A body with a larger declared length is refused unread, so that
    /// a client that waits for `100 Continue` sends nothing.
    pub(crate) fn open(
        headers: &HeaderMap,
        body: Body,
        limit: u64,
        limits: &BodyLimits,
    ) -> Result<Self, Problem> {
        if declared_length(headers).is_some_and(|bytes| bytes > limit) {
            return Err(BodyError::TooLarge { limit }.into());
        }
        let body = InboundBody::new(body, limit, limits);
        Ok(match decoded_body::of(headers)? {
            ContentCoding::Identity => Self::Plain(body),
            coding => {
                let limit = DecodedLimit { bytes: limit, ratio: limits.ratio };
                Self::Decoded(decoded_body::decode(coding, body, limit))
            }
        })
    }

    /// The next bytes. `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Result<Bytes, BodyError>> {
        match self {
            Self::Plain(body) => body.next().await,
            Self::Decoded(stream) => stream.next().await,
        }
    }

    /// Reads the whole body into memory, which `reservation` accounts for.
    pub(crate) async fn read_whole(
        mut self,
        reservation: &mut MemoryReservation,
    ) -> Result<Bytes, BodyError> {
        let Some(first) = self.next().await.transpose()? else { return Ok(Bytes::new()) };
        reservation.reserve(first.len())?;
        let Some(second) = self.next().await.transpose()? else { return Ok(first) };
        let mut all = BytesMut::from(first);
        let mut next = Some(second);
        while let Some(bytes) = next {
            reservation.reserve(bytes.len())?;
            all.extend_from_slice(&bytes);
            next = self.next().await.transpose()?;
        }
        Ok(all.freeze())
    }

    pub(crate) fn stream(self) -> impl Stream<Item = Result<Bytes, BodyError>> + Send + 'static {
        stream::unfold(self, |mut body| async { body.next().await.map(|next| (next, body)) })
    }
}

/// The start of a body.
pub(crate) enum ReadAhead<S> {
    /// The body ended: this is all of it.
    Complete(Bytes),
    /// The body is larger: what was read, and the rest.
    Partial(Bytes, S),
}

/// Reads until the body ends or more than `small` bytes have come.
pub(crate) async fn read_ahead<S, E>(mut body: S, small: usize) -> Result<ReadAhead<S>, E>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
{
    let mut start = BytesMut::new();
    while let Some(bytes) = body.next().await.transpose()? {
        if start.is_empty() && bytes.len() > small {
            return Ok(ReadAhead::Partial(bytes, body));
        }
        start.extend_from_slice(&bytes);
        if start.len() > small {
            return Ok(ReadAhead::Partial(start.freeze(), body));
        }
    }
    Ok(ReadAhead::Complete(start.freeze()))
}

/// Holds the error of a body that a store reads. The store's port has an error type of its own, so the body's error is
/// kept here for the answer.
#[derive(Clone, Default)]
pub(crate) struct BodyErrorSlot(Arc<Mutex<Option<Problem>>>);

impl BodyErrorSlot {
    /// Turns a body into the stream that the port takes, and keeps its error.
    pub(crate) fn attach<S, E>(&self, start: Bytes, rest: S) -> ByteStream
    where
        S: Stream<Item = Result<Bytes, E>> + Send + 'static,
        E: Into<Problem> + Send + 'static,
    {
        let slot = self.clone();
        let rest = rest.map(move |bytes| bytes.map_err(|error| slot.put(error.into())));
        Box::pin(stream::once(async { Ok(start) }).chain(rest))
    }

    fn put(&self, problem: Problem) -> StreamError {
        let failure = CountFailure::BrokenBody.because(problem.detail.clone());
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(problem);
        StreamError::Failed(failure)
    }

    /// Takes the error, if the body caused one.
    pub(crate) fn take(&self) -> Option<Problem> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
