//! Streams one document: sniffs its format, decodes it and extracts the text.
//!
//! Knows the order of these steps. Each step has a file of its own.

use crate::charset::{CharsetSource, DeclaredCharset, declared_charset};
use crate::declared::Declared;
use crate::decode::Decoder;
use crate::error::ExtractError;
use crate::format_reader::FormatReader;
use crate::limits::Limits;
use crate::markup::markup_of;
use crate::media_type::MediaType;
use crate::sink::Sink;
use crate::sniff::{SNIFF_BYTES, sniff};
use crate::warning::ExtractWarning;

/// What is known about a document besides its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extraction {
    /// The detected format.
    pub media_type: MediaType,
    /// The charset: the name of a WHATWG encoding in lower case, such as `utf-8` or `shift_jis`.
    pub charset: String,
    /// What decided the charset.
    pub charset_source: CharsetSource,
    /// How many invalid byte sequences were replaced. U+FFFD in the document itself does not count.
    pub replacement_characters: u64,
    /// The size of the document.
    pub bytes: u64,
    /// The first title, with white space collapsed, cut to 1024 bytes. The sink got its text as well.
    pub title: Option<String>,
    /// What may make the counts differ from what the author expects.
    pub warnings: Vec<ExtractWarning>,
}

/// Takes the bytes of one document in pieces of any size, and gives its text to a sink.
///
/// The result does not depend on where the document is split. After an error the sink has a part of the text.
#[derive(Debug)]
pub struct Extractor<'s, S: Sink> {
    declared: Declared<'s>,
    limits: Limits,
    sink: S,
    bytes: u64,
    state: ExtractorState,
}

#[derive(Debug)]
enum ExtractorState {
    /// Collects bytes until the format is known.
    Sniffing(Vec<u8>),
    Reading(Box<DocumentReader>),
}

#[derive(Debug)]
struct DocumentReader {
    media_type: MediaType,
    unknown_label: Option<String>,
    decoder: Decoder,
    format: FormatReader,
    nuls: u64,
    /// The markup that is read as plain text.
    markup: Option<&'static str>,
}

impl<'s, S: Sink> Extractor<'s, S> {
    /// An extractor for one document.
    pub fn new(declared: &Declared<'s>, limits: Limits, sink: S) -> Self {
        Self { declared: *declared, limits, sink, bytes: 0, state: ExtractorState::Sniffing(Vec::new()) }
    }

    /// Takes the next bytes of the document.
    ///
    /// # Errors
    /// Any [`ExtractError`], as early as possible.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), ExtractError> {
        self.bytes += bytes.len() as u64;
        if self.bytes > self.limits.decoded_bytes {
            let advice = "split it and send the parts";
            return Err(ExtractError::TooLarge { limit_bytes: self.limits.decoded_bytes, advice });
        }
        match &mut self.state {
            ExtractorState::Reading(reading) => reading.push(bytes, &mut self.sink),
            ExtractorState::Sniffing(held) if held.is_empty() && bytes.len() >= SNIFF_BYTES => {
                self.start(bytes, bytes)
            }
            ExtractorState::Sniffing(held) => {
                // Sniffing always sees the same number of bytes, so the result does not depend on where the document is
                // split.
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

    /// Ends the document and returns the sink.
    ///
    /// # Errors
    /// Any [`ExtractError`]. Short documents and Markdown are parsed only here.
    pub fn finish(mut self) -> Result<(Extraction, S), ExtractError> {
        if let ExtractorState::Sniffing(held) = &mut self.state {
            let held = std::mem::take(held);
            self.start(&held, &held)?;
        }
        let ExtractorState::Reading(mut reading) = self.state else { unreachable!("start leads to reading") };
        reading.finish(&mut self.sink)?;
        Ok((reading.extraction(self.bytes), self.sink))
    }

    /// Chooses the format by `head`, then reads `bytes`, which start with `head`.
    fn start(&mut self, head: &[u8], bytes: &[u8]) -> Result<(), ExtractError> {
        let head = &head[..head.len().min(SNIFF_BYTES)];
        let media_type = sniff(head, &self.declared)?;
        let format = FormatReader::new(media_type, &self.declared, self.limits);
        let format = format.ok_or(ExtractError::NotStreamable(media_type))?;
        let charset = declared_charset(head, &self.declared, media_type)?;
        let DeclaredCharset { known, skip, unknown_label } = charset;
        let decoder = Decoder::new(known);
        let is_plain = media_type == MediaType::PlainText;
        let markup = if is_plain { markup_of(head, &self.declared) } else { None };
        let mut reading = DocumentReader { media_type, unknown_label, decoder, format, nuls: 0, markup };
        reading.push(&bytes[skip..], &mut self.sink)?;
        self.state = ExtractorState::Reading(Box::new(reading));
        Ok(())
    }

    fn push_started(&mut self, bytes: &[u8]) -> Result<(), ExtractError> {
        match &mut self.state {
            ExtractorState::Reading(reading) => reading.push(bytes, &mut self.sink),
            ExtractorState::Sniffing(_) => Ok(()),
        }
    }
}

impl DocumentReader {
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

    fn warnings(&self) -> Vec<ExtractWarning> {
        let replacements = self.decoder.replacements();
        let unknown = self.unknown_label.clone().map(|label| ExtractWarning::UnknownCharset { label });
        let lossy = (replacements > 0)
            .then(|| ExtractWarning::LossyCharset { charset: self.decoder.charset(), replacements });
        let nul = (self.nuls > 0).then_some(ExtractWarning::NulBytes { count: self.nuls });
        let markup = self.markup.map(|markup| ExtractWarning::MarkupCounted { markup });
        let entities = self.format.declared_entities();
        let entities = (entities > 0).then_some(ExtractWarning::UnresolvedEntities { count: entities });
        [unknown, lossy, nul, markup, entities].into_iter().flatten().collect()
    }
}

fn count_nuls(text: &str) -> u64 {
    memchr::memchr_iter(0, text.as_bytes()).count() as u64
}
