//! Decodes the content coding of a body, and refuses a body that becomes too large.
//!
//! The limits apply to the output: its bytes, its ratio to the input, and the memory of the decoder (a window of 8 MiB
//! for zstd; brotli asks for 16 MiB at most).

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
use tally_kernel::content_coding::ZSTD_WINDOW_LOG;
use tally_kernel::{ContentCoding, DecodedLimit, DecodedLimitExceeded};
use tokio::io::{AsyncBufReadExt, AsyncRead};
use tokio_util::io::{ReaderStream, StreamReader};

use crate::failures;
use crate::wire::{LARGEST_PIECE, Wire};

/// The largest ratio of decoded bytes to bytes on the wire. Books reach 4, the most regular tables 50.
const LARGEST_RATIO: u64 = 200;

/// The coding that `headers` declare. The error is the refused value: an unknown coding, more than one, or a transfer
/// coding that the request did not accept.
pub(crate) fn of(headers: &HeaderMap) -> Result<ContentCoding, String> {
    let transfer = values(headers, &TRANSFER_ENCODING);
    if !transfer.is_empty() && !transfer.eq_ignore_ascii_case("chunked") {
        return Err(transfer);
    }
    let declared = values(headers, &CONTENT_ENCODING);
    ContentCoding::parse([declared.as_str()]).map_err(|_| declared)
}

/// All values of a header in one line.
fn values(headers: &HeaderMap, name: &HeaderName) -> String {
    let values = headers.get_all(name).iter();
    values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect::<Vec<_>>().join(",")
}

type Coded = StreamReader<BoxStream<'static, io::Result<Bytes>>, Bytes>;
type Plain = ReaderStream<Pin<Box<dyn AsyncRead + Send>>>;

/// Carries a failure of the wire through a decoder, which knows only I/O errors.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.detail)]
struct Passed(Failure);

enum Stage {
    /// Nothing has been read yet. The choice of the decoder may depend on the first byte.
    Coded(ContentCoding, Coded),
    Plain(Plain),
    Ended,
}

/// A body that is decoded piece by piece.
pub(crate) struct Decoded {
    stage: Stage,
    from: String,
    limit: DecodedLimit,
    given: u64,
    taken: Arc<AtomicU64>,
}

impl Decoded {
    /// The body on `wire`, at most `limit` bytes of it decoded. `from` names its address.
    pub(crate) fn new(wire: Wire, coding: ContentCoding, from: String, limit: u64) -> Self {
        let taken = wire.taken();
        let pieces = stream::unfold(wire, async |mut wire| {
            let piece = wire.next().await?;
            Some((piece, wire))
        });
        let coded = StreamReader::new(pieces.map_err(|failure| io::Error::other(Passed(failure))).boxed());
        let limit = DecodedLimit { bytes: limit, ratio: LARGEST_RATIO };
        Self { stage: Stage::Coded(coding, coded), from, limit, given: 0, taken }
    }

    /// The next piece, of at most [`LARGEST_PIECE`]. `None` at the end, and after a failure.
    pub(crate) async fn next(&mut self) -> Option<Result<Bytes, Failure>> {
        // A decoder can make many pieces of what has arrived already: other tasks get their turn in between.
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
        match self.limit.check(self.taken.load(Ordering::Relaxed), self.given) {
            Ok(()) => Ok(piece),
            Err(DecodedLimitExceeded::Bytes) => Err(over_limit(&self.from, self.limit.bytes)),
            Err(DecodedLimitExceeded::Ratio) => {
                let what = format!("it grows more than {} times when it is unpacked", self.limit.ratio);
                Err(failures::too_large(&self.from, &what))
            }
        }
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

fn decoder(coding: ContentCoding, first: u8, coded: Coded) -> Pin<Box<dyn AsyncRead + Send>> {
    match coding {
        ContentCoding::Identity => Box::pin(coded),
        ContentCoding::Gzip => {
            let mut gzip = GzipDecoder::new(coded);
            gzip.multiple_members(true);
            Box::pin(gzip)
        }
        ContentCoding::Brotli => Box::pin(BrotliDecoder::new(coded)),
        ContentCoding::Zstd => {
            let mut zstd = ZstdDecoder::with_params(coded, &[DParameter::window_log_max(ZSTD_WINDOW_LOG)]);
            zstd.multiple_members(true);
            Box::pin(zstd)
        }
        // "deflate" means the zlib format, and some servers send the bare stream. The low half of zlib's first byte
        // is 8; in a bare stream that would be a stored block with padding that no encoder writes.
        ContentCoding::Deflate if first & 0x0f == 8 => Box::pin(ZlibDecoder::new(coded)),
        ContentCoding::Deflate => Box::pin(DeflateDecoder::new(coded)),
    }
}
