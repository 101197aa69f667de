//! Bytes to text: a streaming decoder with a fixed memory.
//!
//! Knows charsets and their errors; nothing of documents. UTF-8 is passed through as slices of the input.
//! What a decoder of the WHATWG makes U+FFFD of, this one makes [`UNDECODED`] of.

mod detect;
mod legacy;
mod utf8;

use encoding_rs::{Encoding, UTF_8};

use crate::charset::CharsetSource;
use crate::failure::ExtractError;
use detect::Undecided;
use legacy::Legacy;
use utf8::Utf8;

/// Stands in extracted text for bytes that its charset does not have: one for each sequence that the WHATWG's decoders
/// replace by one U+FFFD.
///
/// A noncharacter, which no document has a use for, so that a U+FFFD that stood in the document and one that decoding
/// made can be told apart: `wc` counts the one and passes over the bytes behind the other.
pub const UNDECODED: char = '\u{FFFF}';

/// The same as a piece of text.
const UNDECODED_TEXT: &str = "\u{FFFF}";

/// Takes decoded text, piece by piece.
pub(crate) type TextResult = Result<(), ExtractError>;

/// Decodes one document. The text does not depend on how the bytes are cut into pieces.
#[derive(Debug)]
pub(crate) struct Decoder {
    encoding: &'static Encoding,
    source: CharsetSource,
    form: Form,
    /// How often bytes were replaced by [`UNDECODED`].
    replacements: u64,
}

#[derive(Debug)]
enum Form {
    Utf8(Utf8),
    Legacy(Legacy),
    Undecided(Undecided),
}

impl Decoder {
    /// A decoder for a declared charset, or one that finds out.
    pub(crate) fn new(known: Option<(&'static Encoding, CharsetSource)>) -> Self {
        let (encoding, source) = known.unwrap_or((UTF_8, CharsetSource::Default));
        let form = if known.is_some() { Form::of(encoding) } else { Form::Undecided(Undecided::default()) };
        Self { encoding, source, form, replacements: 0 }
    }

    /// Decodes more bytes and hands the text to `to`.
    pub(crate) fn push(&mut self, bytes: &[u8], to: &mut impl FnMut(&str) -> TextResult) -> TextResult {
        let Form::Undecided(undecided) = &mut self.form else {
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

    /// Decodes what is left; a character cut off by the end is replaced.
    pub(crate) fn finish(&mut self, to: &mut impl FnMut(&str) -> TextResult) -> TextResult {
        if matches!(self.form, Form::Undecided(_)) {
            self.decide(&[], to)?;
        }
        self.replacements += match &mut self.form {
            Form::Utf8(utf8) => utf8.finish(to)?,
            Form::Legacy(legacy) => legacy.push(&[], true, to)?,
            Form::Undecided(_) => 0,
        };
        Ok(())
    }

    /// The charset's name in lower case.
    pub(crate) fn charset(&self) -> String {
        self.encoding.name().to_ascii_lowercase()
    }

    pub(crate) fn source(&self) -> CharsetSource {
        self.source
    }

    pub(crate) fn replacements(&self) -> u64 {
        self.replacements
    }

    /// Enough was seen: chooses the charset and decodes what was held back for that, then `rest`.
    fn decide(&mut self, rest: &[u8], to: &mut impl FnMut(&str) -> TextResult) -> TextResult {
        let Form::Undecided(undecided) = &mut self.form else { return Ok(()) };
        let held = undecided.take_held();
        if !held.is_empty() {
            self.encoding = detect::guess(&held);
            self.source = CharsetSource::Detected;
        }
        self.form = Form::of(self.encoding);
        self.decode(&held, to)?;
        self.decode(rest, to)
    }

    fn decode(&mut self, bytes: &[u8], to: &mut impl FnMut(&str) -> TextResult) -> TextResult {
        self.replacements += match &mut self.form {
            Form::Utf8(utf8) => utf8.push(bytes, to)?,
            Form::Legacy(legacy) => legacy.push(bytes, false, to)?,
            Form::Undecided(_) => 0,
        };
        Ok(())
    }
}

impl Form {
    fn of(encoding: &'static Encoding) -> Self {
        if encoding == UTF_8 { Self::Utf8(Utf8::default()) } else { Self::Legacy(Legacy::new(encoding)) }
    }
}

#[cfg(test)]
mod tests;
