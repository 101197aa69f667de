//! The rules for EPUB, with one book each.

use crate::error::ExtractError;
use crate::limits::Limits;
use crate::tests::{archive_of_bytes, buffered, text_of};
use crate::{ExtractWarning, MediaType, Region};

const CONTAINER: &str =
    "<container><rootfiles><rootfile full-path='OEBPS/book.opf'/></rootfiles></container>";

const PACKAGE: &str = "<package><metadata><dc:title>The Book</dc:title></metadata><manifest>\
    <item id='nav' href='nav.xhtml' properties='nav'/><item id='two' href='text/b%20two.xhtml'/>\
    <item id='one' href='text/one.xhtml'/><item id='pic' href='pic.png'/></manifest>\
    <spine><itemref idref='nav'/><itemref idref='one'/><itemref idref='two'/><itemref idref='one'/></spine></package>";

fn book(package: &str, parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut all = vec![
        ("mimetype", &b"application/epub+zip"[..]),
        ("META-INF/container.xml", CONTAINER.as_bytes()),
        ("OEBPS/book.opf", package.as_bytes()),
    ];
    all.extend(parts);
    archive_of_bytes(&all)
}

const ONE: &[u8] =
    b"<html><head><title>file title</title><style>x</style></head><body><header><h1>First</h1></header>\
    <p>words of <b>th</b>e <code>first</code></p><aside>a box</aside><pre>code</pre></body></html>";

#[test]
fn reads_each_chapter_once_in_reading_order() {
    let parts = [
        ("OEBPS/text/b two.xhtml", &b"<html><body><p>caf\xC3\xA9 two</p><title/></body></html>"[..]),
        ("OEBPS/text/one.xhtml", ONE),
        ("OEBPS/nav.xhtml", b"<html><body><nav><a>Contents</a></nav></body></html>"),
    ];
    let (extraction, texts) = buffered(&book(PACKAGE, &parts), Limits::default()).expect("a book");
    assert_eq!(text_of(&texts, Region::Body), "First\n\nwords of the first\n\na box\n\ncafé two");
    assert_eq!(text_of(&texts, Region::Code), "code");
    assert_eq!(text_of(&texts, Region::Nav), "Contents");
    assert_eq!(text_of(&texts, Region::Title), "The Book");
    assert_eq!((extraction.media_type, extraction.title.as_deref()), (MediaType::Epub, Some("The Book")));
    assert_eq!(extraction.warnings, []);
}

#[test]
fn warns_of_unreadable_chapters_and_reads_the_rest() {
    let picture = PACKAGE.replace("<itemref idref='two'/>", "<itemref idref='two'/><itemref idref='pic'/>");
    let parts = [("OEBPS/text/one.xhtml", ONE), ("OEBPS/pic.png", b"\x89PNG\r\n\x1A\n\0\0")];
    let (extraction, texts) = buffered(&book(&picture, &parts), Limits::default()).expect("a book");
    assert!(text_of(&texts, Region::Body).starts_with("First"));
    let messages: Vec<_> = extraction.warnings.iter().map(ExtractWarning::to_string).collect();
    assert_eq!(messages.len(), 3, "{messages:?}");
    assert!(
        messages[0].starts_with("OEBPS/text/b two.xhtml could not be read: it is not in the file"),
        "{messages:?}"
    );
    assert!(messages[1].contains("it is a PNG image"), "{messages:?}");
}

#[test]
fn rejects_encrypted_chapters_but_not_obfuscated_fonts() {
    let encryption = |name: &str| {
        format!(
            "<encryption><EncryptedData><CipherData><CipherReference URI='{name}'/></CipherData></EncryptedData></encryption>"
        )
    };
    let read = |encryption: &str| {
        let parts = [("OEBPS/text/one.xhtml", ONE), ("META-INF/encryption.xml", encryption.as_bytes())];
        buffered(&book(PACKAGE, &parts), Limits::default())
    };
    assert!(read(&encryption("OEBPS/font.otf")).is_ok());
    let error = read(&encryption("OEBPS/text/one.xhtml")).expect_err("encrypted");
    assert_eq!(error, ExtractError::Encrypted { format: "EPUB" });
}

#[test]
fn rejects_a_book_without_a_package() {
    let empty = archive_of_bytes(&[("mimetype", b"application/epub+zip")]);
    assert_eq!(buffered(&empty, Limits::default()).expect_err("empty").code(), "document_broken");
}

#[test]
fn chapters_count_towards_the_limits_of_the_book() {
    let zeros = "0".repeat(8 << 20);
    let bomb = book(PACKAGE, &[("OEBPS/text/one.xhtml", zeros.as_bytes())]);
    let error = buffered(&bomb, Limits::default()).expect_err("a bomb");
    assert_eq!(error.code(), "document_too_complex");
}
