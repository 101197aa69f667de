//! Finds the charset label in a document's own text.
//!
//! Implements "prescan a byte stream to determine its encoding" of the HTML standard, and reads XML declarations.
//! Returns labels unchanged, and does not check whether an encoding has them.

/// The limit of the HTML standard.
const PRESCANNED: usize = 1024;

/// The label in the first 1024 bytes: from a `<meta>` if `html`, else from an XML declaration at the very start.
pub(super) fn document_charset(head: &[u8], html: bool) -> Option<Vec<u8>> {
    let head = &head[..head.len().min(PRESCANNED)];
    let in_meta = if html { Prescan { bytes: head, at: 0 }.meta_charset() } else { None };
    in_meta.or_else(|| xml_charset(head))
}

/// The label in the header entry of a PO file: `"Content-Type: text/plain; charset=UTF-8
/// "`.
pub(super) fn catalogue_charset(head: &[u8]) -> Option<Vec<u8>> {
    let field = &head[memchr::memmem::find(head, b"\"Content-Type:")?..];
    let field = &field[..memchr::memchr(b'\n', field).unwrap_or(field.len())];
    let value = &field[memchr::memmem::find(field, b"charset=")? + 8..];
    let end = value.iter().position(|byte| matches!(byte, b'\\' | b'"' | b';' | b' '))?;
    // A PO template has this placeholder for its translators to fill in.
    Some(value[..end].to_vec()).filter(|label| label != b"CHARSET")
}

fn xml_charset(head: &[u8]) -> Option<Vec<u8>> {
    let declaration = head.strip_prefix(b"<?xml")?;
    let declaration = &declaration[..memchr::memchr(b'>', declaration)?];
    let value = &declaration[memchr::memmem::find(declaration, b"encoding")? + 8..];
    let value = value.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let (quote, value) = value.split_first().filter(|(quote, _)| matches!(quote, b'"' | b'\''))?;
    Some(value[..memchr::memchr(*quote, value)?].to_vec())
}

struct Prescan<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Prescan<'_> {
    fn meta_charset(mut self) -> Option<Vec<u8>> {
        while let Some(open) = memchr::memchr(b'<', self.bytes.get(self.at..)?) {
            self.at += open;
            let rest = &self.bytes[self.at..];
            if rest.starts_with(b"<!--") {
                // The dashes that open a comment may also close it: `<!-->` is a complete comment.
                self.at += 2 + memchr::memmem::find(&rest[2..], b"-->")? + 3;
            } else if is_meta(rest) {
                self.at += 5;
                if let Some(label) = self.charset_of_meta() {
                    return Some(label);
                }
            } else if is_tag(rest) {
                self.at += rest.iter().position(|byte| byte.is_ascii_whitespace() || *byte == b'>')?;
                while self.attribute().is_some() {}
            } else if matches!(rest.get(1), Some(b'!' | b'/' | b'?')) {
                self.at += memchr::memchr(b'>', rest)? + 1;
            } else {
                self.at += 1;
            }
        }
        None
    }

    fn charset_of_meta(&mut self) -> Option<Vec<u8>> {
        let (mut charset, mut in_content, mut is_pragma) = (None, None, false);
        let mut seen: Vec<Vec<u8>> = Vec::new();
        while let Some((name, value)) = self.attribute() {
            if seen.contains(&name) {
                continue;
            }
            match name.as_slice() {
                b"http-equiv" => is_pragma = value == b"content-type",
                b"content" => in_content = charset_in_content(&value),
                b"charset" => charset = Some(value),
                _ => continue,
            }
            seen.push(name);
        }
        charset.or(if is_pragma { in_content } else { None })
    }

    /// "Get an attribute" of the standard: name and value in lower case, or `None` at the end of the tag.
    fn attribute(&mut self) -> Option<(Vec<u8>, Vec<u8>)> {
        self.skip(|byte| byte.is_ascii_whitespace() || byte == b'/');
        if self.peek()? == b'>' {
            self.at += 1;
            return None;
        }
        let mut name = self.take(1);
        name.extend(self.take_until(|byte| byte.is_ascii_whitespace() || matches!(byte, b'=' | b'/' | b'>')));
        self.skip(|byte| byte.is_ascii_whitespace());
        if self.peek()? != b'=' {
            return Some((name, Vec::new()));
        }
        self.at += 1;
        self.skip(|byte| byte.is_ascii_whitespace());
        let value = match self.peek()? {
            quote @ (b'"' | b'\'') => {
                self.at += 1;
                let value = self.take_until(|byte| byte == quote);
                self.at += 1;
                value
            }
            _ => self.take_until(|byte| byte.is_ascii_whitespace() || byte == b'>'),
        };
        Some((name, value))
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip(&mut self, skipped: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&skipped) {
            self.at += 1;
        }
    }

    fn take(&mut self, count: usize) -> Vec<u8> {
        let taken = self.bytes[self.at..self.at + count].to_ascii_lowercase();
        self.at += count;
        taken
    }

    fn take_until(&mut self, end: impl Fn(u8) -> bool) -> Vec<u8> {
        let rest = &self.bytes[self.at.min(self.bytes.len())..];
        let count = rest.iter().position(|byte| end(*byte)).unwrap_or(rest.len());
        self.take(count)
    }
}

fn is_meta(rest: &[u8]) -> bool {
    let behind = rest.get(1..5).filter(|name| name.eq_ignore_ascii_case(b"meta")).and(rest.get(5));
    behind.is_some_and(|byte| byte.is_ascii_whitespace() || *byte == b'/')
}

fn is_tag(rest: &[u8]) -> bool {
    let name = if rest.get(1) == Some(&b'/') { rest.get(2) } else { rest.get(1) };
    name.is_some_and(u8::is_ascii_alphabetic)
}

/// "Extract a character encoding from a meta element": the label after `charset=` in a `content` value.
fn charset_in_content(content: &[u8]) -> Option<Vec<u8>> {
    let mut rest = content;
    loop {
        rest = &rest[memchr::memmem::find(rest, b"charset")? + 7..];
        let Some(value) = rest.trim_ascii_start().strip_prefix(b"=") else { continue };
        let value = value.trim_ascii_start();
        return match value.first()? {
            quote @ (b'"' | b'\'') => Some(value[1..][..memchr::memchr(*quote, &value[1..])?].to_vec()),
            _ => {
                let end = value.iter().position(|byte| byte.is_ascii_whitespace() || *byte == b';');
                Some(value[..end.unwrap_or(value.len())].to_vec())
            }
        };
    }
}
