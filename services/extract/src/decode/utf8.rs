//! Passes UTF-8 through without copying it.
//!
//! Replaces each maximal part of an ill-formed sequence once, like the WHATWG decoder.

use super::{TextResult, UNDECODED_TEXT};
use crate::error::ExtractError;

/// Text is passed on in pieces of this size, so that the next reader finds them in the cache.
const PIECE: usize = 64 * 1024;

/// The state between two pieces: the first bytes of a character, at most 3.
#[derive(Debug, Default)]
pub(super) struct Utf8Decoder {
    carry: [u8; 4],
    carried: usize,
}

impl Utf8Decoder {
    /// Passes on the text of `bytes` and returns how many sequences were replaced.
    pub(super) fn push(
        &mut self,
        bytes: &[u8],
        to: &mut impl FnMut(&str) -> TextResult,
    ) -> Result<u64, ExtractError> {
        let mut replaced = 0;
        let mut rest = bytes;
        while !rest.is_empty() {
            if self.carried > 0 {
                let complete;
                (rest, complete) = self.complete(rest, to)?;
                replaced += u64::from(!complete);
            } else {
                let (read, replacements) = self.push_piece(&rest[..piece_end(rest)], to)?;
                replaced += replacements;
                rest = &rest[read..];
            }
        }
        Ok(replaced)
    }

    /// Replaces a character cut off by the end of the document.
    pub(super) fn finish(&mut self, to: &mut impl FnMut(&str) -> TextResult) -> Result<u64, ExtractError> {
        if self.carried == 0 {
            return Ok(0);
        }
        self.carried = 0;
        to(UNDECODED_TEXT)?;
        Ok(1)
    }

    /// Adds one byte to the carried character, or leaves it if it does not belong to that character.
    fn complete<'a>(
        &mut self,
        rest: &'a [u8],
        to: &mut impl FnMut(&str) -> TextResult,
    ) -> Result<(&'a [u8], bool), ExtractError> {
        self.carry[self.carried] = rest[0];
        match std::str::from_utf8(&self.carry[..=self.carried]) {
            Ok(character) => {
                to(character)?;
                self.carried = 0;
                Ok((&rest[1..], true))
            }
            Err(error) if error.error_len().is_none() => {
                self.carried += 1;
                Ok((&rest[1..], true))
            }
            Err(_) => {
                to(UNDECODED_TEXT)?;
                self.carried = 0;
                Ok((rest, false))
            }
        }
    }

    fn carry_over(&mut self, start: &[u8]) {
        self.carried = start.len();
        self.carry[..start.len()].copy_from_slice(start);
    }

    /// Passes on one piece and returns how many bytes were read and how many sequences replaced.
    fn push_piece(
        &mut self,
        piece: &[u8],
        to: &mut impl FnMut(&str) -> TextResult,
    ) -> Result<(usize, u64), ExtractError> {
        // Nearly all input is well-formed, and checking that is much faster than splitting at errors.
        let (head, tail) = piece.split_at(piece.len() - cut_off_length(piece));
        if let Ok(text) = std::str::from_utf8(head) {
            to(text)?;
            self.carry_over(tail);
            return Ok((piece.len(), 0));
        }
        let mut read = 0;
        let mut replaced = 0;
        for chunk in piece.utf8_chunks() {
            if !chunk.valid().is_empty() {
                to(chunk.valid())?;
            }
            read += chunk.valid().len() + chunk.invalid().len();
            if chunk.invalid().is_empty() {
                continue;
            }
            if read == piece.len() && is_cut_off(chunk.invalid()) {
                self.carry_over(chunk.invalid());
            } else {
                to(UNDECODED_TEXT)?;
                replaced += 1;
            }
        }
        Ok((read, replaced))
    }
}

/// How many bytes at the end may start a character that continues in the next piece.
fn cut_off_length(piece: &[u8]) -> usize {
    let starts = (1..=piece.len().min(3)).find(|length| piece[piece.len() - length] >= 0xC0);
    starts.filter(|length| is_cut_off(&piece[piece.len() - length..])).unwrap_or(0)
}

/// Whether the bytes may start a character that continues in the next piece.
fn is_cut_off(invalid: &[u8]) -> bool {
    std::str::from_utf8(invalid).is_err_and(|error| error.error_len().is_none())
}

/// A piece's length, moved back to a character border if one is near.
fn piece_end(rest: &[u8]) -> usize {
    if rest.len() <= PIECE {
        return rest.len();
    }
    let starts = |end: &usize| rest[*end] & 0b1100_0000 != 0b1000_0000;
    (PIECE - 3..=PIECE).rev().find(starts).unwrap_or(PIECE)
}
