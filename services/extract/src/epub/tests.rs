//! The rules for EPUB, with one book each.

use crate::error::ExtractError;
use crate::limits::Limits;
use crate::tests::{Texts, archive, archive_of_bytes, buffered, text_of};
use crate::{ExtractWarning, Extraction, MediaType, Region};

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

/// A book of one chapter in a container of its own.
fn book_of(container: &str, package_name: &str, chapter: &str) -> Result<(Extraction, Texts), ExtractError> {
    let package = "<package><manifest><item id='a' href='a.xhtml'/></manifest><spine><itemref idref='a'/></spine></package>";
    let folder = package_name.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    let name = format!("{folder}a.xhtml");
    let parts = [
        ("mimetype", "application/epub+zip"),
        ("META-INF/container.xml", container),
        (package_name, package),
        (&name, chapter),
    ];
    buffered(&archive(&parts), Limits::default())
}

#[test]
fn finds_the_package_by_its_type() {
    let package = "media-type='application/oebps-package+xml'";
    for (rootfiles, name) in [
        (
            format!(
                "<rootfile full-path='book.pdf' media-type='application/pdf'/><rootfile full-path='O/b.opf' {package}/>"
            ),
            "O/b.opf",
        ),
        (
            format!("<rootfile full-path='one.opf' {package}/><rootfile full-path='two.opf' {package}/>"),
            "one.opf",
        ),
        (format!("<rootfile full-path='my%20book/b.opf' {package}/>"), "my book/b.opf"),
        (format!("<rootfile full-path='caf%C3%A9.opf' {package}/>"), "caf\u{e9}.opf"),
        (format!("<rootfile full-path='100%25.opf' {package}/>"), "100%.opf"),
        (format!("<rootfile full-path='a%20b.opf' {package}/>"), "a%20b.opf"),
        ("<rootfile full-path='b.opf'/>".to_owned(), "b.opf"),
    ] {
        let container = format!("<container><rootfiles>{rootfiles}</rootfiles></container>");
        let (_, texts) = book_of(&container, name, "<html><p>one two three</p></html>").expect(name);
        assert_eq!(text_of(&texts, Region::Body), "one two three", "{rootfiles}");
    }
}

#[test]
fn names_what_is_missing() {
    let container = |path: &str, kind: &str| {
        let container = format!("<container><rootfile full-path='{path}' media-type='{kind}'/></container>");
        let error = book_of(&container, "OEBPS/b.opf", "<p>x").expect_err("no package");
        error.to_string()
    };
    let package = "application/oebps-package+xml";
    for path in ["oebps/B.opf", "b.opf", "OEBPS/", ""] {
        let message = container(path, package);
        assert!(
            message.contains(&format!("names the package {path}, which is not in the file")),
            "{message}"
        );
    }
    let message = container("OEBPS/b.opf", "application/pdf");
    assert!(message.contains("names no package of the type application/oebps-package+xml"), "{message}");
    for spine in ["<spine> </spine>", ""] {
        let package =
            format!("<package><manifest><item id='one' href='text/one.xhtml'/></manifest>{spine}</package>");
        let error = buffered(&book(&package, &[("OEBPS/text/one.xhtml", ONE)]), Limits::default())
            .expect_err("empty");
        assert!(error.to_string().contains("the spine in OEBPS/book.opf names no chapters"), "{error}");
    }
}

#[test]
fn reads_the_entities_of_a_document_type_or_warns() {
    let read = |chapter: &str| {
        let (extraction, texts) = book_of(CONTAINER, "OEBPS/book.opf", chapter).expect("a book");
        let codes: Vec<_> = extraction.warnings.iter().map(ExtractWarning::code).collect();
        (text_of(&texts, Region::Body).to_owned(), codes)
    };
    let nothing = Vec::<&str>::new();
    let strict =
        "<!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.1//EN' 'http://www.w3.org/TR/xhtml11/DTD/xhtml11.dtd'";
    let subset = "[<!ENTITY nbsp '&#160;'>\n<!ENTITY mdash '&#8212;'>]";
    let page = "<html><body><p>one two three</p></body></html>";
    assert_eq!(read(&format!("{strict} {subset}>\n{page}")), ("one two three".to_owned(), nothing.clone()));
    assert_eq!(read(&format!("{strict}>{page}")), ("one two three".to_owned(), nothing));
    for (chapter, expected) in [
        (
            "<!DOCTYPE html [<!ENTITY who 'big world'>]><html><p>hello &who; end</p></html>",
            "hello big world end",
        ),
        (
            "<!DOCTYPE html [<!ENTITY a 'x'><!ENTITY b '&a;&a;'>]><html><p>hello &b; end</p></html>",
            "hello end",
        ),
        ("<html><p>hello &who; end &amp; caf&eacute;</p></html>", "hello end & caf\u{e9}"),
    ] {
        assert_eq!(read(chapter), (expected.to_owned(), vec!["unresolved_entities"]), "{chapter}");
    }
}

#[test]
fn chapters_count_towards_the_limits_of_the_book() {
    let zeros = "0".repeat(8 << 20);
    let bomb = book(PACKAGE, &[("OEBPS/text/one.xhtml", zeros.as_bytes())]);
    let error = buffered(&bomb, Limits::default()).expect_err("a bomb");
    assert_eq!(error.code(), "document_too_complex");
}
