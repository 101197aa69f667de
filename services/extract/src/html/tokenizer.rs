//! The tokenizer of the HTML standard, for text that arrives in pieces.
//!
//! Remembers a state, the current tag, and at most the start of a character reference or end tag. Passes tags and
//! characters to the page, which decides how an element's content is read.

mod markup_declaration;
mod tags;

use memchr::{memchr, memchr2, memchr3};

use super::character_reference::{CharacterReference, ReferenceStep};
use super::document_type::DocumentType;
use super::local_name::LocalName;
use super::page::{ContentModel, HtmlPage};
use super::raw_text::{RawText, RawTextStep};
use super::tag::HtmlTag;
use crate::error::ExtractError;

/// The states of the standard's state machine, some of them merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TokenizerState {
    Data,
    Reference,
    Raw,
    RawLessThan,
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
    MarkupDeclaration,
    Comment,
    BogusComment,
    Cdata,
    DocumentType,
}

/// The state between two pieces of a document.
#[derive(Debug)]
pub(crate) struct Tokenizer {
    state: TokenizerState,
    tag: HtmlTag,
    raw: RawText,
    reference: CharacterReference,
    /// `<!` and the bytes after it, until they show what they start.
    declaration: String,
    /// The last bytes of a comment or CDATA section that may be part of its end.
    last: [u8; 3],
    /// The length of the comment so far, at most 3.
    length: u8,
    memory: usize,
    document_type: DocumentType,
    /// How many references to entities of the document type were met.
    entities: u64,
}

impl Tokenizer {
    /// A tokenizer that keeps at most `memory` bytes of one attribute.
    pub(crate) fn new(memory: usize) -> Self {
        Self {
            state: TokenizerState::Data,
            tag: HtmlTag::default(),
            raw: RawText::new(ContentModel::Data, LocalName::default()),
            reference: CharacterReference::default(),
            declaration: String::new(),
            last: [0; 3],
            length: 0,
            memory,
            document_type: DocumentType::default(),
            entities: 0,
        }
    }

    /// How many references XHTML has to entities that only its document type can declare.
    pub(crate) const fn declared_entities(&self) -> u64 {
        self.entities
    }

    /// Reads a piece of the document.
    pub(crate) fn push(&mut self, text: &str, page: &mut HtmlPage) -> Result<(), ExtractError> {
        let mut at = 0;
        while at < text.len() {
            at = self.step(text, at, page)?;
        }
        Ok(())
    }

    /// Ends the document, or a part of it after which nothing stays open.
    pub(crate) fn finish(&mut self, page: &mut HtmlPage) {
        match self.state {
            TokenizerState::Reference => self.push_reference(page),
            TokenizerState::TagOpen => page.push_text("<"),
            TokenizerState::EndTagOpen => page.push_text("</"),
            TokenizerState::RawLessThan => page.push_text(self.raw.held()),
            TokenizerState::Cdata => page.push_text(&"]]"[..usize::from(self.last[2])]),
            _ => {}
        }
        self.state = TokenizerState::Data;
        if self.raw.content != ContentModel::Data {
            page.close_raw_text(self.raw.element());
            self.raw.content = ContentModel::Data;
        }
        page.finish();
    }

    /// Runs the current state from `at`. Returns the next index, which is greater unless the state changed.
    fn step(&mut self, text: &str, at: usize, page: &mut HtmlPage) -> Result<usize, ExtractError> {
        let bytes = text.as_bytes();
        match self.state {
            TokenizerState::Data => Ok(self.data(text, at, page)),
            TokenizerState::Reference => Ok(self.reference(bytes[at], at, page)),
            TokenizerState::Raw => Ok(self.raw(text, at, page)),
            TokenizerState::RawLessThan => self.raw_less_than(bytes[at], at, page),
            TokenizerState::TagOpen => Ok(self.tag_open(bytes[at], at, page)),
            TokenizerState::EndTagOpen => Ok(self.end_tag_open(bytes[at], at)),
            TokenizerState::TagName => self.tag_name(bytes, at, page),
            TokenizerState::BeforeAttribute => Ok(self.before_attribute(bytes, at)),
            TokenizerState::AttributeName => Ok(self.attribute_name(bytes, at)),
            TokenizerState::AfterAttributeName => self.after_attribute_name(bytes[at], at, page),
            TokenizerState::BeforeValue => self.before_value(bytes[at], at, page),
            TokenizerState::Quoted(quote) => self.quoted(quote, text, at),
            TokenizerState::Unquoted => self.unquoted(text, at, page),
            TokenizerState::AfterValue => self.after_value(bytes[at], at, page),
            TokenizerState::SelfClosing => self.self_closing(bytes[at], at, page),
            TokenizerState::MarkupDeclaration => Ok(self.markup_declaration(bytes[at], at, page)),
            TokenizerState::Comment => Ok(self.comment(bytes, at)),
            TokenizerState::BogusComment => Ok(self.bogus_comment(bytes, at)),
            TokenizerState::Cdata => Ok(self.cdata(text, at, page)),
            TokenizerState::DocumentType => Ok(self.document_type(bytes, at)),
        }
    }

    fn data(&mut self, text: &str, at: usize, page: &mut HtmlPage) -> usize {
        let rest = &text[at..];
        let Some(found) = memchr3(b'<', b'&', 0, rest.as_bytes()) else {
            page.push_text(rest);
            return text.len();
        };
        if found > 0 {
            page.push_text(&rest[..found]);
        }
        let byte = rest.as_bytes()[found];
        if byte != b'&' {
            page.buffer.skip_newline(false);
        }
        match byte {
            b'<' => self.state = TokenizerState::TagOpen,
            b'&' => self.begin_reference(),
            // Browsers drop NUL.
            _ if page.is_foreign() => page.push_text("\u{FFFD}"),
            _ => {}
        }
        at + found + 1
    }

    fn begin_reference(&mut self) {
        self.reference.begin();
        self.state = TokenizerState::Reference;
    }

    fn reference(&mut self, byte: u8, at: usize, page: &mut HtmlPage) -> usize {
        let step = self.reference.push(byte);
        if step == ReferenceStep::More {
            return at + 1;
        }
        self.push_reference(page);
        self.state =
            if self.raw.content == ContentModel::Data { TokenizerState::Data } else { TokenizerState::Raw };
        at + usize::from(step == ReferenceStep::Last)
    }

    fn push_reference(&mut self, page: &mut HtmlPage) {
        match self.reference.entity().filter(|_| page.is_xml()) {
            None => page.push_text(&self.reference.characters()),
            Some(name) => {
                self.entities += 1;
                page.push_text(self.document_type.text_of(name));
            }
        }
    }

    fn raw(&mut self, text: &str, at: usize, page: &mut HtmlPage) -> usize {
        let rest = &text[at..];
        let bytes = rest.as_bytes();
        let found = match self.raw.content {
            ContentModel::RcData => memchr3(b'<', b'&', 0, bytes),
            ContentModel::Plaintext => memchr(0, bytes),
            _ => memchr2(b'<', 0, bytes),
        };
        let end = found.unwrap_or(bytes.len());
        if self.raw.is_escaped() {
            self.raw.track(&bytes[..end]);
        }
        page.push_text(&rest[..end]);
        match bytes.get(end) {
            None => return text.len(),
            Some(b'&') => self.begin_reference(),
            Some(b'<') => {
                self.raw.begin();
                self.state = TokenizerState::RawLessThan;
            }
            Some(_) => page.push_text("\u{FFFD}"),
        }
        at + end + 1
    }

    fn raw_less_than(&mut self, byte: u8, at: usize, page: &mut HtmlPage) -> Result<usize, ExtractError> {
        match self.raw.push(byte) {
            RawTextStep::Held => {
                if self.raw.takes_comment() {
                    self.state = TokenizerState::Raw;
                }
                Ok(at + 1)
            }
            RawTextStep::Content => {
                page.push_text(self.raw.held());
                self.state = TokenizerState::Raw;
                Ok(at)
            }
            RawTextStep::EndTag => {
                self.tag.begin(true);
                self.tag.name = self.raw.element();
                self.after_tag_name(byte, at, page)
            }
        }
    }
}
