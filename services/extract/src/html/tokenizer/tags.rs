//! The states inside a tag: its name, its attributes, its end.

use memchr::memchr;

use super::{Tokenizer, TokenizerState};
use crate::error::ExtractError;
use crate::html::page::{ContentModel, HtmlPage};
use crate::html::raw_text::RawText;
use crate::text_buffer::is_space;

impl Tokenizer {
    pub(super) fn tag_open(&mut self, byte: u8, at: usize, page: &mut HtmlPage) -> usize {
        match byte {
            b'/' => self.state = TokenizerState::EndTagOpen,
            b'!' => {
                self.declaration.clear();
                self.state = TokenizerState::MarkupDeclaration;
            }
            b'?' => self.state = TokenizerState::BogusComment,
            _ if byte.is_ascii_alphabetic() => {
                self.tag.begin(false);
                self.state = TokenizerState::TagName;
                return at;
            }
            _ => {
                page.push_text("<");
                self.state = TokenizerState::Data;
                return at;
            }
        }
        at + 1
    }

    pub(super) fn end_tag_open(&mut self, byte: u8, at: usize) -> usize {
        if byte.is_ascii_alphabetic() {
            self.tag.begin(true);
            self.state = TokenizerState::TagName;
            return at;
        }
        self.state = if byte == b'>' { TokenizerState::Data } else { TokenizerState::BogusComment };
        at + usize::from(byte == b'>')
    }

    pub(super) fn tag_name(
        &mut self,
        bytes: &[u8],
        at: usize,
        page: &mut HtmlPage,
    ) -> Result<usize, ExtractError> {
        let length = bytes[at..].iter().position(|byte| is_space(*byte) || matches!(byte, b'/' | b'>'));
        let end = length.map_or(bytes.len(), |length| at + length);
        self.tag.name = self.tag.name.with_bytes(&bytes[at..end]);
        match bytes.get(end) {
            None => Ok(end),
            Some(byte) => self.after_tag_name(*byte, end, page),
        }
    }

    /// Handles the byte that ended a tag's name or follows an attribute's value.
    pub(super) fn after_tag_name(
        &mut self,
        byte: u8,
        at: usize,
        page: &mut HtmlPage,
    ) -> Result<usize, ExtractError> {
        match byte {
            b'>' => return self.emit_tag(at, page),
            b'/' => self.state = TokenizerState::SelfClosing,
            _ => self.state = TokenizerState::BeforeAttribute,
        }
        Ok(at + 1)
    }

    /// Handles the `>` of a tag.
    fn emit_tag(&mut self, at: usize, page: &mut HtmlPage) -> Result<usize, ExtractError> {
        let content = page.handle_tag(&self.tag)?;
        self.state = if content == ContentModel::Data { TokenizerState::Data } else { TokenizerState::Raw };
        if content != self.raw.content || content != ContentModel::Data {
            self.raw = RawText::new(content, self.tag.name);
        }
        Ok(at + 1)
    }

    pub(super) fn self_closing(
        &mut self,
        byte: u8,
        at: usize,
        page: &mut HtmlPage,
    ) -> Result<usize, ExtractError> {
        if byte == b'>' {
            self.tag.self_closing = true;
            return self.emit_tag(at, page);
        }
        self.state = TokenizerState::BeforeAttribute;
        Ok(at)
    }

    pub(super) fn before_attribute(&mut self, bytes: &[u8], at: usize) -> usize {
        let Some(spaces) = bytes[at..].iter().position(|byte| !is_space(*byte)) else { return bytes.len() };
        let at = at + spaces;
        if matches!(bytes[at], b'/' | b'>') {
            self.state = TokenizerState::AfterAttributeName;
            return at;
        }
        self.begin_attribute(bytes[at]);
        at + 1
    }

    /// The first byte of a name belongs to it even if it is a `=`.
    fn begin_attribute(&mut self, byte: u8) {
        self.tag.begin_attribute();
        self.tag.attribute_name(&[byte]);
        self.state = TokenizerState::AttributeName;
    }

    pub(super) fn attribute_name(&mut self, bytes: &[u8], at: usize) -> usize {
        let ends = |byte: &u8| is_space(*byte) || matches!(byte, b'=' | b'/' | b'>');
        let length = bytes[at..].iter().position(ends);
        let end = length.map_or(bytes.len(), |length| at + length);
        self.tag.attribute_name(&bytes[at..end]);
        let Some(byte) = bytes.get(end) else { return end };
        self.tag.end_attribute_name();
        self.state =
            if *byte == b'=' { TokenizerState::BeforeValue } else { TokenizerState::AfterAttributeName };
        end + usize::from(*byte == b'=')
    }

    pub(super) fn after_attribute_name(
        &mut self,
        byte: u8,
        at: usize,
        page: &mut HtmlPage,
    ) -> Result<usize, ExtractError> {
        match byte {
            b'/' => self.state = TokenizerState::SelfClosing,
            b'=' => self.state = TokenizerState::BeforeValue,
            b'>' => return self.emit_tag(at, page),
            _ if is_space(byte) => {}
            _ => self.begin_attribute(byte),
        }
        Ok(at + 1)
    }

    pub(super) fn before_value(
        &mut self,
        byte: u8,
        at: usize,
        page: &mut HtmlPage,
    ) -> Result<usize, ExtractError> {
        match byte {
            b'"' | b'\'' => self.state = TokenizerState::Quoted(byte),
            b'>' => return self.emit_tag(at, page),
            _ if is_space(byte) => {}
            _ => {
                self.state = TokenizerState::Unquoted;
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
        self.state = TokenizerState::AfterValue;
        Ok(end + 1)
    }

    pub(super) fn unquoted(
        &mut self,
        text: &str,
        at: usize,
        page: &mut HtmlPage,
    ) -> Result<usize, ExtractError> {
        let bytes = text.as_bytes();
        let length = bytes[at..].iter().position(|byte| is_space(*byte) || *byte == b'>');
        let end = length.map_or(text.len(), |length| at + length);
        self.tag.value(&text[at..end], self.memory)?;
        let Some(byte) = bytes.get(end) else { return Ok(end) };
        self.tag.end_value();
        self.after_tag_name(*byte, end, page)
    }

    pub(super) fn after_value(
        &mut self,
        byte: u8,
        at: usize,
        page: &mut HtmlPage,
    ) -> Result<usize, ExtractError> {
        if is_space(byte) || matches!(byte, b'/' | b'>') {
            return self.after_tag_name(byte, at, page);
        }
        self.state = TokenizerState::BeforeAttribute;
        Ok(at)
    }
}
