//! Decodes the content coding of a body, and refuses a body that becomes too large.
//!
//! The limits apply to the output: its bytes, its ratio to the input, and the memory of the decoder (a window of 8 MiB
//! for zstd; brotli asks for 16 MiB at most).

mod decoder;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use futures_util::stream;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, HeaderName, TRANSFER_ENCODING};
use tally_jobs::failure::Failure;
use tally_kernel::{ContentCoding, DecodedLimit, DecodedLimitExceeded};
use tokio::io::AsyncBufReadExt;

use self::decoder::{Coded, Decoder, next_member};
use crate::failures;
use crate::wire::{LARGEST_PIECE, Wire};

/// The largest ratio of decoded bytes to bytes on the wire. Books reach 4, the most regular tables 50.
const LARGEST_RATIO: u64 = 200;

/// The most members of one body. Blocked gzip has one for each 64 KiB, so 200 MB have 3 100. Each costs a new decoder.
const MAX_MEMBERS: u32 = 100_000;

/// The codings of IANA's registry that are not decoded, and others that servers use. Any other unknown name is no coding
/// at all, such as `none`, `utf-8` or S3's `aws-chunked`: browsers then take the body as it is.
const REFUSED_CODINGS: [&str; 14] = [
    "aes128gcm",
    "bzip2",
    "compress",
    "dcb",
    "dcz",
    "exi",
    "lz4",
    "lzma",
    "pack200-gzip",
    "snappy",
    "x-bzip2",
    "x-compress",
    "x-snappy-framed",
    "xz",
];

/// The coding that `headers` declare. The error is the refused value: an unknown coding, more than one, or a transfer
/// coding that the request did not accept.
pub(crate) fn of(headers: &HeaderMap) -> Result<ContentCoding, String> {
    let transfer = values(headers, &TRANSFER_ENCODING);
    if !transfer.is_empty() && !transfer.eq_ignore_ascii_case("chunked") {
        return Err(transfer);
    }
    let declared = values(headers, &CONTENT_ENCODING);
    ContentCoding::parse(declared.split(',').filter(|name| is_coding(name))).map_err(|_| declared)
}

fn is_coding(name: &str) -> bool {
    ContentCoding::parse([name]).is_ok()
        || REFUSED_CODINGS.iter().any(|refused| name.trim().eq_ignore_ascii_case(refused))
}

/// All values of a header in one line.
fn values(headers: &HeaderMap, name: &HeaderName) -> String {
    let values = headers.get_all(name).iter();
    values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect::<Vec<_>>().join(",")
}

/// Carries a failure of the wire through a decoder, which knows only I/O errors.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.detail)]
struct Passed(Failure);

enum Stage {
    /// Nothing of this member has been read yet. The choice of the decoder may depend on its first byte.
    Coded(Coded),
    Plain(Decoder),
    Ended,
}

/// A body that is decoded piece by piece.
pub(crate) struct Decoded {
    coding: ContentCoding,
    stage: Stage,
    members: u32,
    buffer: BytesMut,
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
            Some((piece.map_err(|failure| io::Error::other(Passed(failure))), wire))
        });
        Self {
            coding,
            stage: Stage::Coded(decoder::coded(pieces.boxed())),
            members: 0,
            buffer: BytesMut::new(),
            from,
            limit: DecodedLimit { bytes: limit, ratio: LARGEST_RATIO },
            given: 0,
            taken,
        }
    }

    /// The next piece, of at most [`LARGEST_PIECE`]. `None` at the end, and after a failure.
    pub(crate) async fn next(&mut self) -> Option<Result<Bytes, Failure>> {
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
        loop {
            // A decoder can make many pieces of what has arrived already: other tasks get their turn in between.
            tokio::task::consume_budget().await;
            match std::mem::replace(&mut self.stage, Stage::Ended) {
                Stage::Ended => return Ok(None),
                Stage::Coded(mut coded) => {
                    // An empty body is an empty document, whatever its coding is said to be.
                    let Some(first) = coded.fill_buf().await?.first().copied() else { return Ok(None) };
                    self.members += 1;
                    if self.members > MAX_MEMBERS {
                        return Err(io::Error::other("it has too many members"));
                    }
                    self.stage = Stage::Plain(Decoder::new(self.coding, first, coded));
                }
                Stage::Plain(mut decoder) => {
                    if decoder.read(&mut self.buffer, LARGEST_PIECE).await? > 0 {
                        self.stage = Stage::Plain(decoder);
                        return Ok(Some(self.buffer.split().freeze()));
                    }
                    match next_member(self.coding, decoder.into_coded()).await? {
                        Some(coded) => self.stage = Stage::Coded(coded),
                        None => return Ok(None),
                    }
                }
            }
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
