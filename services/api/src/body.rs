//! Bodies on their way in: within bounds of size, ratio, speed and memory, their content coding undone.
//!
//! Knows bytes only. What is in them is the intake's affair.

mod coding;
mod held;
mod watched;

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt, stream};
use tally_jobs::failure::{Failure, FailureKind};
use tally_jobs::ports::{ByteStream, StreamError};
use tally_kernel::{ContentCoding, DecodedLimit};

pub(crate) use held::Held;

use crate::options::BodyLimits;
use crate::problem::{Problem, ProblemKind};
use watched::Watched;

/// Why a body was not taken.
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

/// A body that is being taken in.
pub(crate) enum Inflow {
    /// As it came.
    Plain(Watched),
    /// Through a decoder.
    Decoded(stream::BoxStream<'static, Result<Bytes, BodyError>>),
}

/// The bytes that a client announced.
fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

impl Inflow {
    /// Begins to take a body in, of at most `limit` decoded bytes. One that announces more is refused unread, so
    /// that a client that waits for `100 Continue` sends nothing at all.
    pub(crate) fn open(
        headers: &HeaderMap,
        body: Body,
        limit: u64,
        limits: &BodyLimits,
    ) -> Result<Self, Problem> {
        if announced(headers).is_some_and(|bytes| bytes > limit) {
            return Err(BodyError::TooLarge { limit }.into());
        }
        let watched = Watched::new(body, limit, limits);
        Ok(match coding::of(headers)? {
            ContentCoding::Identity => Self::Plain(watched),
            coding => {
                let limit = DecodedLimit { bytes: limit, ratio: limits.ratio };
                Self::Decoded(coding::decode(coding, watched, limit))
            }
        })
    }

    /// The next bytes. `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Result<Bytes, BodyError>> {
        match self {
            Self::Plain(watched) => watched.next().await,
            Self::Decoded(stream) => stream.next().await,
        }
    }

    /// The whole body in memory; `held` pays for what is large.
    pub(crate) async fn whole(mut self, held: &mut Held) -> Result<Bytes, BodyError> {
        let Some(first) = self.next().await.transpose()? else { return Ok(Bytes::new()) };
        held.hold(first.len())?;
        let Some(second) = self.next().await.transpose()? else { return Ok(first) };
        let mut all = BytesMut::from(first);
        let mut next = Some(second);
        while let Some(bytes) = next {
            held.hold(bytes.len())?;
            all.extend_from_slice(&bytes);
            next = self.next().await.transpose()?;
        }
        Ok(all.freeze())
    }

    /// As a stream.
    pub(crate) fn stream(self) -> impl Stream<Item = Result<Bytes, BodyError>> + Send + 'static {
        stream::unfold(self, |mut inflow| async { inflow.next().await.map(|next| (next, inflow)) })
    }
}

/// The start of a body, and the rest of it if it is larger than that.
pub(crate) enum Sized<S> {
    /// All of it.
    Small(Bytes),
    /// More than was asked for: what came so far, and what comes.
    Large(Bytes, S),
}

/// Reads up to `small` bytes ahead.
pub(crate) async fn read_ahead<S, E>(mut body: S, small: usize) -> Result<Sized<S>, E>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
{
    let mut start = BytesMut::new();
    while let Some(bytes) = body.next().await.transpose()? {
        if start.is_empty() && bytes.len() > small {
            return Ok(Sized::Large(bytes, body));
        }
        start.extend_from_slice(&bytes);
        if start.len() > small {
            return Ok(Sized::Large(start.freeze(), body));
        }
    }
    Ok(Sized::Small(start.freeze()))
}

/// What broke a body off on its way into a store: the port carries a word of its own, the client hears this one.
#[derive(Clone, Default)]
pub(crate) struct Breakage(Arc<Mutex<Option<Problem>>>);

impl Breakage {
    /// Turns a body into what the port takes, and remembers why it broke off.
    pub(crate) fn watch<S, E>(&self, start: Bytes, rest: S) -> ByteStream
    where
        S: Stream<Item = Result<Bytes, E>> + Send + 'static,
        E: Into<Problem> + Send + 'static,
    {
        let breakage = self.clone();
        let rest = rest.map(move |bytes| bytes.map_err(|error| breakage.note(error.into())));
        Box::pin(stream::once(async { Ok(start) }).chain(rest))
    }

    fn note(&self, problem: Problem) -> StreamError {
        let failure = Failure::new(FailureKind::BrokenBody, problem.detail.clone());
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(problem);
        StreamError::Failed(failure)
    }

    /// Why it broke off, if it was the body's fault.
    pub(crate) fn take(&self) -> Option<Problem> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
