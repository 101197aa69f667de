//! Streams XML as tags and text: bounded, in any charset, with only the predefined entities.
//!
//! A document type is skipped. A reference to an entity that only it could define is left out and counted: nothing is
//! ever expanded or fetched.

mod decoding_reader;

use std::borrow::Cow;
use std::io::{self, Read};

use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};

use crate::error::ExtractError;
use crate::limits::Limits;
pub(crate) use decoding_reader::{DecodingReader, DecodingStats};

/// Receives the tags and the text of a part of a document.
pub(crate) trait XmlHandler {
    /// An element starts. An empty element ends right after.
    fn start_element(&mut self, tag: &XmlTag<'_>) -> Result<(), ExtractError>;
    /// The innermost open element ends.
    fn end_element(&mut self) -> Result<(), ExtractError> {
        Ok(())
    }
    /// Text of the innermost open element. It may arrive in pieces. Line ends are unchanged.
    fn text(&mut self, _: &str) -> Result<(), ExtractError> {
        Ok(())
    }
}

pub(crate) struct XmlTag<'a>(&'a BytesStart<'a>);

impl XmlTag<'_> {
    /// The name with its prefix.
    pub(crate) fn name(&self) -> &str {
        self.0.name().0
    }

    /// The name without its prefix.
    pub(crate) fn local_name(&self) -> &str {
        local(self.name())
    }

    /// The value of an attribute, by its name without prefix. It is empty if its references are malformed.
    pub(crate) fn attribute(&self, name: &str) -> Option<Cow<'_, str>> {
        // The check for duplicates would take quadratic time.
        let mut attributes = self.0.attributes();
        let found = attributes.with_checks(false).flatten().find(|one| local(one.key.0) == name)?;
        Some(match found.value {
            Cow::Borrowed(value) => quick_xml::escape::unescape(value).unwrap_or_default(),
            Cow::Owned(value) => {
                Cow::Owned(quick_xml::escape::unescape(&value).unwrap_or_default().into_owned())
            }
        })
    }

    /// The namespaces that the tag declares, by prefix.
    pub(crate) fn namespaces(&self) -> Vec<(String, String)> {
        let mut attributes = self.0.attributes();
        let declared = attributes.with_checks(false).flatten().filter_map(|one| {
            let prefix = one.key.0.strip_prefix("xmlns:")?;
            Some((prefix.to_owned(), one.value.into_owned()))
        });
        declared.collect()
    }

    pub(crate) fn attribute_is(&self, name: &str, yes: &str) -> bool {
        self.attribute(name).is_some_and(|value| value == yes)
    }
}

/// The name without its prefix.
pub(crate) fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

/// Names what is being parsed, for error messages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PartContext<'a> {
    pub(crate) format: &'static str,
    pub(crate) part: &'a str,
}

impl PartContext<'_> {
    fn broken(self, reason: impl std::fmt::Display) -> ExtractError {
        let part: String = self.part.chars().take(100).collect();
        ExtractError::Broken { format: self.format, reason: format!("{part}: {reason}") }
    }

    /// The error for a failed read: a passed limit, or a broken part.
    pub(crate) fn read_error(self, error: &io::Error) -> ExtractError {
        let ours = error.get_ref().and_then(|inner| inner.downcast_ref::<ExtractError>());
        ours.cloned().unwrap_or_else(|| self.broken(error))
    }

    fn parse_error(self, error: &quick_xml::Error) -> ExtractError {
        match error {
            quick_xml::Error::Io(error) => self.read_error(error),
            error => self.broken(error),
        }
    }
}

/// Parses a part to its end. Returns how many entity references were left out.
pub(crate) fn parse(
    source: impl Read,
    context: PartContext<'_>,
    limits: Limits,
    stats: &mut DecodingStats,
    handler: &mut impl XmlHandler,
) -> Result<u64, ExtractError> {
    let mut reader = Reader::from_reader(DecodingReader::new(source, stats));
    let config = reader.config_mut();
    config.expand_empty_elements = true;
    config.allow_dangling_amp = true;
    let mut buffer = Vec::new();
    let (mut depth, mut unresolved) = (0u32, 0);
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(|error| context.parse_error(&error))? {
            Event::Start(tag) => {
                depth += 1;
                if depth > limits.depth {
                    let (what, limit) = ("nested elements", u64::from(limits.depth));
                    return Err(ExtractError::TooMany { what, limit });
                }
                handler.start_element(&XmlTag(&tag))?;
            }
            Event::End(_) => {
                depth -= 1;
                handler.end_element()?;
            }
            Event::Text(text) => handler.text(&text)?,
            Event::CData(text) => handler.text(&text)?,
            Event::GeneralRef(name) => {
                let mut utf8 = [0; 4];
                let character = name.resolve_char_ref().ok().flatten();
                let character = character.map(|character| &*character.encode_utf8(&mut utf8));
                match character.or_else(|| resolve_xml_entity(&name)) {
                    Some(text) => handler.text(text)?,
                    None => unresolved += 1,
                }
            }
            Event::Eof if depth > 0 => return Err(context.broken("it ends before its last tag")),
            Event::Eof => return Ok(unresolved),
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
}

#[cfg(test)]
mod tests;
