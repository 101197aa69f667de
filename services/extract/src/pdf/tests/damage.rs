//! Incomplete documents: whatever the parser repairs, no text is lost without a warning.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::{FONT, nothing, pages, pdf, read, stream};
use crate::tests::text_of;
use crate::{ExtractWarning, Region};

fn codes(document: &[u8]) -> Vec<&'static str> {
    let (extraction, _) = read(document).expect("a page");
    extraction.warnings.iter().map(ExtractWarning::code).collect()
}

#[test]
fn warns_of_missing_or_damaged_content_streams() {
    let page = |contents: &str| {
        let objects = [
            "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
            format!("<< /Type /Page /Parent 2 0 R /Contents {contents} >>"),
            stream("/Filter /FlateDecode", "this was never packed"),
            stream("", "BT ET"),
            stream("/Filter /Unheard", "BT ET"),
        ];
        codes(&pdf(&objects, ""))
    };
    assert_eq!(page("9 0 R"), ["unread_part"]);
    assert_eq!(page("[5 0 R 9 0 R]"), ["unread_part"]);
    assert_eq!(page("4 0 R"), ["unread_part"]);
    assert_eq!(page("[5 0 R 6 0 R]"), ["unread_part"]);
    assert_eq!(page("5 0 R"), <[&str; 0]>::default());
    assert_eq!(page("[]"), <[&str; 0]>::default());
    assert_eq!(page("null"), <[&str; 0]>::default());
}

#[test]
fn reads_compressed_text_to_its_end_or_warns() {
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::best());
    packer.write_all(b"BT /F 10 Tf 50 700 Td (packed) Tj ( words) Tj ET").expect("compresses");
    let packed = packer.finish().expect("compresses");
    let page = |bytes: usize| {
        let blank = "#".repeat(bytes);
        let objects = [
            "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
            "<< /Type /Page /Contents 5 0 R /Resources << /Font << /F 4 0 R >> >> >>".to_owned(),
            "<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>".to_owned(),
            stream("/Filter /FlateDecode", &blank),
        ];
        let mut document = pdf(&objects, "");
        let start = memchr::memmem::find(&document, b"stream\n").expect("a stream") + "stream\n".len();
        document[start..start + bytes].copy_from_slice(&packed[..bytes]);
        let (extraction, texts) = read(&document).expect("a page");
        (text_of(&texts, Region::Body).to_owned(), extraction.warnings.len())
    };
    let whole = ("packed words".to_owned(), 0);
    assert_eq!(page(packed.len()), whole);
    // Many documents lack the checksum at the end.
    assert_eq!(page(packed.len() - 4), whole);
    for bytes in 0..packed.len() - 4 {
        assert_eq!(page(bytes).1, 1, "{bytes} of {}", packed.len());
    }
}

#[test]
fn warns_of_declared_pages_that_are_missing() {
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R 9 0 R] /Count 2 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R >>".to_owned(),
    ];
    let (extraction, _) = read(&pdf(&objects, "")).expect("a page");
    assert!(
        extraction.warnings[0].to_string().starts_with("1 of 2 pages could not be read"),
        "{extraction:?}"
    );
}

#[test]
fn warns_of_text_in_a_missing_font() {
    assert_eq!(codes(&pages(&["BT /None 10 Tf (lost) Tj ET"], nothing())), ["unread_part"]);
    assert_eq!(codes(&pages(&["BT (lost) Tj ET"], nothing())), ["unread_part"]);
}

#[test]
fn warns_of_truncated_operators() {
    for content in [
        "BT /F 10 Tf (one) Tj (two",
        "BT /F 10 Tf (one) Tj ) (two) Tj",
        "BT /F 10 Tf (one) Tj [(two) Tj",
        "BT /F 10 Tf (one) Tj BI /W 1 /H 1 ID x (two) Tj",
    ] {
        assert_eq!(codes(&pages(&[content], nothing())), ["unread_part"], "{content}");
    }
}

#[test]
fn truncated_documents_never_lose_text_without_a_warning() {
    let form = stream(&format!("/Subtype /Form {FONT}"), "BT /F 10 Tf 50 600 Td (form) Tj ET");
    let document = pages(&["BT /F 10 Tf 50 700 Td (one) Tj ET /X Do", "BT /F 10 Tf (two) Tj ET"], form);
    let (_, whole) = read(&document).expect("two pages");
    assert_eq!(text_of(&whole, Region::Body), "one\n\nform\n\ntwo");
    for length in 5..document.len() {
        if let Ok((extraction, texts)) = read(&document[..length]) {
            let all = text_of(&texts, Region::Body) == text_of(&whole, Region::Body);
            assert!(all || !extraction.warnings.is_empty(), "{length}: {extraction:?} {texts:?}");
        }
    }
}

#[test]
fn rebuilds_a_wrong_object_table() {
    let document = pages(&["BT /F 10 Tf (one) Tj ET", "BT /F 10 Tf (two) Tj ET"], nothing());
    let text = String::from_utf8(document).expect("ASCII");
    let moved = text.replacen("%PDF-1.4\n", "%PDF-1.4\n% Something was put in front of it all.\n", 1);
    let (extraction, texts) = read(moved.as_bytes()).expect("two pages");
    assert_eq!(text_of(&texts, Region::Body), "one\n\ntwo");
    assert!(extraction.warnings.is_empty(), "{extraction:?}");
}
