//! Every charset but UTF-8, by `encoding_rs`, through one fixed buffer.
//!
//! Counts what had to be replaced, which the convenient entry points of `encoding_rs` only tell as "some".

use encoding_rs::{DecoderResult, Encoding};

use super::{TextResult, UNDECODED_TEXT};
use crate::failure::ExtractError;

/// Bytes of text a call makes at most.
const BUFFER: usize = 16 * 1024;

#[derive(Debug)]
pub(super) struct Legacy {
    decoder: encoding_rs::Decoder,
    buffer: Box<str>,
}

impl Legacy {
    pub(super) fn new(encoding: &'static Encoding) -> Self {
        // The mark, if there is one, was taken off and has decided already.
        let decoder = encoding.new_decoder_without_bom_handling();
        Self { decoder, buffer: "\0".repeat(BUFFER).into_boxed_str() }
    }

    /// Hands on the text of `bytes`; returns how many characters were replaced.
    pub(super) fn push(
        &mut self,
        bytes: &[u8],
        last: bool,
        to: &mut impl FnMut(&str) -> TextResult,
    ) -> Result<u64, ExtractError> {
        let mut rest = bytes;
        let mut replaced = 0;
        loop {
            let (result, read, written) =
                self.decoder.decode_to_str_without_replacement(rest, &mut self.buffer, last);
            rest = &rest[read..];
            if written > 0 {
                to(&self.buffer[..written])?;
            }
            match result {
                DecoderResult::InputEmpty => return Ok(replaced),
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => {
                    to(UNDECODED_TEXT)?;
                    replaced += 1;
                }
            }
        }
    }
}
