//! Damaged and hostile documents that must be buffered: no input makes a parser panic, and parsing takes linear time.

use std::io::{Cursor, Write};
use std::time::Instant;

use proptest::prelude::*;
use tally_extract::{Declared, ExtractError, Extraction, Extractor, Limits, Region, parse_buffered};
use zip::write::SimpleFileOptions;

fn read(document: &[u8], name: &str) -> Result<(Extraction, usize), ExtractError> {
    let mut bytes = 0;
    let declared = Declared { content_type: None, name: Some(name) };
    let mut sink = |_: Region, text: &str| bytes += text.len();
    parse_buffered(document, &declared, Limits::default(), &mut sink).map(|extraction| (extraction, bytes))
}

fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, part) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).expect("a part begins");
        zip.write_all(part).expect("a part is written");
    }
    zip.finish().expect("an archive ends").into_inner()
}

const WORD: &str = "<w:document><w:body><w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>one &amp; two</w:t></w:r>\
    <w:del><w:r><w:delText>x</w:delText></w:r></w:del><mc:AlternateContent><mc:Fallback/></mc:AlternateContent>\
    </w:p></w:body></w:document>";

const WRITER: &str = "<office:text><text:p text:style-name='a'>one<text:s text:c='3'/><text:note><text:note-body>\
    <text:p>x</text:p></text:note-body></text:note></text:p><draw:frame><svg:desc>y</svg:desc></draw:frame></office:text>";

const XLIFF: &str = "<xliff version='1.2'><file><trans-unit><source>one <g>two</g><bpt><sub>x</sub></bpt></source>\
    <target>y</target></trans-unit></file></xliff>";

/// A document of each archive format, with the given main part.
fn packed(kind: usize, main: &[u8]) -> (Vec<u8>, &'static str) {
    match kind {
        0 => (archive(&[("_rels/.rels", b"<Relationships/>"), ("word/document.xml", main)]), "a.docx"),
        1 => (
            archive(&[("mimetype", b"application/vnd.oasis.opendocument.text"), ("content.xml", main)]),
            "a.odt",
        ),
        _ => {
            let container: &[u8] = b"<container><rootfile full-path='b.opf'/></container>";
            let package: &[u8] = b"<package><item id='a' href='a.xhtml'/><itemref idref='a'/></package>";
            let parts = [("META-INF/container.xml", container), ("b.opf", package), ("a.xhtml", main)];
            (archive(&parts), "a.epub")
        }
    }
}

fn pdf(content: &str) -> Vec<u8> {
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Count 1 /Kids [3 0 R] >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /Contents 5 0 R /MediaBox [0 0 9 9] /Resources << /Font << /F 4 0 R >> >> >>"
            .to_owned(),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()),
    ];
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

/// Replaces some bytes and may cut off the end.
fn damaged(
    mut document: Vec<u8>,
    changes: &[(prop::sample::Index, u8)],
    cut: Option<prop::sample::Index>,
) -> Vec<u8> {
    for (place, byte) in changes {
        let place = place.index(document.len());
        document[place] = *byte;
    }
    if let Some(cut) = cut {
        document.truncate(cut.index(document.len()));
    }
    document
}

type Damage = (Vec<(prop::sample::Index, u8)>, Option<prop::sample::Index>);

fn damage() -> impl Strategy<Value = Damage> {
    let change = (any::<prop::sample::Index>(), any::<u8>());
    (prop::collection::vec(change, 0..12), prop::option::weighted(0.2, any::<prop::sample::Index>()))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn damaged_archives_are_read_or_rejected(kind in 0usize..3, (changes, cut) in damage()) {
        let main = [WORD, WRITER, "<p>one</p>"][kind];
        let (document, name) = packed(kind, main.as_bytes());
        let _ = read(&damaged(document, &changes, cut), name);
    }

    #[test]
    fn damaged_parts_are_read_or_rejected(kind in 0usize..3, (changes, cut) in damage()) {
        let main = damaged([WORD, WRITER, "<p>one</p>"][kind].as_bytes().to_vec(), &changes, cut);
        let (document, name) = packed(kind, &main);
        let _ = read(&document, name);
        let _ = read(&damaged(XLIFF.as_bytes().to_vec(), &changes, cut), "a.xlf");
    }

    #[test]
    fn damaged_pdf_is_read_or_rejected((changes, cut) in damage()) {
        let document = pdf("BT /F 10 Tf 1 2 Td (one) Tj [(two) -300 (three)] TJ ET q 1 0 0 1 2 3 cm 0 0 9 9 re f Q");
        let _ = read(&damaged(document, &changes, cut), "a.pdf");
    }

    #[test]
    fn any_bytes_are_read_or_rejected(bytes in prop::collection::vec(any::<u8>(), 0..300), kind in 0usize..9) {
        let name = ["a.docx", "a.odt", "a.epub", "a.pdf", "a.xlf", "a.srt", "a.vtt", "a.po", "a.csv"][kind];
        let _ = read(&bytes, name);
        let declared = Declared { content_type: None, name: Some(name) };
        let mut extractor = Extractor::new(&declared, Limits::default(), |_: Region, _: &str| {});
        let _ = extractor.push(&bytes).and_then(|()| extractor.finish().map(drop));
    }

    #[test]
    fn lines_of_text_formats_do_not_depend_on_where_they_are_split(
        lines in prop::collection::vec("(msgid \"|\"|#|# x|1|00:01 --> 00:02|<b>|</b>|\\\\N|\\{\\\\an8\\}|NOTE|a b|,|;|\\\\|é|){1,4}(\n|\r\n|\r|)", 0..12),
        size in 1usize..7,
        kind in 0usize..4,
    ) {
        let text = lines.concat();
        let content_type = ["text/srt", "text/vtt", "text/x-po", "text/csv"][kind];
        let content_type = format!("{content_type}; charset=utf-8");
        let declared = Declared { content_type: Some(&content_type), name: None };
        let read = |size: usize| {
            let mut found = vec![String::new(); Region::ALL.len()];
            let sink = |region: Region, text: &str| found[region as usize].push_str(text);
            let mut extractor = Extractor::new(&declared, Limits::default(), sink);
            text.as_bytes().chunks(size).try_for_each(|piece| extractor.push(piece)).expect("text");
            extractor.finish().map(drop).expect("text");
            found
        };
        prop_assert_eq!(read(size), read(text.len().max(1)));
    }
}

/// Asserts that a document of four times the size takes about four times as long, in one of a few tries.
fn assert_linear(name: &str, document: impl Fn(usize) -> Vec<u8>, file: &str) {
    const SIZE: usize = 64 * 1024;
    let time = |size: usize| {
        let document = document(size);
        let start = Instant::now();
        let _ = read(&document, file);
        start.elapsed()
    };
    let mut seen = Vec::new();
    for _ in 0..8 {
        let (small, large) = (time(SIZE), time(4 * SIZE));
        if large.as_millis() < 100 || large < 8 * small {
            return;
        }
        seen.push((small, large));
    }
    panic!("{name}: {seen:?}");
}

fn repeated(start: &str, repeated: &str, end: &str, size: usize) -> Vec<u8> {
    format!("{start}{}{end}", repeated.repeat(size / repeated.len())).into_bytes()
}

#[test]
fn hostile_xml_takes_linear_time() {
    for (name, start, body, end) in [
        ("open elements", "<xliff>", "<g>", ""),
        ("closed elements", "<xliff>", "<source>x<g/></source>", "</xliff>"),
        ("attributes", "<xliff ", "a='' ", ">"),
        ("attributes of many names", "<xliff a='", "' b='", "'></xliff>"),
        ("references", "<xliff>", "&amp;&#65;&no;", "</xliff>"),
        ("ampersands", "<xliff>", "&", "</xliff>"),
        ("comments", "<xliff>", "<!-- x -->", "</xliff>"),
        ("one comment", "<xliff><!--", "<!--", "--></xliff>"),
        ("one CDATA section", "<xliff><![CDATA[", "]]", "]]></xliff>"),
        ("a document type", "<!DOCTYPE xliff [", "<!ENTITY a '&b;'>", "]><xliff>&a;</xliff>"),
        ("brackets in a document type", "<!DOCTYPE xliff ", "[<", ">"),
        ("instructions", "<xliff>", "<?x y?>", "</xliff>"),
        ("a long name", "<xliff><", "a", "/></xliff>"),
        ("sub flows", "<xliff><source>", "<bpt><sub>x</sub></bpt>", "</source></xliff>"),
    ] {
        assert_linear(name, |size| repeated(start, body, end, size), "a.xlf");
    }
}

#[test]
fn hostile_documents_take_linear_time() {
    for (name, body) in [
        ("runs", "<w:r><w:t>x</w:t></w:r>"),
        ("hidden runs", "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>x</w:t></w:r></w:p>"),
        ("boxes", "<w:p><w:txbxContent><w:p><w:r><w:t>x</w:t></w:r></w:p></w:txbxContent></w:p>"),
        ("breaks", "<w:r><w:br/></w:r>"),
    ] {
        let document = |size| packed(0, &repeated("<w:body>", body, "</w:body>", size)).0;
        assert_linear(name, document, "a.docx");
    }
    for (name, body) in [
        ("spaces", "<text:p><text:s/> x</text:p>"),
        ("styles", "<style:style style:name='a'><style:text-properties text:display='none'/></style:style>"),
    ] {
        let document = |size| packed(1, &repeated("<office:text>", body, "</office:text>", size)).0;
        assert_linear(name, document, "a.odt");
    }
    for (name, body) in [
        ("words", "(one) Tj "),
        ("saved states", "q "),
        ("numbers", "1 "),
        ("open arrays", "[ "),
        ("open dictionaries", "<< "),
        ("open strings", "( "),
        ("pictures", "BI ID "),
    ] {
        assert_linear(name, |size| pdf(&format!("BT /F 1 Tf {}", body.repeat(size / body.len()))), "a.pdf");
    }
}

#[test]
fn lines_of_text_formats_take_linear_time() {
    for (name, start, body, file) in [
        ("unclosed tags", "", "<b", "a.srt"),
        ("unclosed braces", "", "{\\", "a.srt"),
        ("escapes", "", "\\N", "a.srt"),
        ("numbers", "", "1\n", "a.srt"),
        ("arrows", "", " --> ", "a.srt"),
        ("tags", "WEBVTT\n\n00:01 --> 00:02\n", "<", "a.vtt"),
        ("escapes", "msgid \"", "\\\"", "a.po"),
        ("entries", "", "msgid \"\"\n", "a.po"),
        ("quotation marks", "", "\"", "a.csv"),
        ("empty cells", "", ",", "a.csv"),
        ("spaces", "", " ", "a.csv"),
    ] {
        let time = |size: usize| {
            let document = repeated(start, body, "", size);
            let declared = Declared { content_type: None, name: Some(file) };
            let begin = Instant::now();
            let mut extractor = Extractor::new(&declared, Limits::default(), |_: Region, _: &str| {});
            document.chunks(64 * 1024).try_for_each(|piece| extractor.push(piece)).expect("text");
            extractor.finish().map(drop).expect("text");
            begin.elapsed()
        };
        let mut seen = Vec::new();
        let linear = (0..8).any(|_| {
            let (small, large) = (time(128 * 1024), time(512 * 1024));
            seen.push((small, large));
            large.as_millis() < 50 || large < 8 * small
        });
        assert!(linear, "{name}: {seen:?}");
    }
}
