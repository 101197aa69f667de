//! Documents that state more than they can show.

use std::fmt::Write;

use super::{pdf, read, stream};
use crate::tests::text_of;
use crate::{ExtractWarning, Region};

/// The text of a page in a composite font with these widths.
fn in_widths(encoding: &str, widths: &str) -> String {
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>".to_owned(),
        stream("", "BT /F 12 Tf 10 700 Td <004100420043> Tj 30 0 Td <0044> Tj ET"),
        format!(
            "<< /Type /Font /Subtype /Type0 /BaseFont /A /Encoding /{encoding} /DescendantFonts [6 0 R] /ToUnicode 7 0 R >>"
        ),
        format!("<< /Type /Font /Subtype /CIDFontType2 /BaseFont /A {widths} >>"),
        stream("", "1 beginbfrange <0000> <ffff> <0000> endbfrange"),
    ];
    let (extraction, texts) = read(&pdf(&objects, "")).expect("a page");
    assert_eq!(extraction.warnings, []);
    text_of(&texts, Region::Body).to_owned()
}

#[test]
fn ranges_of_widths_cost_nothing() {
    // 12 units a glyph and 18 in all lead exactly to the last one.
    assert_eq!(in_widths("Identity-H", "/W [0 4294967295 833]"), "ABCD");
    assert_eq!(in_widths("Identity-H", "/W [0 4294967295 500]"), "ABC D");
    assert_eq!(in_widths("Identity-H", "/W [65 [833 833] 67 67 833]"), "ABCD");
    assert_eq!(in_widths("Identity-H", "/DW 833 /W [4294967295 [1 2 3]]"), "ABCD");
    let many = "0 4294967294 833 ".repeat(1000);
    assert_eq!(in_widths("Identity-H", &format!("/W [{many}]")), "ABCD");
    assert_eq!(in_widths("Identity-V", "/W2 [0 4294967295 -1000 0 0]").replace(['\n', ' '], ""), "ABCD");
}

#[test]
fn a_simple_font_with_a_huge_first_code_is_not_read() {
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>".to_owned(),
        stream("", "BT /F 12 Tf (A) Tj ET"),
        "<< /Type /Font /Subtype /TrueType /BaseFont /A /FirstChar 2147483646 /LastChar 2147483647 /Widths [1 1] >>".to_owned(),
    ];
    let (extraction, _) = read(&pdf(&objects, "")).expect("a page");
    assert_eq!(extraction.warnings.iter().map(ExtractWarning::code).collect::<Vec<_>>(), ["unread_part"]);
}

#[test]
fn forms_that_draw_forms_end_with_a_warning() {
    // Fifteen levels, each drawn ten times by the level above.
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Contents 4 0 R /Resources << /Font << /F 5 0 R >> /XObject << /X 6 0 R >> >> >>"
            .to_owned(),
        stream("", "BT /F 12 Tf 10 700 Td (before) Tj ET /X Do"),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>".to_owned(),
    ];
    for next in 7..21 {
        let mut draws = String::new();
        (0..10).for_each(|_| draws.write_str("/X Do ").expect("a string"));
        objects
            .push(stream(&format!("/Subtype /Form /Resources << /XObject << /X {next} 0 R >> >>"), &draws));
    }
    objects.push(stream(
        "/Subtype /Form /Resources << /Font << /F 5 0 R >> >>",
        "BT /F 12 Tf 10 600 Td (drawn) Tj ET",
    ));
    let (extraction, texts) = read(&pdf(&objects, "")).expect("a page");
    let text = text_of(&texts, Region::Body);
    assert_eq!(text, "before\n\ndrawn", "the same text at the same place");
    let message = extraction.warnings[0].to_string();
    assert!(
        message.starts_with("a part of page 1 could not be read: it draws more than a page can show"),
        "{message}"
    );
}
