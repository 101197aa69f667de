//! Decodes the content coding of a body, within limits on what comes out.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_compression::tokio::bufread::{BrotliDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder};
use async_compression::zstd::DParameter;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_ENCODING;
use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, BoxStream, StreamExt};
use tally_kernel::content_coding::ZSTD_WINDOW_LOG;
use tally_kernel::{CodingError, ContentCoding, DecodedLimit, DecodedLimitExceeded};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio_util::io::StreamReader;

use super::BodyError;
use super::inbound_body::InboundBody;
use crate::problem::{Problem, ProblemKind};

/// How much is decoded at once.
const PIECE: usize = 64 << 10;

/// The coding that `headers` declare.
pub(super) fn of(headers: &HeaderMap) -> Result<ContentCoding, Problem> {
    let values = headers.get_all(CONTENT_ENCODING).iter().map(|value| value.to_str().unwrap_or("?"));
    ContentCoding::parse(values).map_err(|error| {
        let what = match error {
            CodingError::Unknown => "this coding is not one that Tally undoes",
            CodingError::Several => "a body may have one coding only",
        };
        let detail = format!("{what}; use one of gzip, br, zstd and deflate, or none");
        Problem::new(ProblemKind::UnsupportedContentCoding, detail)
    })
}

type BodyDecoder = Box<dyn AsyncRead + Send + Unpin>;

/// A body that is decoded piece by piece.
struct DecodedBody {
    coding: ContentCoding,
    decoder: BodyDecoder,
    coded: Arc<AtomicU64>,
    decoded: u64,
    limit: DecodedLimit,
}

/// The decoded body, as a stream.
pub(super) fn decode(
    coding: ContentCoding,
    body: InboundBody,
    limit: DecodedLimit,
) -> BoxStream<'static, Result<Bytes, BodyError>> {
    let coded = Arc::new(AtomicU64::new(0));
    let decoder = decoder(coding, body, Arc::clone(&coded));
    let body = DecodedBody { coding, decoder, coded, decoded: 0, limit };
    stream::try_unfold(body, |mut body| async move { Ok(body.next().await?.map(|bytes| (bytes, body))) })
        .boxed()
}

fn decoder(coding: ContentCoding, body: InboundBody, coded: Arc<AtomicU64>) -> BodyDecoder {
    let bytes = stream::unfold((body, coded), |(mut body, coded)| async {
        let next = body.next().await?;
        if let Ok(bytes) = &next {
            coded.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        }
        Some((next.map_err(io::Error::other), (body, coded)))
    });
    let reader = StreamReader::new(bytes.boxed());
    match coding {
        ContentCoding::Identity => Box::new(reader),
        ContentCoding::Gzip => {
            let mut decoder = GzipDecoder::new(reader);
            decoder.multiple_members(true);
            Box::new(decoder)
        }
        ContentCoding::Deflate => Box::new(ZlibDecoder::new(reader)),
        ContentCoding::Brotli => Box::new(BrotliDecoder::new(reader)),
        ContentCoding::Zstd => {
            let window = [DParameter::window_log_max(ZSTD_WINDOW_LOG)];
            let mut decoder = ZstdDecoder::with_params(reader, &window);
            decoder.multiple_members(true);
            Box::new(decoder)
        }
    }
}

impl DecodedBody {
    async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        let mut piece = BytesMut::with_capacity(PIECE);
        // One read may yield little; larger pieces cost their readers less.
        while piece.len() < PIECE {
            let read = self.decoder.read_buf(&mut piece).await.map_err(|error| self.broken(&error))?;
            if read == 0 {
                break;
            }
        }
        self.decoded += piece.len() as u64;
        match self.limit.check(self.coded.load(Ordering::Relaxed), self.decoded) {
            Ok(()) => Ok((!piece.is_empty()).then(|| piece.freeze())),
            Err(DecodedLimitExceeded::Bytes) => Err(BodyError::TooLarge { limit: self.limit.bytes }),
            Err(DecodedLimitExceeded::Ratio) => Err(BodyError::Bomb { ratio: self.limit.ratio }),
        }
    }

    /// An error of the body itself comes out as it went in; every other error is the coding's.
    fn broken(&self, error: &io::Error) -> BodyError {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<BodyError>());
        inner.cloned().unwrap_or(BodyError::Coding { coding: self.coding.as_str() })
    }
}
