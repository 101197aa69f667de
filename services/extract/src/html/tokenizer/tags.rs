//! The states inside a tag: its name, its attributes, its end.
//!
//! What an attribute means is not known here; the tag keeps what matters.

use memchr::memchr;

use super::{State, Tokenizer};
use crate::failure::ExtractError;
use crate::flow::is_space;
use crate::html::page::{Content, Page};
use crate::html::raw::Raw;

impl Tokenizer {
    pub(super) fn tag_open(&mut self, byte: u8, at: usize, page: &mut Page) -> usize {
        match byte {
            b'/' => self.state = State::EndTagOpen,
            b'!' => {
                self.markup.clear();
                self.state = State::Markup;
            }
            b'?' => self.state = State::BogusComment,
            _ if byte.is_ascii_alphabetic() => {
                self.tag.begin(false);
                self.state = State::TagName;
                return at;
            }
            _ => {
                page.text("<");
                self.state = State::Data;
                return at;
            }
        }
        at + 1
    }

    pub(super) fn end_tag_open(&mut self, byte: u8, at: usize) -> usize {
        if byte.is_ascii_alphabetic() {
            self.tag.begin(true);
            self.state = State::TagName;
            return at;
        }
        self.state = if byte == b'>' { State::Data } else { State::BogusComment };
        at + usize::from(byte == b'>')
    }

    pub(super) fn tag_name(
        &mut self,
        bytes: &[u8],
        at: usize,
        page: &mut Page,
    ) -> Result<usize, ExtractError> {
        let length = bytes[at..].iter().position(|byte| is_space(*byte) || matches!(byte, b'/' | b'>'));
        let end = length.map_or(bytes.len(), |length| at + length);
        self.tag.name = self.tag.name.then_all(&bytes[at..end]);
        match bytes.get(end) {
            None => Ok(end),
            Some(byte) => self.behind_name(*byte, end, page),
        }
    }

    /// A byte that ended a tag's name, or follows an attribute's value.
    pub(super) fn behind_name(
        &mut self,
        byte: u8,
        at: usize,
        page: &mut Page,
    ) -> Result<usize, ExtractError> {
        match byte {
            b'>' => return self.end_tag(at, page),
            b'/' => self.state = State::SelfClosing,
            _ => self.state = State::BeforeAttribute,
        }
        Ok(at + 1)
    }

    /// The `>` of a tag.
    fn end_tag(&mut self, at: usize, page: &mut Page) -> Result<usize, ExtractError> {
        let content = page.tag(&self.tag)?;
        self.state = if content == Content::Data { State::Data } else { State::Raw };
        if content != self.raw.content || content != Content::Data {
            self.raw = Raw::new(content, self.tag.name);
        }
        Ok(at + 1)
    }

    pub(super) fn self_closing(
        &mut self,
        byte: u8,
        at: usize,
        page: &mut Page,
    ) -> Result<usize, ExtractError> {
        if byte == b'>' {
            self.tag.self_closing = true;
            return self.end_tag(at, page);
        }
        self.state = State::BeforeAttribute;
        Ok(at)
    }

    pub(super) fn before_attribute(&mut self, bytes: &[u8], at: usize) -> usize {
        let Some(spaces) = bytes[at..].iter().position(|byte| !is_space(*byte)) else { return bytes.len() };
        let at = at + spaces;
        if matches!(bytes[at], b'/' | b'>') {
            self.state = State::AfterAttributeName;
            return at;
        }
        self.begin_attribute(bytes[at]);
        at + 1
    }

    /// The first byte of a name belongs to it even if it is a `=`.
    fn begin_attribute(&mut self, byte: u8) {
        self.tag.begin_attribute();
        self.tag.attribute_name(&[byte]);
        self.state = State::AttributeName;
    }

    pub(super) fn attribute_name(&mut self, bytes: &[u8], at: usize) -> usize {
        let ends = |byte: &u8| is_space(*byte) || matches!(byte, b'=' | b'/' | b'>');
        let length = bytes[at..].iter().position(ends);
        let end = length.map_or(bytes.len(), |length| at + length);
        self.tag.attribute_name(&bytes[at..end]);
        let Some(byte) = bytes.get(end) else { return end };
        self.tag.end_attribute_name();
        self.state = if *byte == b'=' { State::BeforeValue } else { State::AfterAttributeName };
        end + usize::from(*byte == b'=')
    }

    pub(super) fn after_attribute_name(
        &mut self,
        byte: u8,
        at: usize,
        page: &mut Page,
    ) -> Result<usize, ExtractError> {
        match byte {
            b'/' => self.state = State::SelfClosing,
            b'=' => self.state = State::BeforeValue,
            b'>' => return self.end_tag(at, page),
            _ if is_space(byte) => {}
            _ => self.begin_attribute(byte),
        }
        Ok(at + 1)
    }

    pub(super) fn before_value(
        &mut self,
        byte: u8,
        at: usize,
        page: &mut Page,
    ) -> Result<usize, ExtractError> {
        match byte {
            b'"' | b'\'' => self.state = State::Quoted(byte),
            b'>' => return self.end_tag(at, page),
            _ if is_space(byte) => {}
            _ => {
                self.state = State::Unquoted;
                return Ok(at);
            }
        }
        Ok(at + 1)
    }

    pub(super) fn quoted(&mut self, quote: u8, text: &str, at: usize) -> Result<usize, ExtractError> {
        let length = memchr(quote, &text.as_bytes()[at..]);
        let end = length.map_or(text.len(), |length| at + length);
        self.tag.value(&text[at..end], self.memory)?;
        if length.is_none() {
            return Ok(end);
        }
        self.tag.end_value();
        self.state = State::AfterValue;
        Ok(end + 1)
    }

    pub(super) fn unquoted(&mut self, text: &str, at: usize, page: &mut Page) -> Result<usize, ExtractError> {
        let bytes = text.as_bytes();
        let length = bytes[at..].iter().position(|byte| is_space(*byte) || *byte == b'>');
        let end = length.map_or(text.len(), |length| at + length);
        self.tag.value(&text[at..end], self.memory)?;
        let Some(byte) = bytes.get(end) else { return Ok(end) };
        self.tag.end_value();
        self.behind_name(*byte, end, page)
    }

    pub(super) fn after_value(
        &mut self,
        byte: u8,
        at: usize,
        page: &mut Page,
    ) -> Result<usize, ExtractError> {
        if is_space(byte) || matches!(byte, b'/' | b'>') {
            return self.behind_name(byte, at, page);
        }
        self.state = State::BeforeAttribute;
        Ok(at)
    }
}
