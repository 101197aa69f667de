//! Recognises HTML and known formats of XML by how they start.
//!
//! Reads bytes as ASCII, with or without the NULs of UTF-16.

use crate::media_type::MediaType;

/// What the start of a body shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MarkupSignature {
    /// An HTML document for certain.
    Document,
    /// A format of XML that has a reader.
    Xml(MediaType),
    /// A tag that a Markdown text may also start with.
    Tag,
}

/// The tags of the WHATWG MIME Sniffing Standard, and others that handwritten or partial HTML starts with.
const FIRST_TAGS: [&[u8]; 39] = [
    b"head",
    b"script",
    b"iframe",
    b"h1",
    b"h2",
    b"h3",
    b"h4",
    b"h5",
    b"h6",
    b"div",
    b"font",
    b"table",
    b"a",
    b"style",
    b"title",
    b"b",
    b"body",
    b"br",
    b"p",
    b"meta",
    b"link",
    b"base",
    b"main",
    b"article",
    b"section",
    b"nav",
    b"header",
    b"footer",
    b"aside",
    b"form",
    b"ul",
    b"ol",
    b"li",
    b"dl",
    b"pre",
    b"center",
    b"img",
    b"span",
    b"blockquote",
];

/// What the first bytes show, after white space, comments and a byte order mark.
pub(super) fn signature(head: &[u8]) -> Option<MarkupSignature> {
    let narrow: Vec<u8>;
    let head = match head {
        [0xFE, 0xFF, rest @ ..] | [0xFF, 0xFE, rest @ ..] => {
            narrow = rest.iter().copied().filter(|byte| *byte != 0).collect();
            &narrow
        }
        _ => head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head),
    };
    signature_of(head)
}

fn signature_of(head: &[u8]) -> Option<MarkupSignature> {
    let mut rest = head;
    let mut xml = false;
    loop {
        rest = rest.trim_ascii_start();
        if rest.starts_with(b"<!--") {
            rest = &rest[memchr::memmem::find(&rest[4..], b"-->")? + 7..];
        } else if rest.starts_with(b"<?xml") || (xml && rest.starts_with(b"<?")) {
            xml = true;
            rest = &rest[memchr::memchr(b'>', rest)? + 1..];
        } else {
            break;
        }
    }
    let name = starts_ignoring_case(rest, b"<!doctype").map(<[u8]>::trim_ascii_start);
    if name.is_some_and(|name| starts_ignoring_case(name, b"html").is_some()) || is_tag(rest, b"html") {
        return Some(MarkupSignature::Document);
    }
    if let Some(format) = xml_format(rest) {
        return Some(MarkupSignature::Xml(format));
    }
    let first = FIRST_TAGS.iter().any(|tag| is_tag(rest, tag));
    (first && !xml).then_some(MarkupSignature::Tag)
}

/// The format of XML whose root element starts here, perhaps after a document type.
fn xml_format(text: &[u8]) -> Option<MediaType> {
    let document_type = starts_ignoring_case(text, b"<!doctype").map(<[u8]>::trim_ascii_start);
    if is_tag(text, b"xliff") {
        Some(MediaType::Xliff)
    } else if is_tag(text, b"tmx") || document_type.is_some_and(|name| name.starts_with(b"tmx")) {
        Some(MediaType::Tmx)
    } else if is_tag(text, b"office:document") {
        // Spreadsheets and presentations have the same root.
        let kind = memchr::memmem::find(text, b"office:mimetype=").map(|at| &text[at + 17..]);
        let is_text = kind.is_none_or(|kind| kind.starts_with(b"application/vnd.oasis.opendocument.text"));
        is_text.then_some(MediaType::FlatOdt)
    } else {
        None
    }
}

fn is_tag(text: &[u8], name: &[u8]) -> bool {
    let behind = text.strip_prefix(b"<").and_then(|rest| starts_ignoring_case(rest, name));
    matches!(behind, Some([b'>' | b'/' | b' ' | b'\t' | b'\n' | b'\r' | 0x0C, ..]))
}

/// What follows `prefix` (in lower case), compared without case.
fn starts_ignoring_case<'a>(text: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}
