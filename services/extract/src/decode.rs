//! Bytes to text: a streaming decoder with a fixed amount of memory.
//!
//! Knows charsets and decoding errors, but not document formats. UTF-8 is passed through as slices of the input. Where
//! a WHATWG decoder writes U+FFFD, this one writes [`UNDECODED`].

mod detect;
mod legacy;
mod utf8;

use encoding_rs::{Encoding, UTF_8};

use crate::charset::CharsetSource;
use crate::error::ExtractError;
use detect::CharsetDetector;
use legacy::LegacyDecoder;
use utf8::Utf8Decoder;

/// Replaces bytes that are invalid in the charset: one for each sequence that a WHATWG decoder replaces with one
/// U+FFFD.
///
/// It is a noncharacter, which documents do not use. So a U+FFFD in the document differs from a decoding error: `wc`
/// counts the first, and skips the invalid bytes behind the second.
pub const UNDECODED: char = '\u{FFFF}';

/// [`UNDECODED`] as a string.
const UNDECODED_TEXT: &str = "\u{FFFF}";

/// What a consumer of decoded text returns.
pub(crate) type TextResult = Result<(), ExtractError>;

/// Decodes one document. The text does not depend on where the input is split.
#[derive(Debug)]
pub(crate) struct Decoder {
    encoding: &'static Encoding,
    source: CharsetSource,
    state: DecoderState,
    /// How many byte sequences were replaced with [`UNDECODED`].
    replacements: u64,
}

#[derive(Debug)]
enum DecoderState {
    Utf8(Utf8Decoder),
    Legacy(LegacyDecoder),
    Undecided(CharsetDetector),
}

impl Decoder {
    /// A decoder for a known charset, or one that detects the charset.
    pub(crate) fn new(known: Option<(&'static Encoding, CharsetSource)>) -> Self {
        let (encoding, source) = known.unwrap_or((UTF_8, CharsetSource::Default));
        let state = if known.is_some() {
            DecoderState::of(encoding)
        } else {
            DecoderState::Undecided(CharsetDetector::default())
        };
        Self { encoding, source, state, replacements: 0 }
    }

    /// Decodes more bytes and passes the text to `to`.
    pub(crate) fn push(&mut self, bytes: &[u8], to: &mut impl FnMut(&str) -> TextResult) -> TextResult {
        let DecoderState::Undecided(undecided) = &mut self.state else {
            return self.decode(bytes, to);
        };
        let ascii = undecided.push(bytes);
        let decided = undecided.is_full();
        if !ascii.is_empty() {
            to(ascii)?;
        }
        let rest = if decided { &bytes[undecided.taken()..] } else { &[] };
        if decided { self.decide(rest, to) } else { Ok(()) }
    }

    /// Decodes the remaining bytes. A character cut off by the end of the input is replaced.
    pub(crate) fn finish(&mut self, to: &mut impl FnMut(&str) -> TextResult) -> TextResult {
        if matches!(self.state, DecoderState::Undecided(_)) {
            self.decide(&[], to)?;
        }
        self.replacements += match &mut self.state {
            DecoderState::Utf8(utf8) => utf8.finish(to)?,
            DecoderState::Legacy(legacy) => legacy.push(&[], true, to)?,
            DecoderState::Undecided(_) => 0,
        };
        Ok(())
    }

    /// The encoding's name in lower case.
    pub(crate) fn charset(&self) -> String {
        self.encoding.name().to_ascii_lowercase()
    }

    pub(crate) fn source(&self) -> CharsetSource {
        self.source
    }

    pub(crate) fn replacements(&self) -> u64 {
        self.replacements
    }

    /// Chooses the charset, then decodes the bytes held back and `rest`.
    fn decide(&mut self, rest: &[u8], to: &mut impl FnMut(&str) -> TextResult) -> TextResult {
        let DecoderState::Undecided(undecided) = &mut self.state else { return Ok(()) };
        let held = undecided.take_held();
        if !held.is_empty() {
            self.encoding = detect::guess(&held);
            self.source = CharsetSource::Detected;
        }
        self.state = DecoderState::of(self.encoding);
        self.decode(&held, to)?;
        self.decode(rest, to)
    }

    fn decode(&mut self, bytes: &[u8], to: &mut impl FnMut(&str) -> TextResult) -> TextResult {
        self.replacements += match &mut self.state {
            DecoderState::Utf8(utf8) => utf8.push(bytes, to)?,
            DecoderState::Legacy(legacy) => legacy.push(bytes, false, to)?,
            DecoderState::Undecided(_) => 0,
        };
        Ok(())
    }
}

impl DecoderState {
    fn of(encoding: &'static Encoding) -> Self {
        if encoding == UTF_8 {
            Self::Utf8(Utf8Decoder::default())
        } else {
            Self::Legacy(LegacyDecoder::new(encoding))
        }
    }
}

#[cfg(test)]
mod tests;
