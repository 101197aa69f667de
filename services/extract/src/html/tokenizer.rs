//! The tokenizer of the HTML standard, over pieces of text that may end anywhere.
//!
//! Remembers a state, the tag it is in, and at most the start of a character reference or of an end tag. Hands tags
//! and characters to the page, which tells how the content of an element is to be read; knows no element itself.

mod markup;
mod tags;

use memchr::{memchr, memchr2, memchr3};

use super::name::Name;
use super::page::{Content, Page};
use super::raw::{self, Raw};
use super::reference::{self, Reference};
use super::tag::Tag;
use crate::failure::ExtractError;

/// Where in the standard's state machine the next character is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Data,
    Reference,
    Raw,
    RawLess,
    TagOpen,
    EndTagOpen,
    TagName,
    BeforeAttribute,
    AttributeName,
    AfterAttributeName,
    BeforeValue,
    Quoted(u8),
    Unquoted,
    AfterValue,
    SelfClosing,
    Markup,
    Comment,
    BogusComment,
    Cdata,
}

/// The state between two pieces of a document.
#[derive(Debug)]
pub(crate) struct Tokenizer {
    state: State,
    tag: Tag,
    raw: Raw,
    reference: Reference,
    /// `<!` and what follows it, until it is known what it begins.
    markup: String,
    /// The last bytes of a comment or CDATA section, as far as they may be part of its end.
    last: [u8; 3],
    /// Bytes of the comment so far, up to 3.
    length: u8,
    memory: usize,
}

impl Tokenizer {
    /// A tokenizer that holds at most `memory` bytes of one attribute.
    pub(crate) fn new(memory: usize) -> Self {
        Self {
            state: State::Data,
            tag: Tag::default(),
            raw: Raw::new(Content::Data, Name::default()),
            reference: Reference::default(),
            markup: String::new(),
            last: [0; 3],
            length: 0,
            memory,
        }
    }

    /// Reads a piece of the document.
    pub(crate) fn push(&mut self, text: &str, page: &mut Page) -> Result<(), ExtractError> {
        let mut at = 0;
        while at < text.len() {
            at = self.step(text, at, page)?;
        }
        Ok(())
    }

    /// Ends the document, or a part after which nothing is left open.
    pub(crate) fn finish(&mut self, page: &mut Page) {
        match self.state {
            State::Reference => page.text(&self.reference.characters()),
            State::TagOpen => page.text("<"),
            State::EndTagOpen => page.text("</"),
            State::RawLess => page.text(self.raw.held()),
            State::Cdata => page.text(&"]]"[..usize::from(self.last[2])]),
            _ => {}
        }
        self.state = State::Data;
        if self.raw.content != Content::Data {
            page.close(self.raw.element());
            self.raw.content = Content::Data;
        }
    }

    /// Reads on from `at` in the current state; returns how far it came, which is further unless the state changed.
    fn step(&mut self, text: &str, at: usize, page: &mut Page) -> Result<usize, ExtractError> {
        let bytes = text.as_bytes();
        match self.state {
            State::Data => Ok(self.data(text, at, page)),
            State::Reference => Ok(self.reference(bytes[at], at, page)),
            State::Raw => Ok(self.raw(text, at, page)),
            State::RawLess => self.raw_less(bytes[at], at, page),
            State::TagOpen => Ok(self.tag_open(bytes[at], at, page)),
            State::EndTagOpen => Ok(self.end_tag_open(bytes[at], at)),
            State::TagName => self.tag_name(bytes, at, page),
            State::BeforeAttribute => Ok(self.before_attribute(bytes, at)),
            State::AttributeName => Ok(self.attribute_name(bytes, at)),
            State::AfterAttributeName => self.after_attribute_name(bytes[at], at, page),
            State::BeforeValue => self.before_value(bytes[at], at, page),
            State::Quoted(quote) => self.quoted(quote, text, at),
            State::Unquoted => self.unquoted(text, at, page),
            State::AfterValue => self.after_value(bytes[at], at, page),
            State::SelfClosing => self.self_closing(bytes[at], at, page),
            State::Markup => Ok(self.markup(bytes[at], at, page)),
            State::Comment => Ok(self.comment(bytes, at)),
            State::BogusComment => Ok(self.bogus_comment(bytes, at)),
            State::Cdata => Ok(self.cdata(text, at, page)),
        }
    }

    fn data(&mut self, text: &str, at: usize, page: &mut Page) -> usize {
        let rest = &text[at..];
        let Some(found) = memchr3(b'<', b'&', 0, rest.as_bytes()) else {
            page.text(rest);
            return text.len();
        };
        if found > 0 {
            page.text(&rest[..found]);
        }
        let byte = rest.as_bytes()[found];
        if byte != b'&' {
            page.flow.skip_newline(false);
        }
        match byte {
            b'<' => self.state = State::TagOpen,
            b'&' => self.begin_reference(),
            // A NUL is no text, as in browsers.
            _ if page.is_foreign() => page.text("\u{FFFD}"),
            _ => {}
        }
        at + found + 1
    }

    fn begin_reference(&mut self) {
        self.reference.begin();
        self.state = State::Reference;
    }

    fn reference(&mut self, byte: u8, at: usize, page: &mut Page) -> usize {
        let step = self.reference.push(byte);
        if step == reference::Step::More {
            return at + 1;
        }
        page.text(&self.reference.characters());
        self.state = if self.raw.content == Content::Data { State::Data } else { State::Raw };
        at + usize::from(step == reference::Step::Last)
    }

    fn raw(&mut self, text: &str, at: usize, page: &mut Page) -> usize {
        let rest = &text[at..];
        let bytes = rest.as_bytes();
        let found = match self.raw.content {
            Content::RcData => memchr3(b'<', b'&', 0, bytes),
            Content::Plaintext => memchr(0, bytes),
            _ => memchr2(b'<', 0, bytes),
        };
        let end = found.unwrap_or(bytes.len());
        if self.raw.is_escaped() {
            self.raw.pass(&bytes[..end]);
        }
        page.text(&rest[..end]);
        match bytes.get(end) {
            None => return text.len(),
            Some(b'&') => self.begin_reference(),
            Some(b'<') => {
                self.raw.begin();
                self.state = State::RawLess;
            }
            Some(_) => page.text("\u{FFFD}"),
        }
        at + end + 1
    }

    fn raw_less(&mut self, byte: u8, at: usize, page: &mut Page) -> Result<usize, ExtractError> {
        match self.raw.push(byte) {
            raw::Step::Held => {
                if self.raw.takes_comment() {
                    self.state = State::Raw;
                }
                Ok(at + 1)
            }
            raw::Step::Content => {
                page.text(self.raw.held());
                self.state = State::Raw;
                Ok(at)
            }
            raw::Step::EndTag => {
                self.tag.begin(true);
                self.tag.name = self.raw.element();
                self.behind_name(byte, at, page)
            }
        }
    }
}
