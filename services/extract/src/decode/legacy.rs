//! Decodes every charset except UTF-8 with `encoding_rs`, through one fixed buffer.
//!
//! Counts the replacements. The convenience functions of `encoding_rs` only report whether there were any.

use encoding_rs::{DecoderResult, Encoding};

use super::{TextResult, UNDECODED_TEXT};
use crate::error::ExtractError;

/// The most bytes of text that one call produces.
const BUFFER: usize = 16 * 1024;

#[derive(Debug)]
pub(super) struct LegacyDecoder {
    decoder: encoding_rs::Decoder,
    buffer: Box<str>,
}

impl LegacyDecoder {
    pub(super) fn new(encoding: &'static Encoding) -> Self {
        // The caller has removed the byte order mark.
        let decoder = encoding.new_decoder_without_bom_handling();
        Self { decoder, buffer: "\0".repeat(BUFFER).into_boxed_str() }
    }

    /// Passes on the text of `bytes` and returns how many sequences were replaced.
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
