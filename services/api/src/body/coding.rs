//! Undoes the content coding of a body, with the limits on what comes out.
//!
//! The limits sit behind the decoder: 16 KB of zstd can become 512 MB.

use std::io;

use async_compression::tokio::bufread::{BrotliDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder};
use async_compression::zstd::DParameter;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_ENCODING;
use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, BoxStream, StreamExt};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio_util::io::StreamReader;

use super::BodyError;
use super::watched::Watched;
use crate::problem::{Problem, ProblemKind};

/// The largest window that a zstd body may ask for, as a power of two: 8 MiB, what RFC 9659 requires and no more.
const ZSTD_WINDOW_LOG: u32 = 23;
/// So many decoded bytes may come from anything; then the ratio counts.
const RATIO_FREE: u64 = 1 << 20;
/// How much is decoded at once.
const PIECE: usize = 64 << 10;

/// A content coding that we undo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

/// The coding of a body; `None` when it has none.
pub(super) fn of(headers: &HeaderMap) -> Result<Option<Coding>, Problem> {
    let mut found = None;
    for value in headers.get_all(CONTENT_ENCODING) {
        let text = value.to_str().unwrap_or("?");
        for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let coding =
                Coding::parse(name).ok_or_else(|| unsupported("this coding is not one that Tally undoes"))?;
            if coding.is_some() && found.is_some() {
                return Err(unsupported("a body may have one coding only"));
            }
            found = found.or(coding);
        }
    }
    Ok(found)
}

fn unsupported(what: &str) -> Problem {
    let detail = format!("{what}; use one of gzip, br, zstd and deflate, or none");
    Problem::new(ProblemKind::UnsupportedContentCoding, detail)
}

impl Coding {
    /// `Some(None)` is the coding that changes nothing.
    fn parse(name: &str) -> Option<Option<Self>> {
        match name.to_ascii_lowercase().as_str() {
            "identity" => Some(None),
            "gzip" | "x-gzip" => Some(Some(Self::Gzip)),
            "deflate" => Some(Some(Self::Deflate)),
            "br" => Some(Some(Self::Brotli)),
            "zstd" => Some(Some(Self::Zstd)),
            _ => None,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }

    /// The decoded body: at most `limit` bytes, and at most `ratio` times what came.
    pub(super) fn undo(
        self,
        body: Watched,
        limit: u64,
        ratio: u64,
    ) -> BoxStream<'static, Result<Bytes, BodyError>> {
        let wire = Arc::new(AtomicU64::new(0));
        let reader = self.decoder(body, Arc::clone(&wire));
        let undone = Undone { coding: self, reader, wire, decoded: 0, limit, ratio };
        stream::try_unfold(undone, |mut undone| async move {
            Ok(undone.next().await?.map(|bytes| (bytes, undone)))
        })
        .boxed()
    }

    fn decoder(self, body: Watched, wire: Arc<AtomicU64>) -> Box<dyn AsyncRead + Send + Unpin> {
        let bytes = stream::unfold((body, wire), |(mut body, wire)| async {
            let next = body.next().await?;
            if let Ok(bytes) = &next {
                wire.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            }
            Some((next.map_err(io::Error::other), (body, wire)))
        });
        let reader = StreamReader::new(bytes.boxed());
        match self {
            Self::Gzip => {
                let mut decoder = GzipDecoder::new(reader);
                decoder.multiple_members(true);
                Box::new(decoder)
            }
            Self::Deflate => Box::new(ZlibDecoder::new(reader)),
            Self::Brotli => Box::new(BrotliDecoder::new(reader)),
            Self::Zstd => {
                let window = [DParameter::window_log_max(ZSTD_WINDOW_LOG)];
                let mut decoder = ZstdDecoder::with_params(reader, &window);
                decoder.multiple_members(true);
                Box::new(decoder)
            }
        }
    }
}

struct Undone {
    coding: Coding,
    reader: Box<dyn AsyncRead + Send + Unpin>,
    wire: Arc<AtomicU64>,
    decoded: u64,
    limit: u64,
    ratio: u64,
}

impl Undone {
    async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        let mut piece = BytesMut::with_capacity(PIECE);
        // One read may yield little; pieces of a sensible size are cheaper for all who come after.
        while piece.len() < PIECE {
            let read = self.reader.read_buf(&mut piece).await.map_err(|error| self.broken(&error))?;
            if read == 0 {
                break;
            }
        }
        self.decoded += piece.len() as u64;
        if self.decoded > self.limit {
            return Err(BodyError::TooLarge { limit: self.limit });
        }
        let wire = self.wire.load(Ordering::Relaxed);
        if self.decoded > RATIO_FREE && self.decoded > wire.saturating_mul(self.ratio) {
            return Err(BodyError::Bomb { ratio: self.ratio });
        }
        Ok((!piece.is_empty()).then(|| piece.freeze()))
    }

    /// The line's own trouble keeps its name; everything else is the coding's.
    fn broken(&self, error: &io::Error) -> BodyError {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<BodyError>());
        inner.cloned().unwrap_or(BodyError::Coding { coding: self.coding.as_str() })
    }
}
