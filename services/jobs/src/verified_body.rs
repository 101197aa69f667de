//! Compares a stored body with what was stored, while it is read.
//!
//! A disk may cut, change or lengthen a file without an error. A reader of a damaged body gets its pieces and then a
//! `content-lost` failure in the place of the end, so no result comes of it.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use sha2::{Digest, Sha256};

use crate::failure::{Failure, FailureType};
use crate::ports::{ByteStream, StreamError};

/// What is known about a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpectedBody {
    /// Its length in bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes, where it is known. Without it only the length is compared.
    pub digest: Option<[u8; 32]>,
}

/// Whether a body was read to its end and was what was stored.
#[derive(Clone, Debug, Default)]
pub struct Intact(Arc<AtomicBool>);

impl Intact {
    /// `false` while the end was not reached, and for a damaged body.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// The body with a failure in the place of its end when it is not the expected one.
#[must_use]
pub fn verified(body: ByteStream, expected: ExpectedBody) -> (ByteStream, Intact) {
    let intact = Intact::default();
    let hash = expected.digest.map(|_| Sha256::new());
    let verified = VerifiedBody { body, expected, hash, read: 0, ended: false, intact: intact.clone() };
    (Box::pin(verified), intact)
}

/// Reads the body to its end; an error when it is not the expected one.
pub async fn verify(body: ByteStream, expected: ExpectedBody) -> Result<(), StreamError> {
    let (mut body, _) = verified(body, expected);
    while let Some(piece) = body.next().await {
        piece?;
    }
    Ok(())
}

/// The failure of a job whose stored body is damaged.
#[must_use]
pub fn content_damaged() -> Failure {
    Failure::new(FailureType::CONTENT_LOST, "the stored content is not what was stored; submit it again")
}

struct VerifiedBody {
    body: ByteStream,
    expected: ExpectedBody,
    hash: Option<Sha256>,
    read: u64,
    ended: bool,
    intact: Intact,
}

impl VerifiedBody {
    fn is_expected(&mut self) -> bool {
        let digest = self.hash.take().map(|hash| <[u8; 32]>::from(hash.finalize()));
        self.read == self.expected.bytes && digest == self.expected.digest
    }

    fn damaged(&mut self) -> Poll<Option<Result<Bytes, StreamError>>> {
        self.ended = true;
        Poll::Ready(Some(Err(StreamError::Failed(content_damaged()))))
    }
}

impl Stream for VerifiedBody {
    type Item = Result<Bytes, StreamError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        match self.body.poll_next_unpin(context) {
            Poll::Ready(Some(Ok(piece))) => {
                self.read += piece.len() as u64;
                if self.read > self.expected.bytes {
                    return self.damaged();
                }
                if let Some(hash) = &mut self.hash {
                    hash.update(&piece);
                }
                Poll::Ready(Some(Ok(piece)))
            }
            Poll::Ready(None) if self.is_expected() => {
                self.ended = true;
                self.intact.0.store(true, Ordering::Release);
                Poll::Ready(None)
            }
            Poll::Ready(None) => self.damaged(),
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt, stream};

    use super::*;

    fn body(pieces: &[&'static [u8]]) -> ByteStream {
        let pieces: Vec<_> = pieces.iter().map(|piece| Ok(Bytes::from_static(piece))).collect();
        Box::pin(stream::iter(pieces))
    }

    fn expected(bytes: &[u8]) -> ExpectedBody {
        ExpectedBody { bytes: bytes.len() as u64, digest: Some(Sha256::digest(bytes).into()) }
    }

    fn is_intact(pieces: &[&'static [u8]], expected: ExpectedBody) -> bool {
        match verify(body(pieces), expected).now_or_never().unwrap() {
            Ok(()) => true,
            Err(StreamError::Failed(failure)) if failure.is(FailureType::CONTENT_LOST) => false,
            Err(error) => panic!("{error:?}"),
        }
    }

    #[test]
    fn a_body_that_was_cut_changed_or_lengthened_ends_with_content_lost() {
        let stored = expected(b"three small words");
        assert!(is_intact(&[b"three ", b"small words"], stored));
        assert!(!is_intact(&[b"three ", b"small word"], stored), "cut");
        assert!(!is_intact(&[], stored), "emptied");
        assert!(!is_intact(&[b"three ", b"small_words"], stored), "changed");
        assert!(!is_intact(&[b"three ", b"small words", b"!"], stored), "lengthened");
        assert!(is_intact(&[], expected(b"")));
    }

    #[test]
    fn without_a_digest_the_length_is_compared() {
        let stored = ExpectedBody { bytes: 5, digest: None };
        assert!(is_intact(&[b"12345"], stored));
        assert!(!is_intact(&[b"1234"], stored));
    }

    #[test]
    fn a_body_that_was_not_read_to_its_end_is_not_known_to_be_intact() {
        let (mut stream, intact) = verified(body(&[b"one", b"two"]), expected(b"onetwo"));
        assert!(stream.next().now_or_never().unwrap().unwrap().is_ok());
        assert!(!intact.is_known());
        assert!(stream.next().now_or_never().unwrap().unwrap().is_ok());
        assert!(stream.next().now_or_never().unwrap().is_none());
        assert!(intact.is_known());
    }
}
