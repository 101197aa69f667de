//! The rules for DOCX, with one document each.

use crate::error::ExtractError;
use crate::limits::Limits;
use crate::tests::{Texts, archive, buffered, text_of};
use crate::{ExtractWarning, Extraction, MediaType, Region};

const RELS: &str = r#"<Relationships><Relationship Id="r1" Target="word/document.xml"
    Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/><Relationship
    Id="r2" Target="docProps/core.xml"
    Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"/></Relationships>"#;

fn document(body: &str) -> String {
    format!("<?xml version='1.0'?><w:document><w:body>{body}<w:sectPr/></w:body></w:document>")
}

fn docx(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut all = vec![("[Content_Types].xml", "<Types/>"), ("_rels/.rels", RELS)];
    all.extend(parts);
    archive(&all)
}

fn read(parts: &[(&str, &str)]) -> Result<(Extraction, Texts), ExtractError> {
    buffered(&docx(parts), Limits::default())
}

fn texts(body: &str) -> Texts {
    read(&[("word/document.xml", &document(body))]).expect("a document").1
}

fn body(content: &str) -> String {
    text_of(&texts(content), Region::Body).to_owned()
}

#[test]
fn everything_except_runs_separates_words() {
    for (xml, expected) in [
        (
            "<w:p><w:r><w:t>one tw</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>o</w:t></w:r></w:p><w:p/>\
             <w:p><w:r><w:t>three</w:t></w:r></w:p>",
            "one two\n\nthree",
        ),
        ("<w:p><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r></w:p>", "a\tb\nc"),
        ("<w:p><w:r><w:t xml:space='preserve'>a  </w:t></w:r><w:r><w:t>b\n c</w:t></w:r></w:p>", "a  b  c"),
        (
            "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>b</w:t></w:r>\
             </w:p></w:tc></w:tr></w:tbl><w:p><w:r><w:t>c</w:t></w:r></w:p>",
            "a\n\nb\n\nc",
        ),
        ("<w:p><w:r><w:t>non</w:t><w:noBreakHyphen/><w:t>stop</w:t></w:r></w:p>", "non\u{2011}stop"),
        ("<w:p><w:r><w:t>AT&amp;T &#8212; x</w:t></w:r></w:p>", "AT&T \u{2014} x"),
        ("<w:p><w:hyperlink><w:r><w:t>a link</w:t></w:r></w:hyperlink></w:p>", "a link"),
        ("<w:p><w:pPr><w:tabs><w:tab w:val='left'/></w:tabs></w:pPr><w:r><w:t>a</w:t></w:r></w:p>", "a"),
    ] {
        assert_eq!(body(xml), expected, "{xml}");
    }
}

#[test]
fn omits_field_codes_and_reads_their_results() {
    let xml = "<w:p><w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>PAGE \\* x</w:instrText></w:r>\
               <w:r><w:fldChar w:fldCharType='separate'/></w:r><w:r><w:t>7</w:t></w:r></w:p>";
    assert_eq!(body(xml), "7");
}

#[test]
fn reads_tracked_changes_as_if_accepted() {
    let texts = texts(
        "<w:p><w:r><w:t>The col</w:t></w:r><w:del><w:r><w:delText>ou</w:delText></w:r></w:del>\
         <w:ins><w:r><w:t>o</w:t></w:r></w:ins><w:r><w:t>r</w:t></w:r><w:moveFrom><w:r><w:t>gone</w:t></w:r>\
         </w:moveFrom></w:p><w:p><w:r><w:rPr><w:del/></w:rPr><w:t>kept</w:t></w:r></w:p>",
    );
    assert_eq!(text_of(&texts, Region::Body), "The color\n\nkept");
    assert_eq!(text_of(&texts, Region::Deleted), "ou gone");
}

#[test]
fn hidden_text_has_its_own_region() {
    let texts = texts(
        "<w:p><w:r><w:t>se</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>un</w:t></w:r><w:r><w:t>en</w:t></w:r>\
         <w:r><w:rPr><w:vanish w:val='0'/></w:rPr><w:t> too</w:t></w:r></w:p>\
         <w:p><w:pPr><w:rPr><w:vanish/></w:rPr></w:pPr><w:r><w:t>only its mark is hidden</w:t></w:r></w:p>",
    );
    assert_eq!(text_of(&texts, Region::Body), "seen too\n\nonly its mark is hidden");
    assert_eq!(text_of(&texts, Region::Hidden), "un");
}

#[test]
fn styles_hide_text() {
    let styles = "<w:styles><w:style w:styleId='Secret'><w:rPr><w:vanish/></w:rPr></w:style>\
                  <w:style w:styleId='Child'><w:basedOn w:val='Secret'/></w:style>\
                  <w:style w:styleId='Loop'><w:basedOn w:val='Loop'/></w:style>\
                  <w:style w:styleId='Mark'><w:pPr><w:rPr><w:vanish/></w:rPr></w:pPr></w:style></w:styles>";
    let content = document(
        "<w:p><w:pPr><w:pStyle w:val='Child'/></w:pPr><w:r><w:t>hidden paragraph</w:t></w:r></w:p>\
         <w:p><w:r><w:rPr><w:rStyle w:val='Secret'/></w:rPr><w:t>hidden run</w:t></w:r><w:r><w:t>shown</w:t></w:r></w:p>\
         <w:p><w:pPr><w:pStyle w:val='Loop'/></w:pPr><w:r><w:t>a</w:t></w:r></w:p>\
         <w:p><w:pPr><w:pStyle w:val='Mark'/></w:pPr><w:r><w:t>b</w:t></w:r></w:p>",
    );
    let rels = "<Relationships><Relationship Type='x/styles' Target='styles.xml'/></Relationships>";
    let parts = [
        ("word/document.xml", content.as_str()),
        ("word/_rels/document.xml.rels", rels),
        ("word/styles.xml", styles),
    ];
    let (_, texts) = read(&parts).expect("a document");
    assert_eq!(text_of(&texts, Region::Body), "shown\n\na\n\nb");
    assert_eq!(text_of(&texts, Region::Hidden), "hidden paragraph\n\nhidden run");
}

#[test]
fn counts_a_duplicated_text_box_once() {
    let inside = "<w:txbxContent><w:p><w:r><w:t>in a box</w:t></w:r></w:p></w:txbxContent>";
    let texts = texts(&format!(
        "<w:p><w:r><w:t>be</w:t></w:r><w:r><mc:AlternateContent><mc:Choice><w:drawing><wp:docPr descr='A \
         picture'/><wps:txbx>{inside}</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>{inside}\
         </v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r><w:r><w:t>side</w:t></w:r></w:p>"
    ));
    assert_eq!(text_of(&texts, Region::Body), "beside");
    assert_eq!(text_of(&texts, Region::TextBox), "in a box");
    assert_eq!(text_of(&texts, Region::Alt), "A picture");
}

#[test]
fn reads_one_alternative_that_shows_text() {
    let alternatives = |choices: &str| {
        format!(
            "<w:p><w:r><w:t>a </w:t></w:r><w:r><mc:AlternateContent>{choices}</mc:AlternateContent></w:r></w:p>"
        )
    };
    let text = |words: &str| format!("<w:t>{words}</w:t>");
    let cases = [
        // A symbol that has text only in the fallback, and a drawing without text.
        ("<mc:Choice Requires='w16se'><w16se:symEx w16se:char='1F60F'/></mc:Choice><mc:Fallback><w:t>\u{1F60F}</w:t></mc:Fallback>".to_owned(), "a \u{1F60F}"),
        ("<mc:Choice Requires='wpg'><w:drawing/></mc:Choice><mc:Fallback><w:sym w:char='F0E0'/></mc:Fallback>".to_owned(), "a \u{F0E0}"),
        (format!("<mc:Choice Requires='wps'>{}</mc:Choice><mc:Fallback>{}</mc:Fallback>", text("new"), text("old")), "a new"),
        // Not understood, with and without a declaration.
        (format!("<mc:Choice Requires='wps zz'>{}</mc:Choice><mc:Fallback>{}</mc:Fallback>", text("new"), text("old")), "a old"),
        (format!("<mc:Choice xmlns:wps='urn:x' Requires='wps'>{}</mc:Choice><mc:Fallback>{}</mc:Fallback>", text("new"), text("old")), "a old"),
        (format!("<mc:Choice xmlns:q='http://schemas.microsoft.com/office/word/2010/wordprocessingShape' Requires='q'>{}</mc:Choice>", text("new")), "a new"),
        // The first choice that shows text wins.
        (format!("<mc:Choice Requires='zz'>{}</mc:Choice><mc:Choice Requires='w14'>{}</mc:Choice><mc:Choice Requires='w15'>{}</mc:Choice>", text("one"), text("two"), text("three")), "a two"),
        // One inside another.
        (format!("<mc:Choice Requires='wps'><mc:AlternateContent><mc:Choice Requires='zz'/><mc:Fallback>{}</mc:Fallback></mc:AlternateContent></mc:Choice><mc:Fallback>{}</mc:Fallback>", text("inner"), text("outer")), "a inner"),
    ];
    for (choices, expected) in cases {
        assert_eq!(body(&alternatives(&choices)), expected, "{choices}");
    }
}

#[test]
fn symbols_are_characters() {
    let xml = "<w:p><w:r><w:t xml:space='preserve'>go </w:t></w:r><w:r><w:sym w:font='Wingdings' w:char='F0E0'/></w:r>\
               <w:r><w:t xml:space='preserve'> on</w:t></w:r></w:p><w:p><w:r><w:sym w:char='x'/><w:sym w:char='D800'/></w:r></w:p>";
    assert_eq!(body(xml), "go \u{F0E0} on");
    assert_eq!(body("<w:p><w:r><w:sym w:font='Symbol' w:char='03B1'/><w:t>x</w:t></w:r></w:p>"), "\u{3B1}x");
}

#[test]
fn a_deleted_paragraph_mark_joins_two_paragraphs() {
    let paragraph = |mark: &str, text: &str| {
        format!("<w:p><w:pPr><w:rPr>{mark}</w:rPr></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>")
    };
    let (deleted, moved) = ("<w:del w:id='1'/>", "<w:moveFrom w:id='1'/>");
    for (xml, expected) in [
        (paragraph(deleted, "First half sec") + &paragraph("", "ond half"), "First half second half"),
        (paragraph(deleted, "wo") + &paragraph(deleted, "r") + &paragraph("", "d end"), "word end"),
        (paragraph(moved, "on") + &paragraph("", "e") + &paragraph("", "two"), "one\n\ntwo"),
        (paragraph("<w:ins w:id='1'/>", "one") + &paragraph("", "two"), "one\n\ntwo"),
        (
            paragraph("", "one")
                + "<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr></w:p>"
                + &paragraph("", "two"),
            "one\n\ntwo",
        ),
        (
            format!(
                "<w:tbl><w:tc>{}</w:tc><w:tc>{}</w:tc></w:tbl>",
                paragraph(deleted, "a"),
                paragraph(deleted, "b")
            ) + &paragraph(deleted, "c")
                + "<w:tbl><w:tc><w:p><w:r><w:t>d</w:t></w:r></w:p></w:tc></w:tbl>",
            "a\n\nb\n\nc\n\nd",
        ),
    ] {
        assert_eq!(body(&xml), expected, "{xml}");
    }
}

#[test]
fn assigns_every_part_to_its_region() {
    let rels = "<Relationships>\
        <Relationship Type='x/header' Target='header1.xml'/><Relationship Type='x/header' Target='header1.xml'/>\
        <Relationship Type='x/footer' Target='/word/footer1.xml'/>\
        <Relationship Type='x/footnotes' Target='footnotes.xml'/><Relationship Type='x/endnotes' Target='endnotes.xml'/>\
        <Relationship Type='x/comments' Target='comments.xml'/>\
        <Relationship Type='x/hyperlink' Target='header1.xml' TargetMode='External'/></Relationships>";
    let part = |text: &str| format!("<w:x><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:x>");
    let (header, footer, foot) = (part("the head"), part("the foot"), part("a footnote"));
    let (end, comment, main) =
        (part("an endnote"), part("a remark"), document("<w:p><w:r><w:t>x</w:t></w:r></w:p>"));
    let core =
        "<cp:coreProperties><dc:title> My  Book </dc:title><dc:subject>no</dc:subject></cp:coreProperties>";
    let (extraction, texts) = read(&[
        ("word/document.xml", &main),
        ("word/_rels/document.xml.rels", rels),
        ("word/header1.xml", &header),
        ("word/footer1.xml", &footer),
        ("word/footnotes.xml", &foot),
        ("word/endnotes.xml", &end),
        ("word/comments.xml", &comment),
        ("docProps/core.xml", core),
    ])
    .expect("a document");
    for (region, expected) in [
        (Region::Body, "x"),
        (Region::Header, "the head"),
        (Region::Footer, "the foot"),
        (Region::Notes, "a footnote\n\nan endnote"),
        (Region::Comments, "a remark"),
        (Region::Title, "My Book"),
    ] {
        assert_eq!(text_of(&texts, region), expected, "{region}");
    }
    assert_eq!((extraction.media_type, extraction.title.as_deref()), (MediaType::Docx, Some("My Book")));
    assert_eq!(extraction.warnings, []);
}

#[test]
fn warns_of_missing_parts_and_embedded_objects() {
    let main = document("<w:p><w:r><w:drawing><c:chart r:id='r9'/></w:drawing></w:r></w:p>");
    let rels = "<Relationships><Relationship Type='x/footnotes' Target='footnotes.xml'/></Relationships>";
    let parts = [("word/document.xml", main.as_str()), ("word/_rels/document.xml.rels", rels)];
    let codes: Vec<_> =
        read(&parts).expect("a document").0.warnings.iter().map(ExtractWarning::code).collect();
    assert_eq!(codes, ["unread_part", "embedded_objects"]);
}

#[test]
fn names_other_office_formats() {
    let rels = RELS.replace("word/document.xml", "xl/workbook.xml");
    let book = archive(&[("[Content_Types].xml", ""), ("_rels/.rels", &rels), ("xl/workbook.xml", "<x/>")]);
    let error = buffered(&book, Limits::default()).expect_err("no text document");
    assert!(error.to_string().starts_with("cannot read an Excel workbook (XLSX); send one of"), "{error}");
}

#[test]
fn rejects_broken_documents_with_the_reason() {
    let whole_one = docx(&[("word/document.xml", &document("<w:p><w:r><w:t>x</w:t></w:r></w:p>"))]);
    let cut = buffered(&whole_one[..whole_one.len() - 30], Limits::default()).expect_err("truncated");
    assert_eq!(cut.code(), "document_broken");
    let open = read(&[("word/document.xml", "<w:document><w:body>")]).expect_err("truncated");
    assert!(open.to_string().contains("word/document.xml"), "{open}");
}

#[test]
fn rejects_zip_bombs_early() {
    let text = "0".repeat(4 << 20);
    let bomb = docx(&[("word/document.xml", &document(&format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>")))]);
    assert!(bomb.len() < 20_000, "packed well");
    let error = buffered(&bomb, Limits::default()).expect_err("a ratio of a thousand");
    assert_eq!(error.code(), "document_too_complex");
    let limits = Limits { unpacked_ratio: u64::MAX, unpacked_bytes: 1 << 20, ..Limits::default() };
    let error = buffered(&bomb, limits).expect_err("more bytes than allowed");
    assert!(error.to_string().contains("1048576 bytes after decompression"), "{error}");
    let limits = Limits { parts: 2, ..Limits::default() };
    assert!(buffered(&bomb, limits).expect_err("three parts").to_string().contains("more than 2 parts"));
    assert!(buffered(&bomb, Limits { unpacked_ratio: 2000, ..Limits::default() }).is_ok());
}
