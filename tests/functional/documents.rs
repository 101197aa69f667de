//! Documents of every format: their regions, and warnings or failures for what cannot be read.

use std::io::{Cursor, Write};

use serde_json::{Value, json};
use tally_tests::message::Request;
use tally_tests::server::Server;
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

/// An archive whose first part is stored uncompressed. There e-books and OpenDocument texts declare their type.
fn archive(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (number, (name, part)) in parts.iter().enumerate() {
        let method = if number == 0 { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        zip.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        zip.write_all(part.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn docx(text: &str) -> Vec<u8> {
    let rels = "<Relationships><Relationship Type='x/footnotes' Target='footnotes.xml'/><Relationship Type='x/header' \
                Target='header1.xml'/></Relationships>";
    let document = format!(
        "<w:document><w:body><w:p><w:r><w:t>{text}</w:t></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del>\
         </w:p></w:body></w:document>"
    );
    archive(&[
        ("[Content_Types].xml", "<Types/>"),
        ("word/document.xml", &document),
        ("word/_rels/document.xml.rels", rels),
        ("word/footnotes.xml", "<w:footnotes><w:p><w:r><w:t>a footnote</w:t></w:r></w:p></w:footnotes>"),
        ("word/header1.xml", "<w:hdr><w:p><w:r><w:t>on every page</w:t></w:r></w:p></w:hdr>"),
    ])
}

fn odt() -> Vec<u8> {
    let content = "<office:text><text:p>three odd words</text:p></office:text>";
    archive(&[("mimetype", "application/vnd.oasis.opendocument.text"), ("content.xml", content)])
}

fn epub() -> Vec<u8> {
    archive(&[
        ("mimetype", "application/epub+zip"),
        ("META-INF/container.xml", "<container><rootfile full-path='book.opf'/></container>"),
        (
            "book.opf",
            "<package><dc:title>A Book</dc:title><item id='a' href='a.xhtml'/><item id='b' href='b.xhtml'/>\
             <itemref idref='a'/><itemref idref='b'/></package>",
        ),
        ("a.xhtml", "<html><body><p>four words to read</p></body></html>"),
    ])
}

/// A PDF with a page for each content.
fn pdf(contents: &[&str]) -> Vec<u8> {
    let kids: Vec<_> = (0..contents.len()).map(|page| format!("{} 0 R", 4 + 2 * page)).collect();
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!("<< /Type /Pages /Count {} /Kids [{}] >>", kids.len(), kids.join(" ")),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    for (page, content) in contents.iter().enumerate() {
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {} 0 R /Resources << /Font << /F 3 0 R >> \
             >> >>",
            5 + 2 * page
        ));
        objects.push(format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()));
    }
    let mut file = b"%PDF-1.4\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (number, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.extend(format!("{} 0 obj\n{object}\nendobj\n", number + 1).bytes());
    }
    let start = file.len();
    let end = format!("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n", objects.len() + 1);
    file.extend(table.bytes().chain(end.bytes()));
    file
}

/// The finished job of a raw body. curl sends a file of unknown type like this.
fn count(server: &Server, target: &str, content_type: &str, document: Vec<u8>) -> Value {
    server.finish(&server.send(&Request::post(target).body(content_type, document)))
}

#[test]
fn reads_every_format_by_region() {
    let server = Server::start();
    let page = "BT /F 10 Tf 50 700 Td (five words on this page) Tj ET";
    let po =
        "msgid \"\"\nmsgstr \"\"\n\"Language: de\\n\"\n\n# a remark\nmsgid \"two words\"\nmsgstr \"zwei\"\n";
    for (content_type, document, media_type, expected) in [
        (
            "application/octet-stream",
            docx("some words"),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            json!({"body": 2, "notes": 2, "header": 3, "deleted": 1}),
        ),
        ("application/zip", odt(), "application/vnd.oasis.opendocument.text", json!({"body": 3})),
        ("application/epub+zip", epub(), "application/epub+zip", json!({"body": 4, "title": 2})),
        ("application/pdf", pdf(&[page]), "application/pdf", json!({"body": 5})),
        (
            "application/xliff+xml",
            b"<xliff><source>one two</source><target>eins</target><note>why</note></xliff>".to_vec(),
            "application/xliff+xml",
            json!({"body": 2, "translation": 1, "comments": 1}),
        ),
        (
            "application/x-subrip",
            b"1\n00:00:01,000 --> 00:00:02,000\n<i>one</i> two\n".to_vec(),
            "application/x-subrip",
            json!({"body": 2}),
        ),
        (
            "text/vtt",
            b"WEBVTT\n\nNOTE a note\n\n00:01.000 --> 00:02.000\n<v Ann>one two\n".to_vec(),
            "text/vtt",
            json!({"body": 2, "comments": 2}),
        ),
        (
            "text/x-gettext-translation",
            po.as_bytes().to_vec(),
            "text/x-gettext-translation",
            json!({"body": 2, "translation": 1, "comments": 2}),
        ),
        ("text/csv", b"one,two\n\"three\nfour\",five\n".to_vec(), "text/csv", json!({"body": 5})),
    ] {
        let job = count(&server, "/jobs?definition=wc", content_type, document);
        assert_eq!(job["result"]["regions"], expected, "{content_type}: {job}");
        assert_eq!(job["source"]["media_type"], media_type, "{job}");
    }
}

#[test]
fn default_regions_are_the_body_text() {
    let server = Server::start();
    let words = |target: &str| {
        count(&server, target, "application/octet-stream", docx("some words"))["result"]["words"].clone()
    };
    assert_eq!(words("/jobs"), 4, "the body and its footnote");
    assert_eq!(words("/jobs?regions=header,deleted"), 4);
    assert_eq!(words("/jobs?regions=body"), 2);
}

#[test]
fn unreadable_parts_cause_a_warning() {
    let server = Server::start();
    let scan = "0 0 600 800 re f";
    let word = "BT /F 10 Tf 50 700 Td (word) Tj ET";
    let job = count(&server, "/jobs", "application/pdf", pdf(&[word, scan, scan]));
    assert_eq!(job["result"]["words"], 1, "{job}");
    let warning = &job["result"]["warnings"][0];
    assert_eq!(warning["code"], "pages_without_text", "{job}");
    assert!(warning["detail"].as_str().is_some_and(|said| said.contains("pages 2-3 of 3")), "{job}");
    let job = count(&server, "/jobs", "application/epub+zip", epub());
    assert_eq!(job["result"]["warnings"][0]["code"], "unread_part", "{job}");
}

#[test]
fn unreadable_documents_fail_with_a_reason() {
    let server = Server::start();
    let bomb = docx(&"0".repeat(8 << 20));
    let laughs =
        "<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]><xliff><source>no &b;</source></xliff>";
    let fails = |content_type: &str, document: Vec<u8>| {
        let job = count(&server, "/jobs", content_type, document);
        assert_eq!((&job["state"], &job["attempts"]), (&json!("failed"), &json!(1)), "{job}");
        let detail = job["error"]["detail"].as_str().unwrap_or_default().to_owned();
        (job["error"]["type"].as_str().unwrap_or_default().to_owned(), detail)
    };
    let (kind, detail) = fails("application/octet-stream", bomb);
    assert_eq!(kind, "/problems/unreadable-document");
    assert!(detail.contains("decompressed bytes per compressed byte"), "{detail}");
    let (kind, detail) = fails("application/pdf", b"%PDF-1.4\nnothing".to_vec());
    assert_eq!(kind, "/problems/unreadable-document");
    assert!(detail.contains("the PDF document is broken"), "{detail}");
    let (kind, detail) = fails("application/zip", archive(&[("a.txt", "words")]));
    assert_eq!(kind, "/problems/unsupported-document");
    assert!(detail.contains("a ZIP archive; send one of plain text, Markdown, HTML, CSV"), "{detail}");
    let job = count(&server, "/jobs", "application/xliff+xml", laughs.as_bytes().to_vec());
    assert_eq!(job["result"]["words"], 1, "nothing is expanded: {job}");
}
