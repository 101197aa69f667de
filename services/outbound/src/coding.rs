//! Undoes the content coding of a body, and stops what grows out of proportion.
//!
//! The bounds are on what comes out: bytes, the ratio to what went in, and the memory of the decoder (8 MiB of window
//! for zstd, as RFC 9659 has it; 16 MiB is the most that brotli can ask for).

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_compression::tokio::bufread::{
    BrotliDecoder, DeflateDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder,
};
use async_compression::zstd::DParameter;
use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, HeaderName, TRANSFER_ENCODING};
use tally_jobs::failure::Failure;
use tokio::io::{AsyncBufReadExt, AsyncRead};
use tokio_util::io::{ReaderStream, StreamReader};

use crate::failures;
use crate::wire::{LARGEST_PIECE, Wire};

/// Decoded bytes before the ratio is looked at: small documents may be very regular.
const RATIO_FROM: u64 = 1024 * 1024;
/// The largest ratio of decoded bytes to bytes on the wire. Books reach 4, the most regular tables 50.
const LARGEST_RATIO: u64 = 200;
/// The largest zstd window, as a power of two: 8 MiB.
const ZSTD_WINDOW_LOG: u32 = 23;

/// How a body is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Identity,
    Gzip,
    Brotli,
    Zstd,
    Deflate,
}

impl Coding {
    /// Reads `Content-Encoding`. The error is the value that we do not undo: an unknown coding, more than one, or one
    /// of the transfer, which nobody asked for.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, String> {
        let transfer = values(headers, &TRANSFER_ENCODING);
        if !transfer.is_empty() && !transfer.eq_ignore_ascii_case("chunked") {
            return Err(transfer);
        }
        let all = values(headers, &CONTENT_ENCODING);
        let mut found = Self::Identity;
        for name in all.split(',').map(str::trim) {
            let coding = match name.to_ascii_lowercase().as_str() {
                "" | "identity" => continue,
                "gzip" | "x-gzip" => Self::Gzip,
                "br" => Self::Brotli,
                "zstd" => Self::Zstd,
                "deflate" => Self::Deflate,
                _ => return Err(all),
            };
            if found != Self::Identity {
                return Err(all);
            }
            found = coding;
        }
        Ok(found)
    }
}

/// All values of a header in one line.
fn values(headers: &HeaderMap, name: &HeaderName) -> String {
    let values = headers.get_all(name).iter();
    values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect::<Vec<_>>().join(",")
}

type Coded = StreamReader<BoxStream<'static, io::Result<Bytes>>, Bytes>;
type Plain = ReaderStream<Pin<Box<dyn AsyncRead + Send>>>;

/// A failure of the wire on its way through a decoder, which knows only I/O errors.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.detail)]
struct Passed(Failure);

enum Stage {
    /// Nothing has been read yet: what the decoder is may depend on the first byte.
    Coded(Coding, Coded),
    Plain(Plain),
    Ended,
}

/// A body whose coding is undone piece by piece.
pub(crate) struct Decoded {
    stage: Stage,
    from: String,
    limit: u64,
    given: u64,
    taken: Arc<AtomicU64>,
}

impl Decoded {
    /// The body on `wire`, at most `limit` bytes of it decoded. `from` names its address.
    pub(crate) fn new(wire: Wire, coding: Coding, from: String, limit: u64) -> Self {
        let taken = wire.taken();
        let pieces = stream::unfold(wire, async |mut wire| {
            let piece = wire.next().await?;
            Some((piece, wire))
        });
        let coded = StreamReader::new(pieces.map_err(|failure| io::Error::other(Passed(failure))).boxed());
        Self { stage: Stage::Coded(coding, coded), from, limit, given: 0, taken }
    }

    /// The next piece, of at most [`LARGEST_PIECE`]. `None` at the end, and after a failure.
    pub(crate) async fn next(&mut self) -> Option<Result<Bytes, Failure>> {
        // A decoder can make a great many pieces of what has arrived already: others get their turn in between.
        tokio::task::consume_budget().await;
        let piece = match self.piece().await {
            Ok(None) => None,
            Ok(Some(piece)) => Some(self.within_bounds(piece)),
            Err(error) => Some(Err(self.failure(error))),
        };
        if !matches!(piece, Some(Ok(_))) {
            self.stage = Stage::Ended;
        }
        piece
    }

    async fn piece(&mut self) -> io::Result<Option<Bytes>> {
        if let Stage::Coded(coding, coded) = &mut self.stage {
            // An empty body is an empty document, whatever its coding is said to be.
            let Some(first) = coded.fill_buf().await?.first().copied() else { return Ok(None) };
            let coding = *coding;
            let Stage::Coded(_, coded) = std::mem::replace(&mut self.stage, Stage::Ended) else {
                return Ok(None);
            };
            self.stage =
                Stage::Plain(ReaderStream::with_capacity(decoder(coding, first, coded), LARGEST_PIECE));
        }
        match &mut self.stage {
            Stage::Plain(plain) => plain.try_next().await,
            Stage::Coded(..) | Stage::Ended => Ok(None),
        }
    }

    fn within_bounds(&mut self, piece: Bytes) -> Result<Bytes, Failure> {
        self.given += piece.len() as u64;
        if self.given > self.limit {
            return Err(over_limit(&self.from, self.limit));
        }
        let taken = self.taken.load(Ordering::Relaxed);
        if self.given > RATIO_FROM && self.given > taken.saturating_mul(LARGEST_RATIO) {
            let what = format!("it grows more than {LARGEST_RATIO} times when it is unpacked");
            return Err(failures::too_large(&self.from, &what));
        }
        Ok(piece)
    }

    fn failure(&self, error: io::Error) -> Failure {
        if error.get_ref().is_some_and(|inner| inner.is::<Passed>()) {
            let passed = error.into_inner().and_then(|inner| inner.downcast::<Passed>().ok());
            return passed.map_or_else(|| failures::broken(&self.from, "it broke off"), |passed| passed.0);
        }
        if error.kind() == io::ErrorKind::UnexpectedEof {
            return failures::broken(&self.from, "its content coding ends too early");
        }
        failures::broken(&self.from, &format!("its content coding is broken: {error}"))
    }
}

/// The failure of a body that is larger than `limit` bytes once decoded.
pub(crate) fn over_limit(from: &str, limit: u64) -> Failure {
    failures::too_large(from, &format!("it is more than {limit} bytes when it is unpacked"))
}

fn decoder(coding: Coding, first: u8, coded: Coded) -> Pin<Box<dyn AsyncRead + Send>> {
    match coding {
        Coding::Identity => Box::pin(coded),
        Coding::Gzip => {
            let mut gzip = GzipDecoder::new(coded);
            gzip.multiple_members(true);
            Box::pin(gzip)
        }
        Coding::Brotli => Box::pin(BrotliDecoder::new(coded)),
        Coding::Zstd => {
            let mut zstd = ZstdDecoder::with_params(coded, &[DParameter::window_log_max(ZSTD_WINDOW_LOG)]);
            zstd.multiple_members(true);
            Box::pin(zstd)
        }
        // "deflate" means the zlib format, and some servers send the bare stream. The low half of zlib's first byte
        // is 8; in a bare stream that would be a stored block with padding that no encoder writes.
        Coding::Deflate if first & 0x0f == 8 => Box::pin(ZlibDecoder::new(coded)),
        Coding::Deflate => Box::pin(DeflateDecoder::new(coded)),
    }
}
