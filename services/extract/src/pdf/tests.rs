//! The rules for PDF, with one document each.

mod annotations;
mod damage;
mod fonts;
mod hostile;

use crate::error::ExtractError;
use crate::limits::Limits;
use crate::tests::{Texts, buffered, text_of};
use crate::{ExtractWarning, Extraction, MediaType, Region};

/// A document of these objects, numbered from 1. The first is the catalogue.
fn pdf(objects: &[String], trailer: &str) -> Vec<u8> {
    let mut file = b"%PDF-1.4\n".to_vec();
    let mut places = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        places.push(file.len());
        file.extend(format!("{} 0 obj\n{object}\nendobj\n", number + 1).bytes());
    }
    let table = file.len();
    file.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).bytes());
    for place in places {
        file.extend(format!("{place:010} 00000 n \n").bytes());
    }
    let size = objects.len() + 1;
    file.extend(
        format!("trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\nstartxref\n{table}\n%%EOF\n").bytes(),
    );
    file
}

fn stream(dictionary: &str, content: &str) -> String {
    format!("<< {dictionary} /Length {} >>\nstream\n{content}\nendstream", content.len())
}

const FONT: &str = "/Resources << /Font << /F 3 0 R >> /XObject << /X 4 0 R >> >>";

/// A document with these pages. They can draw object 4 as `/X`.
fn pages(contents: &[&str], drawn: String) -> Vec<u8> {
    let kids: Vec<_> = (0..contents.len()).map(|page| format!("{} 0 R", 5 + 2 * page)).collect();
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!(
            "<< /Type /Pages /Count {} /Kids [{}] /MediaBox [0 0 600 800] {FONT} >>",
            kids.len(),
            kids.join(" ")
        ),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>".to_owned(),
        drawn,
    ];
    for (page, content) in contents.iter().enumerate() {
        objects.push(format!("<< /Type /Page /Parent 2 0 R /Contents {} 0 R >>", 6 + 2 * page));
        objects.push(stream("", content));
    }
    pdf(&objects, "")
}

fn nothing() -> String {
    "null".to_owned()
}

fn read(document: &[u8]) -> Result<(Extraction, Texts), ExtractError> {
    buffered(document, Limits::default())
}

fn body(content: &str) -> String {
    let (_, texts) = read(&pages(&[content], nothing())).expect("a page");
    text_of(&texts, Region::Body).to_owned()
}

#[test]
fn turns_character_positions_into_words_and_lines() {
    for (content, expected) in [
        ("BT /F 10 Tf 50 700 Td (one two) Tj ET", "one two"),
        ("BT /F 10 Tf 50 700 Td (kern) Tj [(e) 50 (d) -400 (words)] TJ ET", "kerned words"),
        ("BT /F 10 Tf 50 700 Td (one) Tj 0 -12 Td (two) Tj 0 -30 Td (three) Tj ET", "one\ntwo\n\nthree"),
        (
            "BT /F 10 Tf 50 700 Td (divi-) Tj 0 -12 Td (ded) Tj 0 -12 Td (Twenty-) Tj 0 -12 Td (One) Tj ET",
            "divided\nTwenty-\nOne",
        ),
        ("BT /F 10 Tf 0 1 -1 0 300 100 Tm (turned text) Tj ET", "turned text"),
        ("BT /F 10 Tf 50 700 Td (x) Tj 3 Ts (2) Tj ET", "x2"),
        ("BT /F 0 Tf (no size) Tj ET", "no size"),
        ("BT /F -10 Tf -1 0 0 -1 50 700 Tm [(turned) -600 (twice)] TJ ET", "turned twice"),
        ("BT /F 10 Tf 50 Tz 50 700 Td (narrow) Tj 18 0 Td (er) Tj 36 0 Td (gap) Tj ET", "narrower gap"),
        ("BT /F 10 Tf 5 Tc 50 700 Td (spaced) Tj 0 Tc 5 Tw ( out) Tj ET", "spaced out"),
        (
            "BT /F 10 Tf 12 TL 50 700 Td (one) Tj T* (two) Tj (three) ' 1 0 (four) \" ET",
            "one\ntwo\nthree\nfour",
        ),
        ("BT /F 10 Tf 3 Tr 50 700 Td (invisible) Tj ET", "invisible"),
        ("BT /F 10 Tf q /F 99 Tf 1 0 0 1 9 9 cm Q 50 700 Td (kept) Tj 27 0 Td (apart) Tj ET", "kept apart"),
    ] {
        assert_eq!(body(content), expected, "{content}");
    }
}

#[test]
fn text_that_is_drawn_twice_counts_once() {
    let show = |x: f64, y: f64, text: &str| format!("BT /F 10 Tf 1 0 0 1 {x} {y} Tm ({text}) Tj ET ");
    let line = |x: f64, y: f64| show(x, y, "Statement of accounts");
    for (content, expected) in [
        (line(72.0, 700.0) + &line(72.3, 700.0), "Statement of accounts"),
        (
            line(72.0, 700.0) + &line(72.0, 699.5) + &line(72.4, 700.3) + &line(72.4, 699.5),
            "Statement of accounts",
        ),
        // Text beside it, in any order.
        (line(72.0, 700.0) + &line(72.3, 700.0) + &show(300.0, 700.0, "end"), "Statement of accounts end"),
        (
            show(72.0, 700.0, "one")
                + &show(200.0, 700.0, "two")
                + &show(72.3, 700.0, "one")
                + &show(200.3, 700.0, "two")
                + &show(72.0, 680.0, "three"),
            "one two\n\nthree",
        ),
        // Each word or character for itself, and in other pieces.
        (show(72.0, 700.0, "n").repeat(2) + &show(78.0, 700.0, "o").repeat(3), "no"),
        (show(72.0, 700.0, "pieces") + "BT /F 10 Tf 72.2 700 Td [(pi) 0 (ec) 0 (es)] TJ ET", "pieces"),
        ("BT /F 10 Tf 0 1 -1 0 300 100 Tm (up) Tj 0 1 -1 0 300.2 100 Tm (up) Tj ET".to_owned(), "up"),
        // Near but not the same.
        (show(72.0, 700.0, "one") + &show(74.0, 700.0, "one"), "oneone"),
        (show(72.0, 700.0, "one") + &show(72.0, 696.0, "one"), "oneone"),
        (show(72.0, 700.0, "one") + &show(72.3, 700.0, "two"), "onetwo"),
    ] {
        let (_, texts) = read(&pages(&[&content], nothing())).expect("a page");
        assert_eq!(text_of(&texts, Region::Body), expected, "{content}");
    }
    // On another page it is another text.
    let (_, texts) = read(&pages(&[&line(72.0, 700.0), &line(72.0, 700.0)], nothing())).expect("two pages");
    assert_eq!(text_of(&texts, Region::Body), "Statement of accounts\n\nStatement of accounts");
}

#[test]
fn pages_are_paragraphs_and_pages_without_text_cause_a_warning() {
    let word = "BT /F 10 Tf 50 700 Td (word) Tj ET";
    let scan = "q 600 0 0 800 0 0 cm 0 0 10 10 re f Q";
    let (extraction, texts) =
        read(&pages(&[word, scan, "", scan, scan, word], nothing())).expect("six pages");
    assert_eq!(text_of(&texts, Region::Body), "word\n\nword");
    assert_eq!(extraction.media_type, MediaType::Pdf);
    // The third page is empty, so nothing is missing there.
    let warning = ExtractWarning::PagesWithoutText { pages: "pages 2, 4-5".to_owned(), total: 6 };
    assert_eq!(extraction.warnings, [warning]);
}

#[test]
fn warns_of_a_malformed_page_and_reads_the_others() {
    let word = "BT /F 10 Tf 50 700 Td (word) Tj ET";
    let broken = "BT /F 10 Tf 50 700 Td (first) Tj /None Do ( and more) Tj ET";
    let (extraction, texts) = read(&pages(&[word, broken, word], nothing())).expect("three pages");
    assert_eq!(text_of(&texts, Region::Body), "word\n\nfirst and more\n\nword");
    let message = extraction.warnings[0].to_string();
    assert!(message.starts_with("a part of page 2 could not be read"), "{message}");
}

#[test]
fn reads_nested_forms_but_not_recursive_ones() {
    let form =
        |content: &str| stream(&format!("/Type /XObject /Subtype /Form /BBox [0 0 9 9] {FONT}"), content);
    let text = "BT /F 10 Tf 50 700 Td (in a form) Tj ET";
    let (_, texts) = read(&pages(&["/X Do"], form(text))).expect("a form");
    assert_eq!(text_of(&texts, Region::Body), "in a form");
    let moved = form("BT /F 10 Tf 50 700 Td (moved) Tj ET").replace("/BBox", "/Matrix [1 0 0 1 200 0] /BBox");
    let (_, texts) = read(&pages(&["BT /F 10 Tf 200 700 Td (word) Tj ET /X Do"], moved)).expect("a form");
    assert_eq!(text_of(&texts, Region::Body), "word moved");
    // A form that draws itself is drawn once.
    let (extraction, texts) = read(&pages(&["/X Do"], form(&format!("{text} /X Do")))).expect("a form");
    assert_eq!(text_of(&texts, Region::Body), "in a form");
    assert_eq!(extraction.warnings.iter().map(ExtractWarning::code).collect::<Vec<_>>(), ["unread_part"]);
}

#[test]
fn limits_nested_forms() {
    let chain = |length: usize| {
        let mut objects = vec![
            "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
            "<< /Type /Page /Contents 4 0 R /Resources << /XObject << /X 5 0 R >> >> >>".to_owned(),
            stream("", "/X Do"),
        ];
        for next in (6..).take(length) {
            let resources = format!("/Subtype /Form /Resources << /XObject << /X {next} 0 R >> >>");
            objects.push(stream(&resources, "/X Do"));
        }
        objects.push(stream("/Subtype /Form", "0 0 9 9 re f"));
        pdf(&objects, "")
    };
    let (extraction, _) = read(&chain(31)).expect("32 forms inside each other");
    assert_eq!(
        extraction.warnings.iter().map(ExtractWarning::code).collect::<Vec<_>>(),
        ["pages_without_text"]
    );
    let error = read(&chain(32)).expect_err("one more");
    assert!(error.to_string().contains("nested"), "{error}");
}

#[test]
fn rejects_circular_objects() {
    let objects = |pages: &str, page: &str| {
        vec![
            "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
            pages.to_owned(),
            page.to_owned(),
            stream("", "BT ET"),
        ]
    };
    // A page that is its own parent, without a size or resources.
    let page = "<< /Type /Page /Parent 3 0 R /Contents 4 0 R >>";
    assert!(read(&pdf(&objects("<< /Type /Pages /Kids [3 0 R] /Count 1 >>", page), "")).is_ok());
    // A page tree that contains itself, and content that refers to itself.
    let error =
        read(&pdf(&objects("<< /Type /Pages /Kids [2 0 R] /Count 1 >>", page), "")).expect_err("no pages");
    assert!(error.to_string().contains("it has no pages"), "{error}");
    let own = ["<< /Type /Catalog /Pages 1 0 R >>".to_owned()];
    assert_eq!(read(&pdf(&own, "")).expect_err("no pages").code(), "document_broken");
    let objects = objects("<< /Type /Pages /Kids [3 0 R] /Count 1 >>", page);
    let refers = [&objects[..3], &["4 0 R".to_owned()]].concat();
    assert_eq!(read(&pdf(&refers, "")).expect("a page").0.warnings.len(), 1);
}

#[test]
fn rejects_encrypted_documents() {
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [] /Count 0 >>".to_owned(),
        format!("<< /Filter /Standard /V 1 /R 2 /P -44 /O <{}> /U <{}> >>", "11".repeat(32), "22".repeat(32)),
    ];
    let error = read(&pdf(&objects, "/Encrypt 3 0 R /ID [<00> <00>]")).expect_err("encrypted");
    assert_eq!(error, ExtractError::Encrypted { format: "PDF" });
}

#[test]
fn reports_the_title() {
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [4 0 R] /Count 1 >>".to_owned(),
        "<< /Title <FEFF004D00790020004200FC00630068> >>".to_owned(),
    ];
    objects.push("<< /Type /Page /Parent 2 0 R >>".to_owned());
    let (extraction, texts) = read(&pdf(&objects, "/Info 3 0 R")).expect("a page");
    assert_eq!(extraction.title.as_deref(), Some("My B\u{fc}ch"));
    assert_eq!(text_of(&texts, Region::Title), "My B\u{fc}ch");
    objects[2] = "<< /Title (\\223Caf\\351\\224 \\200 \\031) >>".to_owned();
    let (extraction, _) = read(&pdf(&objects, "/Info 3 0 R")).expect("a page");
    assert_eq!(extraction.title.as_deref(), Some("\u{fb01}Caf\u{e9}\u{fb02} \u{2022} \u{2c7}"));
}

#[test]
fn rejects_broken_documents_and_too_many_pages() {
    let document = pages(&["BT /F 10 Tf (x) Tj ET", ""], nothing());
    assert_eq!(read(&document[..200]).expect_err("truncated").code(), "document_broken");
    assert_eq!(read(b"%PDF-1.7\n").expect_err("empty").code(), "document_broken");
    let limits = Limits { pages: 1, ..Limits::default() };
    assert!(buffered(&document, limits).expect_err("two pages").to_string().contains("more than 1 pages"));
}
