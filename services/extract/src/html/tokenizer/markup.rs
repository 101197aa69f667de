//! The states behind `<!` and `<?`: comments, CDATA sections, and what is as good as a comment.
//!
//! Comments are forgotten as they are read.

use memchr::memchr;

use super::{State, Tokenizer};
use crate::html::page::Page;

impl Tokenizer {
    /// Behind `<!`: a comment, a CDATA section, or a bogus comment, which a doctype is as good as.
    pub(super) fn markup(&mut self, byte: u8, at: usize, page: &Page) -> usize {
        const CDATA: &str = "[CDATA[";
        self.markup.push(char::from(byte));
        if self.markup == "--" {
            self.state = State::Comment;
            // The dashes of the start may be those of the end: `<!-->` is a whole comment.
            self.last = [0, b'-', b'-'];
            self.length = 0;
        } else if page.has_cdata() && self.markup == CDATA {
            self.state = State::Cdata;
            self.last = [0; 3];
        } else if self.markup != "-" && !(page.has_cdata() && CDATA.starts_with(&self.markup)) {
            self.state = State::BogusComment;
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
            self.state = State::Data;
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
                self.state = State::Data;
                at + length + 1
            }
        }
    }

    pub(super) fn cdata(&mut self, text: &str, at: usize, page: &mut Page) -> usize {
        let bytes = text.as_bytes();
        // Brackets are held back: `]]>` ends the section.
        let brackets = usize::from(self.last[2]);
        match bytes[at] {
            b']' if brackets == 2 => page.text("]"),
            b']' => self.last[2] += 1,
            b'>' if brackets == 2 => self.state = State::Data,
            _ => {
                page.text(&"]]"[..brackets]);
                self.last[2] = 0;
                let end = memchr(b']', &bytes[at..]).map_or(bytes.len(), |length| at + length);
                page.text(&text[at..end]);
                return end;
            }
        }
        at + 1
    }
}
