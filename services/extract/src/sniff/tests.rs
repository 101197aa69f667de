//! The rules of sniffing, with one body each.

use super::sniff;
use crate::{Declared, ExtractError, MediaType};

fn typed(body: &[u8], content_type: &str) -> Result<MediaType, ExtractError> {
    sniff(body, &Declared { content_type: Some(content_type), name: None })
}

fn named(body: &[u8], name: &str) -> Result<MediaType, ExtractError> {
    sniff(body, &Declared { content_type: None, name: Some(name) })
}

fn bare(body: &[u8]) -> Result<MediaType, ExtractError> {
    sniff(body, &Declared::default())
}

fn found(result: Result<MediaType, ExtractError>) -> String {
    match result {
        Err(ExtractError::Unsupported { found }) => found,
        other => panic!("should be unsupported: {other:?}"),
    }
}

#[test]
fn names_binary_formats_whatever_is_declared() {
    assert_eq!(found(bare(b"PK\x03\x04....notes.txt")), "a ZIP archive");
    assert_eq!(found(typed(b"\x1F\x8B\x08\0\0", "text/html")), "gzip data");
    assert_eq!(found(bare(b"\x89PNG\r\n\x1A\n\0\0")), "a PNG image");
    assert_eq!(found(bare(b"\xFF\xD8\xFF\xE0")), "a JPEG image");
    assert_eq!(found(bare(b"\x7FELF\x02\x01\x01\0")), "an ELF program");
    assert_eq!(
        found(bare(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")),
        "an old or encrypted Microsoft Office document (OLE2)"
    );
}

#[test]
fn recognizes_buffered_formats_by_magic_number() {
    assert_eq!(typed(b"%PDF-1.7\n%...", "text/plain"), Ok(MediaType::Pdf));
    assert_eq!(named(b"junk\n%PDF-1.4", "scan.pdf"), Ok(MediaType::Pdf));
    assert_eq!(bare(b"junk\n%PDF-1.4"), Ok(MediaType::PlainText));
    assert_eq!(bare(b"PK\x03\x04....mimetypeapplication/epub+zip"), Ok(MediaType::Epub));
    let odt = b"PK\x03\x04....mimetypeapplication/vnd.oasis.opendocument.textPK";
    assert_eq!(typed(odt, "application/zip"), Ok(MediaType::Odt));
    let sheet = b"PK\x03\x04....mimetypeapplication/vnd.oasis.opendocument.spreadsheetPK";
    assert_eq!(found(bare(sheet)), "an OpenDocument file");
    assert_eq!(bare(b"PK\x03\x04....[Content_Types].xml...word/document.xml"), Ok(MediaType::Docx));
    assert_eq!(named(b"PK\x03\x04....docProps/app.xml", "a.docx"), Ok(MediaType::Docx));
    assert_eq!(named(b"PK\x03\x04....OEBPS/book.opf", "a.epub"), Ok(MediaType::Epub));
}

#[test]
fn rejects_declared_documents_without_their_magic_number() {
    let page = b"Not found";
    assert_eq!(found(typed(page, "application/pdf")), "a document declared as PDF that is not one");
    assert_eq!(found(named(page, "book.epub")), "a document declared as EPUB that is not one");
    assert_eq!(named(b"<!doctype html>", "book.pdf"), Ok(MediaType::Html), "an error page");
}

#[test]
fn recognizes_text_formats_by_their_first_lines() {
    assert_eq!(bare(b"WEBVTT\n\n00:01.000 --> 00:02.000\nHi"), Ok(MediaType::WebVtt));
    assert_eq!(bare(b"\xEF\xBB\xBF1\r\n00:00:01,000 --> 00:00:02,000\r\nHi"), Ok(MediaType::SubRip));
    assert_eq!(bare(b"# Someone\nmsgid \"\"\nmsgstr \"\""), Ok(MediaType::Po));
    assert_eq!(bare(b"<?xml version='1.0'?>\n<!-- x --><xliff version='1.2'>"), Ok(MediaType::Xliff));
    assert_eq!(bare(b"1\n2 --> 3\n"), Ok(MediaType::PlainText));
    assert_eq!(bare(b"WEBVTTs are text"), Ok(MediaType::PlainText));
    assert_eq!(
        named(b"WEBVTT\n\nx", "notes.txt"),
        Ok(MediaType::WebVtt),
        "the first bytes decide before the name"
    );
    assert_eq!(named(b"WEBVTT\n\nx", "formats.md"), Ok(MediaType::Markdown));
    assert_eq!(named(b"a;b", "table.csv"), Ok(MediaType::Csv));
    assert_eq!(named(b"1\n2", "film.SRT"), Ok(MediaType::SubRip));
}

#[test]
fn recognizes_html_by_its_start() {
    for body in [
        "<!DOCTYPE html><p>x",
        " \n\t<!doctype  HTML PUBLIC \"x\">",
        "\u{FEFF}<HTML lang=en>",
        "<!-- made by hand --> <!-- twice -->\n<html>",
        "<?xml version=\"1.0\"?><!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML\">",
        "<h1>Hi</h1>",
        "<p>Hi",
        "<br/>",
    ] {
        assert_eq!(bare(body.as_bytes()), Ok(MediaType::Html), "{body}");
    }
    for body in ["<htmlx>", "<hello>", "< html>", "a <html>", "<?xml version=\"1.0\"?><p>", "<!-- only"] {
        assert_eq!(bare(body.as_bytes()), Ok(MediaType::PlainText), "{body}");
    }
}

#[test]
fn recognizes_html_in_utf16() {
    let mut body = vec![0xFF, 0xFE];
    body.extend("<!doctype html><p>x".encode_utf16().flat_map(u16::to_le_bytes));
    assert_eq!(bare(&body), Ok(MediaType::Html));
}

#[test]
fn unmistakable_first_bytes_decide_before_plain_text() {
    let plain = "text/plain; charset=utf-8";
    for body in ["<!doctype html><p>x", "\u{FEFF}\n<HTML lang=en>", "<!-- a -->\n<!DOCTYPE HTML>"] {
        assert_eq!(typed(body.as_bytes(), plain), Ok(MediaType::Html), "{body}");
        assert_eq!(typed(body.as_bytes(), "text/markdown"), Ok(MediaType::Html), "{body}");
        assert_eq!(named(body.as_bytes(), "page.txt"), Ok(MediaType::Html), "{body}");
    }
    for (body, format) in [
        ("WEBVTT\n\n00:01.000 --> 00:02.000\nHi", MediaType::WebVtt),
        ("1\n00:00:01,000 --> 00:00:02,000\nHi", MediaType::SubRip),
        ("# Someone\nmsgid \"\"\nmsgstr \"\"", MediaType::Po),
        ("<?xml version='1.0'?><xliff version='1.2'>", MediaType::Xliff),
        ("<xliff version='2.0'>", MediaType::Xliff),
    ] {
        assert_eq!(typed(body.as_bytes(), plain), Ok(format), "{body}");
        assert_eq!(named(body.as_bytes(), "a.txt"), Ok(format), "{body}");
        assert_eq!(typed(body.as_bytes(), "text/markdown"), Ok(MediaType::Markdown), "{body}");
    }
}

#[test]
fn declared_text_stays_text() {
    assert_eq!(typed(b"<p>x", "text/plain; charset=utf-8"), Ok(MediaType::PlainText));
    assert_eq!(typed(b"WEBVTTs are text", "text/plain"), Ok(MediaType::PlainText));
    assert_eq!(typed(b"<?xml version='1.0'?><feed>", "text/plain"), Ok(MediaType::PlainText));
    assert_eq!(typed(b"<h1 align=center>x</h1>", "text/markdown"), Ok(MediaType::Markdown));
    assert_eq!(typed(b"# not markdown", "text/plain"), Ok(MediaType::PlainText));
}

#[test]
fn declared_type_decides_next() {
    assert_eq!(typed(b"no tags", "text/html"), Ok(MediaType::Html));
    assert_eq!(typed(b"<p/>", "application/xhtml+xml"), Ok(MediaType::Html));
    assert_eq!(typed(b"fn main() {}", "text/x-rust"), Ok(MediaType::PlainText));
    assert_eq!(typed(b"a,b", "text/csv"), Ok(MediaType::Csv));
    assert_eq!(typed(b"<!doctype html>", "text/csv"), Ok(MediaType::Html), "an error page sent as a table");
    assert_eq!(typed(b"x", "text/vtt; charset=utf-8"), Ok(MediaType::WebVtt));
    assert_eq!(typed(b"x", "application/xliff+xml"), Ok(MediaType::Xliff));
    assert_eq!(typed(b"<xliff version='2.0'>", "text/xml"), Ok(MediaType::Xliff));
    assert_eq!(typed(b"{}", "application/json"), Ok(MediaType::PlainText));
    assert_eq!(typed(b"{}", "application/vnd.api+json"), Ok(MediaType::PlainText));
    assert_eq!(
        typed(b"<!doctype html>", "application/json"),
        Ok(MediaType::Html),
        "an error page sent as JSON"
    );
    assert_eq!(found(typed(b"x", "image/webp")), "image/webp");
    assert_eq!(found(typed(b"x", "application/vnd.ms-excel")), "application/vnd.ms-excel");
    assert_eq!(found(typed(b"x", "multipart/form-data; boundary=x")), "multipart/form-data");
}

#[test]
fn tables_have_many_types() {
    for essence in [
        "text/x-csv",
        "application/x-csv",
        "text/comma-separated-values",
        "text/x-comma-separated-values; charset=utf-8",
    ] {
        assert_eq!(typed(b"a,b", essence), Ok(MediaType::Csv), "{essence}");
    }
    for essence in ["application/vnd.ms-excel", "application/x-msexcel", "application/excel"] {
        let as_excel =
            |body: &[u8], name| sniff(body, &Declared { content_type: Some(essence), name: Some(name) });
        assert_eq!(as_excel(b"a,b", "/x.csv"), Ok(MediaType::Csv), "{essence}");
        assert_eq!(as_excel(b"a\tb", "/x.TSV?y"), Ok(MediaType::Tsv), "{essence}");
        assert_eq!(as_excel(b"<html><table>", "/x.xls"), Ok(MediaType::Html), "{essence}");
        assert_eq!(found(as_excel(b"a,b", "/x.xls")), essence);
        assert!(found(as_excel(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "/x.csv")).contains("OLE2"), "{essence}");
    }
}

#[test]
fn a_text_sent_as_a_workbook_without_a_name_is_a_table() {
    for (body, format) in
        [("a,b\n1,2", MediaType::Csv), ("a;b", MediaType::Csv), ("<table><td>a", MediaType::Html)]
    {
        assert_eq!(typed(body.as_bytes(), "application/vnd.ms-excel"), Ok(format), "{body}");
    }
    assert!(found(typed(b"PK\x03\x04 xl/workbook.xml", "application/vnd.ms-excel")).contains("ZIP"));
}

#[test]
fn recognizes_memories_flat_documents_and_styled_subtitles() {
    let flat = "<?xml version='1.0'?>\n<office:document xmlns:office='x' office:mimetype='application/vnd.oasis.opendocument.text'>";
    for (body, format) in [
        ("<?xml version='1.0'?><tmx version='1.4'>", MediaType::Tmx),
        ("<?xml version='1.0'?>\n<!DOCTYPE tmx SYSTEM \"tmx14.dtd\">\n<tmx>", MediaType::Tmx),
        (flat, MediaType::FlatOdt),
        ("\u{FEFF}[Script Info]\nTitle: x", MediaType::SubStationAlpha),
    ] {
        for declared in ["text/plain", "text/xml", "application/octet-stream"] {
            if declared != "text/xml" || format != MediaType::SubStationAlpha {
                assert_eq!(typed(body.as_bytes(), declared), Ok(format), "{declared} {body}");
            }
        }
        assert_eq!(bare(body.as_bytes()), Ok(format), "{body}");
    }
    let sheet = flat.replace(".text", ".spreadsheet");
    assert_eq!(bare(sheet.as_bytes()), Ok(MediaType::PlainText));
    assert_eq!(named(b"x", "a.tmx"), Ok(MediaType::Tmx));
    assert_eq!(named(b"x", "a.fodt"), Ok(MediaType::FlatOdt));
    assert_eq!(named(b"x", "a.SSA"), Ok(MediaType::SubStationAlpha));
}

#[test]
fn types_for_downloads_say_nothing() {
    for essence in ["application/force-download", "application/x-msdownload", "application/download"] {
        let download =
            |body: &[u8], name| sniff(body, &Declared { content_type: Some(essence), name: Some(name) });
        assert_eq!(download(b"1\n2", "film.srt"), Ok(MediaType::SubRip), "{essence}");
        assert_eq!(download(b"<p>x", "/download"), Ok(MediaType::Html), "{essence}");
        assert_eq!(download(b"# Hi", "a.md"), Ok(MediaType::Markdown), "{essence}");
        assert_eq!(found(download(b"MZ\0\0", "setup.exe")), "a Windows program", "{essence}");
    }
}

#[test]
fn name_decides_last() {
    assert_eq!(named(b"<p align=center>x", "docs/README.md"), Ok(MediaType::Markdown));
    assert_eq!(named(b"no tags", "/index.htm?x=1"), Ok(MediaType::Html));
    assert_eq!(named(b"<p>x", "notes.txt"), Ok(MediaType::PlainText));
    assert_eq!(named(b"<!doctype html><p>x", "README.md"), Ok(MediaType::Html));
    let both = Declared { content_type: Some("application/octet-stream"), name: Some("a.md") };
    assert_eq!(sniff(b"# Hi", &both), Ok(MediaType::Markdown));
}

#[test]
fn control_characters_distinguish_binary_from_text() {
    let program: Vec<u8> = (0..400).map(|n| if n % 3 == 0 { 0 } else { b'x' }).collect();
    assert!(found(bare(&program)).starts_with("binary data"));
    assert!(found(typed(&program, "application/octet-stream")).contains("application/octet-stream"));
    assert_eq!(bare(b"a\0b"), Ok(MediaType::PlainText), "a stray NUL is only warned of");
    assert_eq!(bare("\u{1B}[31mred\u{1B}[0m \u{8}".as_bytes()), Ok(MediaType::PlainText));
    assert_eq!(typed(b"plain words", "application/octet-stream"), Ok(MediaType::PlainText));
    let wide: Vec<u8> = "hello world".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(found(bare(&wide)).contains("UTF-16"));
    assert_eq!(typed(&wide, "text/plain; charset=UTF-16LE"), Ok(MediaType::PlainText));
}

#[test]
fn empty_bodies_are_plain_text_unless_declared() {
    assert_eq!(bare(b""), Ok(MediaType::PlainText));
    assert_eq!(typed(b"", "text/html"), Ok(MediaType::Html));
    assert_eq!(named(b"", "a.md"), Ok(MediaType::Markdown));
}
