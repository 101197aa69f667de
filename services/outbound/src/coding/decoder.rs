//! The decoders of content codings, one member of a body at a time.
//!
//! Bodies in gzip and zstd may have several members. Some servers append zeros or a line end; Tally ignores what follows
//! the last member, as gzip and browsers do.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use async_compression::tokio::bufread::{
    BrotliDecoder, DeflateDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder,
};
use async_compression::zstd::DParameter;
use bytes::{Bytes, BytesMut};
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt};
use tally_kernel::ContentCoding;
use tally_kernel::content_coding::ZSTD_WINDOW_LOG;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio_util::io::StreamReader;

/// The bytes by which a member is recognised, at most.
const MAGIC_BYTES: usize = 4;

/// A coded body.
pub(super) type Coded = StreamReader<CodedPieces, Bytes>;

/// The pieces of a coded body. Those that were read to look for another member are read again.
pub(super) struct CodedPieces {
    again: Option<Bytes>,
    rest: BoxStream<'static, io::Result<Bytes>>,
}

pub(super) fn coded(pieces: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Coded {
    StreamReader::new(CodedPieces { again: None, rest: pieces.fuse().boxed() })
}

impl Stream for CodedPieces {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.again.take() {
            Some(again) => Poll::Ready(Some(Ok(again))),
            None => self.rest.poll_next_unpin(cx),
        }
    }
}

/// Decodes one member.
pub(super) enum Decoder {
    Identity(Coded),
    Gzip(GzipDecoder<Coded>),
    Zlib(ZlibDecoder<Coded>),
    Deflate(DeflateDecoder<Coded>),
    Brotli(BrotliDecoder<Coded>),
    Zstd(ZstdDecoder<Coded>),
}

impl Decoder {
    /// A decoder for a member that begins with `first`.
    pub(super) fn new(coding: ContentCoding, first: u8, coded: Coded) -> Self {
        match coding {
            ContentCoding::Identity => Self::Identity(coded),
            ContentCoding::Gzip => Self::Gzip(GzipDecoder::new(coded)),
            ContentCoding::Brotli => Self::Brotli(BrotliDecoder::new(coded)),
            ContentCoding::Zstd => {
                let window = [DParameter::window_log_max(ZSTD_WINDOW_LOG)];
                Self::Zstd(ZstdDecoder::with_params(coded, &window))
            }
            // "deflate" means the zlib format, and some servers send the bare stream. The low half of zlib's first byte
            // is 8; in a bare stream that would be a stored block with padding that no encoder writes.
            ContentCoding::Deflate if first & 0x0f == 8 => Self::Zlib(ZlibDecoder::new(coded)),
            ContentCoding::Deflate => Self::Deflate(DeflateDecoder::new(coded)),
        }
    }

    /// Reads up to `most` decoded bytes. 0 at the end of the member.
    pub(super) async fn read(&mut self, to: &mut BytesMut, most: usize) -> io::Result<usize> {
        to.reserve(most);
        self.reader().take(most as u64).read_buf(to).await
    }

    fn reader(&mut self) -> &mut (dyn AsyncRead + Send + Unpin) {
        match self {
            Self::Identity(coded) => coded,
            Self::Gzip(decoder) => decoder,
            Self::Zlib(decoder) => decoder,
            Self::Deflate(decoder) => decoder,
            Self::Brotli(decoder) => decoder,
            Self::Zstd(decoder) => decoder,
        }
    }

    /// What follows the member.
    pub(super) fn into_coded(self) -> Coded {
        match self {
            Self::Identity(coded) => coded,
            Self::Gzip(decoder) => decoder.into_inner(),
            Self::Zlib(decoder) => decoder.into_inner(),
            Self::Deflate(decoder) => decoder.into_inner(),
            Self::Brotli(decoder) => decoder.into_inner(),
            Self::Zstd(decoder) => decoder.into_inner(),
        }
    }
}

/// The body from its next member on. `None` if no member follows; then the body has been read to its end, so that one
/// that ends before its declared length still fails.
pub(super) async fn next_member(coding: ContentCoding, coded: Coded) -> io::Result<Option<Coded>> {
    if !matches!(coding, ContentCoding::Gzip | ContentCoding::Zstd) {
        return Ok(None);
    }
    let (mut pieces, chunk) = coded.into_inner_with_chunk();
    let mut head = chunk.unwrap_or_default();
    while head.len() < MAGIC_BYTES {
        match pieces.next().await.transpose()? {
            Some(piece) => head = [head, piece].concat().into(),
            None => break,
        }
    }
    if is_member(coding, &head) {
        pieces.again = Some(head);
        return Ok(Some(StreamReader::new(pieces)));
    }
    while pieces.next().await.transpose()?.is_some() {}
    Ok(None)
}

fn is_member(coding: ContentCoding, head: &[u8]) -> bool {
    match coding {
        ContentCoding::Gzip => head.starts_with(&[0x1f, 0x8b, 8]),
        // A frame, or one of the sixteen marks of frames that are skipped (RFC 8878, 3.1).
        ContentCoding::Zstd => {
            matches!(head, [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
        }
        _ => false,
    }
}
