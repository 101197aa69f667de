//! One document from its first byte to its last: sniff, decode, take the text.
//!
//! Knows the order of the steps; each step's rules are in its own file.

use crate::charset::{Charset, CharsetSource, declared_charset};
use crate::declared::Declared;
use crate::decode::Decoder;
use crate::failure::ExtractError;
use crate::format::Format;
use crate::limits::Limits;
use crate::media::MediaType;
use crate::sink::Sink;
use crate::sniff::{SNIFF_BYTES, sniff};
use crate::warning::Warning;

/// What was learned about a document beside its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extraction {
    /// The format it was read as.
    pub media_type: MediaType,
    /// The charset it was read in: a WHATWG encoding's name in lower case, such as `utf-8` or `shift_jis`.
    pub charset: String,
    /// What decided the charset.
    pub charset_source: CharsetSource,
    /// Sequences of bytes that were no characters; U+FFFD that were in the document are not counted.
    pub replacement_characters: u64,
    /// Bytes pushed.
    pub bytes: u64,
    /// The first title, white space collapsed, cut to 1024 bytes. Its text went to the sink as well.
    pub title: Option<String>,
    /// What a reader of the result should know.
    pub warnings: Vec<Warning>,
}

/// Takes the bytes of one document, in pieces of any size, and gives its text to a sink.
///
/// Neither the text of a region nor the [`Extraction`] depends on how the bytes are cut. After an error nothing more
/// may be made of the document: what the sink has is a part of it.
#[derive(Debug)]
pub struct Extractor<'s, S: Sink> {
    declared: Declared<'s>,
    limits: Limits,
    sink: S,
    bytes: u64,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// Too little was seen to know the format.
    Sniffing(Vec<u8>),
    Reading(Box<Reading>),
}

#[derive(Debug)]
struct Reading {
    media_type: MediaType,
    unknown_label: Option<String>,
    decoder: Decoder,
    format: Format,
    nuls: u64,
}

impl<'s, S: Sink> Extractor<'s, S> {
    /// An extractor for one document.
    pub fn new(declared: &Declared<'s>, limits: Limits, sink: S) -> Self {
        Self { declared: *declared, limits, sink, bytes: 0, stage: Stage::Sniffing(Vec::new()) }
    }

    /// Takes the next bytes of the document.
    ///
    /// # Errors
    /// Any [`ExtractError`], as soon as it is certain.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), ExtractError> {
        self.bytes += bytes.len() as u64;
        if self.bytes > self.limits.decoded_bytes {
            let advice = "split it and send the parts";
            return Err(ExtractError::TooLarge { limit_bytes: self.limits.decoded_bytes, advice });
        }
        match &mut self.stage {
            Stage::Reading(reading) => reading.push(bytes, &mut self.sink),
            Stage::Sniffing(held) if held.is_empty() && bytes.len() >= SNIFF_BYTES => {
                self.start(bytes, bytes)
            }
            Stage::Sniffing(held) => {
                // Exactly as many bytes as are looked at, so that the cut of the pieces changes nothing.
                let (missing, rest) = bytes.split_at(bytes.len().min(SNIFF_BYTES - held.len()));
                held.extend_from_slice(missing);
                if held.len() < SNIFF_BYTES {
                    return Ok(());
                }
                let held = std::mem::take(held);
                self.start(&held, &held)?;
                self.push_started(rest)
            }
        }
    }

    /// Ends the document and gives the sink back.
    ///
    /// # Errors
    /// Any [`ExtractError`]; short documents and Markdown are read only now.
    pub fn finish(mut self) -> Result<(Extraction, S), ExtractError> {
        if let Stage::Sniffing(held) = &mut self.stage {
            let held = std::mem::take(held);
            self.start(&held, &held)?;
        }
        let Stage::Reading(mut reading) = self.stage else { unreachable!("start leads to reading") };
        reading.finish(&mut self.sink)?;
        Ok((reading.extraction(self.bytes), self.sink))
    }

    /// Decides what the document is by `head` and reads `bytes`, which start with it.
    fn start(&mut self, head: &[u8], bytes: &[u8]) -> Result<(), ExtractError> {
        let head = &head[..head.len().min(SNIFF_BYTES)];
        let media_type = sniff(head, &self.declared)?;
        let format = Format::new(media_type, &self.declared, self.limits);
        let format = format.ok_or(ExtractError::NotStreamed(media_type))?;
        let charset = declared_charset(head, &self.declared, media_type)?;
        let Charset { known, skip, unknown_label } = charset;
        let decoder = Decoder::new(known);
        let mut reading = Reading { media_type, unknown_label, decoder, format, nuls: 0 };
        reading.push(&bytes[skip..], &mut self.sink)?;
        self.stage = Stage::Reading(Box::new(reading));
        Ok(())
    }

    fn push_started(&mut self, bytes: &[u8]) -> Result<(), ExtractError> {
        match &mut self.stage {
            Stage::Reading(reading) => reading.push(bytes, &mut self.sink),
            Stage::Sniffing(_) => Ok(()),
        }
    }
}

impl Reading {
    fn push(&mut self, bytes: &[u8], sink: &mut impl Sink) -> Result<(), ExtractError> {
        let Self { decoder, format, nuls, .. } = self;
        decoder.push(bytes, &mut |text| {
            *nuls += count_nuls(text);
            format.push(text, sink)
        })
    }

    fn finish(&mut self, sink: &mut impl Sink) -> Result<(), ExtractError> {
        let Self { decoder, format, nuls, .. } = self;
        decoder.finish(&mut |text| {
            *nuls += count_nuls(text);
            format.push(text, sink)
        })?;
        format.finish(sink)
    }

    fn extraction(self, bytes: u64) -> Extraction {
        let warnings = self.warnings();
        Extraction {
            media_type: self.media_type,
            charset: self.decoder.charset(),
            charset_source: self.decoder.source(),
            replacement_characters: self.decoder.replacements(),
            bytes,
            title: self.format.into_title(),
            warnings,
        }
    }

    fn warnings(&self) -> Vec<Warning> {
        let replacements = self.decoder.replacements();
        let unknown = self.unknown_label.clone().map(|label| Warning::UnknownCharset { label });
        let lossy = (replacements > 0)
            .then(|| Warning::LossyCharset { charset: self.decoder.charset(), replacements });
        let nul = (self.nuls > 0).then_some(Warning::NulBytes { count: self.nuls });
        [unknown, lossy, nul].into_iter().flatten().collect()
    }
}

fn count_nuls(text: &str) -> u64 {
    memchr::memchr_iter(0, text.as_bytes()).count() as u64
}
