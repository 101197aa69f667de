//! The states after `<!` and `<?`: comments, CDATA sections, doctypes and bogus comments.
//!
//! The content of comments is dropped as it is read.

use memchr::memchr;

use super::{Tokenizer, TokenizerState};
use crate::html::page::HtmlPage;

impl Tokenizer {
    /// After `<!`: a comment, a CDATA section, a document type of XHTML, or a bogus comment, which stands for the document
    /// type of HTML too.
    pub(super) fn markup_declaration(&mut self, byte: u8, at: usize, page: &HtmlPage) -> usize {
        const CDATA: &str = "[CDATA[";
        const DOCUMENT_TYPE: &str = "DOCTYPE";
        self.declaration.push(char::from(byte));
        if self.declaration == "--" {
            self.state = TokenizerState::Comment;
            // The dashes that open a comment may also close it: `<!-->` is a complete comment.
            self.last = [0, b'-', b'-'];
            self.length = 0;
        } else if page.allows_cdata() && self.declaration == CDATA {
            self.state = TokenizerState::Cdata;
            self.last = [0; 3];
        } else if page.is_xml() && self.declaration == DOCUMENT_TYPE {
            self.state = TokenizerState::DocumentType;
        } else if self.declaration != "-"
            && !(page.allows_cdata() && CDATA.starts_with(&self.declaration))
            && !(page.is_xml() && DOCUMENT_TYPE.starts_with(&self.declaration))
        {
            self.state = TokenizerState::BogusComment;
            return at;
        }
        at + 1
    }

    pub(super) fn comment(&mut self, bytes: &[u8], at: usize) -> usize {
        let end = memchr(b'>', &bytes[at..]).map_or(bytes.len(), |length| at + length);
        self.remember(&bytes[at..end]);
        if end == bytes.len() {
            return end;
        }
        let closed = self.last[1..] == *b"--" || (self.last == *b"--!" && self.length == 3);
        self.remember(b">");
        if closed {
            self.state = TokenizerState::Data;
        }
        end + 1
    }

    /// Keeps the last bytes of a comment, which may be part of its end.
    fn remember(&mut self, bytes: &[u8]) {
        self.length = self.length.saturating_add(bytes.len().min(3) as u8).min(3);
        for byte in &bytes[bytes.len().saturating_sub(3)..] {
            self.last = [self.last[1], self.last[2], *byte];
        }
    }

    pub(super) fn bogus_comment(&mut self, bytes: &[u8], at: usize) -> usize {
        match memchr(b'>', &bytes[at..]) {
            None => bytes.len(),
            Some(length) => {
                self.state = TokenizerState::Data;
                at + length + 1
            }
        }
    }

    pub(super) fn document_type(&mut self, bytes: &[u8], at: usize) -> usize {
        match bytes[at..].iter().position(|byte| self.document_type.push(*byte)) {
            None => bytes.len(),
            Some(length) => {
                self.state = TokenizerState::Data;
                at + length + 1
            }
        }
    }

    pub(super) fn cdata(&mut self, text: &str, at: usize, page: &mut HtmlPage) -> usize {
        let bytes = text.as_bytes();
        // Brackets are held back, because `]]>` ends the section.
        let brackets = usize::from(self.last[2]);
        match bytes[at] {
            b']' if brackets == 2 => page.push_text("]"),
            b']' => self.last[2] += 1,
            b'>' if brackets == 2 => self.state = TokenizerState::Data,
            _ => {
                page.push_text(&"]]"[..brackets]);
                self.last[2] = 0;
                let end = memchr(b']', &bytes[at..]).map_or(bytes.len(), |length| at + length);
                page.push_text(&text[at..end]);
                return end;
            }
        }
        at + 1
    }
}
