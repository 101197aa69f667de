//! Whole documents through the public API, and helpers for the tests of all formats.

use std::io::{Cursor, Write};

use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

use crate::{
    CharsetSource, Declared, ExtractError, ExtractWarning, Extraction, Extractor, Limits, MediaType, Region,
};

/// The text of a document by region, in the order of the regions' first text.
pub(crate) type Texts = Vec<(Region, String)>;

/// Streams a document in the given pieces.
pub(crate) fn extract<'b>(
    pieces: impl IntoIterator<Item = &'b [u8]>,
    declared: Declared<'_>,
    limits: Limits,
) -> Result<(Extraction, Texts), ExtractError> {
    let mut texts = Texts::new();
    let mut extractor = Extractor::new(&declared, limits, |region: Region, text: &str| {
        match texts.iter_mut().find(|(known, _)| *known == region) {
            Some((_, known)) => known.push_str(text),
            None => texts.push((region, text.to_owned())),
        }
    });
    for piece in pieces {
        extractor.push(piece)?;
    }
    let (extraction, _) = extractor.finish()?;
    Ok((extraction, texts))
}

/// Parses a document that must be buffered.
pub(crate) fn buffered(document: &[u8], limits: Limits) -> Result<(Extraction, Texts), ExtractError> {
    let mut texts = Texts::new();
    let mut sink = |region: Region, text: &str| match texts.iter_mut().find(|(known, _)| *known == region) {
        Some((_, known)) => known.push_str(text),
        None => texts.push((region, text.to_owned())),
    };
    let extraction = crate::parse_buffered(document, &Declared::default(), limits, &mut sink)?;
    Ok((extraction, texts))
}

/// The text of one region, or an empty string.
pub(crate) fn text_of(texts: &Texts, wanted: Region) -> &str {
    texts.iter().find(|(region, _)| *region == wanted).map_or("", |(_, text)| text)
}

/// A ZIP archive of named parts.
pub(crate) fn archive(parts: &[(&str, &str)]) -> Vec<u8> {
    let parts: Vec<_> = parts.iter().map(|(name, part)| (*name, part.as_bytes())).collect();
    archive_of_bytes(&parts)
}

/// Like [`archive`], for parts that are not text. The first part is stored uncompressed, as a `mimetype` must be.
pub(crate) fn archive_of_bytes(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (number, (name, part)) in parts.iter().enumerate() {
        let method = if number == 0 { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        let options = SimpleFileOptions::default().compression_method(method);
        zip.start_file(*name, options).expect("a part begins");
        zip.write_all(part).expect("a part is written");
    }
    zip.finish().expect("an archive ends").into_inner()
}

fn typed(content_type: &str) -> Declared<'_> {
    Declared { content_type: Some(content_type), name: None }
}

/// The texts of a UTF-8 document that arrives in one piece.
pub(crate) fn read(document: &str, content_type: &str) -> Texts {
    let content_type = format!("{content_type}; charset=utf-8");
    let result = extract([document.as_bytes()], typed(&content_type), Limits::default());
    result.expect("a document that can be read").1
}

/// The text of one region, or an empty string.
pub(crate) fn region(document: &str, content_type: &str, wanted: Region) -> String {
    let texts = read(document, content_type);
    texts.into_iter().find(|(region, _)| *region == wanted).map(|(_, text)| text).unwrap_or_default()
}

#[test]
fn passes_plain_text_on_unchanged() {
    let text = " a\r\n\tb <b>&amp; \u{FEFF}\0\n\n";
    assert_eq!(read(text, "text/plain"), [(Region::Body, text.to_owned())]);
}

#[test]
fn empty_document_has_no_text() {
    for pieces in [vec![], vec![&b""[..]], vec![&b""[..], &b""[..]]] {
        let (extraction, texts) = extract(pieces, Declared::default(), Limits::default()).expect("no text");
        assert_eq!(texts, []);
        assert_eq!((extraction.media_type, extraction.bytes), (MediaType::PlainText, 0));
        assert_eq!(
            (extraction.charset.as_str(), extraction.charset_source),
            ("utf-8", CharsetSource::Default)
        );
    }
}

#[test]
fn reports_charset_size_and_warnings() {
    let bytes = b"caf\xC3\xA9 \xFF \0";
    let declared = typed("text/plain; charset=utf8");
    let (extraction, _) = extract([&bytes[..]], declared, Limits::default()).expect("text");
    assert_eq!((extraction.charset.as_str(), extraction.charset_source), ("utf-8", CharsetSource::Header));
    assert_eq!((extraction.bytes, extraction.replacement_characters), (9, 1));
    let lossy = ExtractWarning::LossyCharset { charset: "utf-8".to_owned(), replacements: 1 };
    assert_eq!(extraction.warnings, [lossy, ExtractWarning::NulBytes { count: 1 }]);
}

#[test]
fn byte_order_mark_decides_the_charset_and_is_not_text() {
    let wide: Vec<u8> = "\u{FEFF}hé".encode_utf16().flat_map(u16::to_be_bytes).collect();
    for (bytes, charset) in [(wide, "utf-16be"), ("\u{FEFF}hé".as_bytes().to_vec(), "utf-8")] {
        let declared = typed("text/plain; charset=shift_jis");
        let (extraction, texts) = extract([&bytes[..]], declared, Limits::default()).expect("text");
        assert_eq!(texts, [(Region::Body, "hé".to_owned())]);
        assert_eq!((extraction.charset.as_str(), extraction.charset_source), (charset, CharsetSource::Bom));
    }
}

#[test]
fn reads_a_page_in_its_declared_charset() {
    let page = "<meta charset=shift_jis><p>日本語";
    let (bytes, _, _) = encoding_rs::SHIFT_JIS.encode(page);
    let (extraction, texts) = extract([&bytes[..]], typed("text/html"), Limits::default()).expect("text");
    assert_eq!(texts, [(Region::Main, "日本語".to_owned())]);
    assert_eq!(extraction.charset_source, CharsetSource::Document);
}

#[test]
fn rejects_documents_over_the_size_limit() {
    for kind in ["text/plain", "text/html", "text/markdown"] {
        let limits = Limits { decoded_bytes: 10, ..Limits::default() };
        assert!(extract([&b"0123456789"[..]], typed(kind), limits).is_ok());
        let error = extract([&b"01234"[..], b"567890"], typed(kind), limits).expect_err("too long");
        assert_eq!(error.code(), "document_too_large");
    }
    let limits = Limits { markdown_bytes: 10, ..Limits::default() };
    let error = extract([&b"0123456789 "[..]], typed("text/markdown"), limits).expect_err("too long");
    assert!(error.to_string().ends_with("send it as text/plain, or split it and send the parts"), "{error}");
    assert!(extract([&b"0123456789 "[..]], typed("text/plain"), limits).is_ok());
    let limits = Limits { markdown_marks: 10, ..Limits::default() };
    let error =
        extract([&b"a [b](c) [d](e) [f](g)"[..]], typed("text/markdown"), limits).expect_err("too much");
    assert_eq!(error.code(), "document_too_complex");
}

#[test]
fn rejects_a_giant_text_attribute_and_ignores_other_giants() {
    let giant = "x".repeat(100_000);
    let limits = Limits { html_memory_bytes: 50_000, ..Limits::default() };
    let read = |html: String| extract([html.as_bytes()], typed("text/html"), limits);
    assert_eq!(read(format!("<img alt='{giant}'>")).expect_err("too long").code(), "document_too_complex");
    assert!(read(format!("<a href='{giant}' class={giant} {giant}><{giant}><!--{giant}--></a>")).is_ok());
    assert!(
        read(format!("<p style='background: url(data:{giant})'>{giant}</p><title>{giant}</title>")).is_ok()
    );
}

#[test]
fn limits_nested_regions_but_not_plain_elements() {
    let read = |html: String| extract([html.as_bytes()], typed("text/html"), Limits::default());
    let error = read("<nav><aside>".repeat(300)).expect_err("too deep");
    assert_eq!(error.code(), "document_too_deep");
    let deep = format!("{}a{}b", "<div>".repeat(2000), "</div>".repeat(2000));
    assert_eq!(read(deep).expect("deep").1, [(Region::Main, "a\nb".to_owned())]);
    let hidden = format!("<div hidden>{}x{}y</div>b", "<div>".repeat(2000), "</div>".repeat(2000));
    assert_eq!(read(hidden).expect("deep").1[1], (Region::Main, "b".to_owned()));
    let unclosed = format!("<nav>{}x</nav>b", "<div>".repeat(2000));
    assert_eq!(read(unclosed).expect("deep").1[1], (Region::Main, "b".to_owned()));
}
