//! XML as a stream of tags and text: bounded, in any charset, with no entities but those that XML itself has.
//!
//! Knows nothing of what a tag means. A document type is passed over, and a reference to an entity that only it could
//! define is left out and counted: nothing is ever expanded or fetched.

mod decoded;

use std::borrow::Cow;
use std::io::{self, Read};

use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};

use crate::failure::ExtractError;
use crate::limits::Limits;
pub(crate) use decoded::{Charsets, Decoded};

/// Takes the tags and the text of a part of a document.
pub(crate) trait Handler {
    /// An element begins; one without content ends at once.
    fn open(&mut self, tag: &Tag<'_>) -> Result<(), ExtractError>;
    /// The innermost open element ends.
    fn close(&mut self) -> Result<(), ExtractError> {
        Ok(())
    }
    /// Text of the innermost open element, which may come in pieces. Line ends are as they stand.
    fn text(&mut self, _: &str) -> Result<(), ExtractError> {
        Ok(())
    }
}

/// A start tag.
pub(crate) struct Tag<'a>(&'a BytesStart<'a>);

impl Tag<'_> {
    /// The name with its prefix.
    pub(crate) fn name(&self) -> &str {
        self.0.name().0
    }

    /// The name without its prefix.
    pub(crate) fn local(&self) -> &str {
        local(self.name())
    }

    /// The value of an attribute by its name without prefix; empty where its references make no sense.
    pub(crate) fn attribute(&self, name: &str) -> Option<Cow<'_, str>> {
        // Without the check for doubles, which takes time by the square of their number.
        let mut attributes = self.0.attributes();
        let found = attributes.with_checks(false).flatten().find(|one| local(one.key.0) == name)?;
        Some(match found.value {
            Cow::Borrowed(value) => quick_xml::escape::unescape(value).unwrap_or_default(),
            Cow::Owned(value) => {
                Cow::Owned(quick_xml::escape::unescape(&value).unwrap_or_default().into_owned())
            }
        })
    }

    /// Whether an attribute says yes.
    pub(crate) fn says(&self, name: &str, yes: &str) -> bool {
        self.attribute(name).is_some_and(|value| value == yes)
    }
}

/// A name without its prefix.
pub(crate) fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

/// What is read, for the sentences that tell of a mistake in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    /// The name of the document's format.
    pub(crate) format: &'static str,
    /// The part of it.
    pub(crate) part: &'a str,
}

impl Place<'_> {
    fn broken(self, why: impl std::fmt::Display) -> ExtractError {
        let part: String = self.part.chars().take(100).collect();
        ExtractError::Broken { format: self.format, why: format!("{part}: {why}") }
    }

    /// What a failed read means: a limit of ours, or a broken part.
    pub(crate) fn unread(self, error: &io::Error) -> ExtractError {
        let ours = error.get_ref().and_then(|inner| inner.downcast_ref::<ExtractError>());
        ours.cloned().unwrap_or_else(|| self.broken(error))
    }

    fn unparsed(self, error: &quick_xml::Error) -> ExtractError {
        match error {
            quick_xml::Error::Io(error) => self.unread(error),
            error => self.broken(error),
        }
    }
}

/// Reads a part from its first tag to its last. Returns how many references to entities were left out.
pub(crate) fn read(
    source: impl Read,
    place: Place<'_>,
    limits: Limits,
    charsets: &mut Charsets,
    handler: &mut impl Handler,
) -> Result<u64, ExtractError> {
    let mut reader = Reader::from_reader(Decoded::new(source, charsets));
    let config = reader.config_mut();
    config.expand_empty_elements = true;
    config.allow_dangling_amp = true;
    let mut buffer = Vec::new();
    let (mut depth, mut unresolved) = (0u32, 0);
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(|error| place.unparsed(&error))? {
            Event::Start(tag) => {
                depth += 1;
                if depth > limits.depth {
                    let (what, limit) = ("elements inside each other", u64::from(limits.depth));
                    return Err(ExtractError::TooMuch { what, limit });
                }
                handler.open(&Tag(&tag))?;
            }
            Event::End(_) => {
                depth -= 1;
                handler.close()?;
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
            Event::Eof if depth > 0 => return Err(place.broken("it ends before its last tag")),
            Event::Eof => return Ok(unresolved),
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
}

#[cfg(test)]
mod tests;
