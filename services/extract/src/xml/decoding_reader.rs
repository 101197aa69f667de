//! Reads a part of a document as UTF-8, whatever its charset is, one buffer at a time.

use std::io::{self, BufRead, Read};

use crate::charset::{DeclaredCharset, declared_charset};
use crate::declared::Declared;
use crate::decode::Decoder;
use crate::media_type::MediaType;

const BUFFER: usize = 32 * 1024;

/// What decoding the parts of a document showed.
#[derive(Debug, Default)]
pub(crate) struct DecodingStats {
    /// The charset of the last part, and what decided it.
    pub(crate) last: Option<(String, crate::CharsetSource)>,
    /// Invalid byte sequences in all parts.
    pub(crate) replacements: u64,
}

pub(crate) struct DecodingReader<'c, R> {
    source: R,
    stats: &'c mut DecodingStats,
    decoder: Option<Decoder>,
    input: Vec<u8>,
    text: String,
    at: usize,
    ended: bool,
}

impl<'c, R: Read> DecodingReader<'c, R> {
    pub(crate) fn new(source: R, stats: &'c mut DecodingStats) -> Self {
        let input = vec![0; BUFFER];
        Self { source, stats, decoder: None, input, text: String::new(), at: 0, ended: false }
    }

    /// Decodes the next buffer. The text is empty only at the end.
    fn refill(&mut self) -> io::Result<()> {
        self.text.clear();
        self.at = 0;
        while self.text.is_empty() && !self.ended {
            let read = self.fill()?;
            let mut bytes = &self.input[..read];
            if self.decoder.is_none() {
                let DeclaredCharset { known, skip, .. } =
                    declared_charset(bytes, &Declared::default(), MediaType::Xliff)
                        .map_err(io::Error::other)?;
                // XML without a declaration is UTF-8, so nothing is guessed.
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
                self.stats.last = Some((decoder.charset(), decoder.source()));
                self.stats.replacements += decoder.replacements();
            }
        }
        Ok(())
    }

    /// Fills the buffer unless the part ends: the first buffer decides the charset.
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

impl<R: Read> Read for DecodingReader<'_, R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(to)?;
        self.consume(read);
        Ok(read)
    }
}

impl<R: Read> BufRead for DecodingReader<'_, R> {
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
