//! Bytes of a part as UTF-8, whatever charset it is in, a buffer at a time.
//!
//! Knows charsets and reading; nothing of XML but that it may declare one.

use std::io::{self, BufRead, Read};

use crate::charset::{Charset, declared_charset};
use crate::declared::Declared;
use crate::decode::Decoder;
use crate::media::MediaType;

/// How much is read at once, in bytes.
const BUFFER: usize = 32 * 1024;

/// What decoding the parts of a document showed.
#[derive(Debug, Default)]
pub(crate) struct Charsets {
    /// The charset of the last part, and what decided it.
    pub(crate) last: Option<(String, crate::CharsetSource)>,
    /// Sequences of bytes that were no characters, in all parts.
    pub(crate) replacements: u64,
}

/// A part that is being decoded.
pub(crate) struct Decoded<'c, R> {
    source: R,
    charsets: &'c mut Charsets,
    decoder: Option<Decoder>,
    input: Vec<u8>,
    text: String,
    at: usize,
    ended: bool,
}

impl<'c, R: Read> Decoded<'c, R> {
    pub(crate) fn new(source: R, charsets: &'c mut Charsets) -> Self {
        let input = vec![0; BUFFER];
        Self { source, charsets, decoder: None, input, text: String::new(), at: 0, ended: false }
    }

    /// Decodes the next buffer; leaves the text empty at the end only.
    fn refill(&mut self) -> io::Result<()> {
        self.text.clear();
        self.at = 0;
        while self.text.is_empty() && !self.ended {
            let read = self.fill()?;
            let mut bytes = &self.input[..read];
            if self.decoder.is_none() {
                let Charset { known, skip, .. } =
                    declared_charset(bytes, &Declared::default(), MediaType::Xliff)
                        .map_err(io::Error::other)?;
                // What declares nothing is in UTF-8, as XML says; no guess is made.
                let utf8 = (encoding_rs::UTF_8, crate::CharsetSource::Default);
                self.decoder = Some(Decoder::new(known.or(Some(utf8))));
                bytes = &bytes[skip..];
            }
            let Some(decoder) = &mut self.decoder else { return Ok(()) };
            let text = &mut self.text;
            let mut take = |decoded: &str| {
                text.push_str(decoded);
                Ok(())
            };
            decoder.push(bytes, &mut take).map_err(io::Error::other)?;
            if read == 0 {
                decoder.finish(&mut take).map_err(io::Error::other)?;
                self.ended = true;
                self.charsets.last = Some((decoder.charset(), decoder.source()));
                self.charsets.replacements += decoder.replacements();
            }
        }
        Ok(())
    }

    /// Reads until the buffer is full or the part ends: the charset is decided by the first buffer.
    fn fill(&mut self) -> io::Result<usize> {
        let mut filled = 0;
        while filled < self.input.len() {
            match self.source.read(&mut self.input[filled..])? {
                0 => break,
                read => filled += read,
            }
        }
        Ok(filled)
    }
}

impl<R: Read> Read for Decoded<'_, R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(to)?;
        self.consume(read);
        Ok(read)
    }
}

impl<R: Read> BufRead for Decoded<'_, R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at == self.text.len() {
            self.refill()?;
        }
        Ok(&self.text.as_bytes()[self.at..])
    }

    fn consume(&mut self, amount: usize) {
        self.at = (self.at + amount).min(self.text.len());
    }
}
