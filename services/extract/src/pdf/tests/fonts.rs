//! Fonts and the characters of their codes.

use super::{pdf, read, stream};
use crate::Region;
use crate::tests::text_of;

/// A font file without glyphs, in hexadecimal.
const FILE: &str = "000100000000000000000000>";

/// The text of a page that shows `content` in a font. Objects from 6 on belong to the font.
fn shown(font: &str, others: &[String], content: &str) -> String {
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>".to_owned(),
        stream("", &format!("BT /F 10 Tf 100 700 Td {content} ET")),
        format!("<< /Type /Font {font} >>"),
    ];
    objects.extend_from_slice(others);
    let (extraction, texts) = read(&pdf(&objects, "")).expect("a page");
    assert!(extraction.warnings.is_empty(), "{extraction:?}");
    text_of(&texts, Region::Body).to_owned()
}

/// The descendant of a composite font, with a character collection.
fn described(ordering: &str, entries: &str) -> String {
    let system = format!("<< /Registry (Adobe) /Ordering ({ordering}) /Supplement 0 >>");
    format!("<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Any /CIDSystemInfo {system} {entries} >>")
}

fn composite(encoding: &str) -> String {
    format!("/Subtype /Type0 /BaseFont /Any /Encoding /{encoding} /DescendantFonts [6 0 R]")
}

#[test]
fn reads_one_byte_codes_by_glyph_name() {
    let font = "/Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding";
    assert_eq!(shown(font, &[], "(\\223na\\357ve\\224) Tj"), "\u{201c}na\u{ef}ve\u{201d}");
    let font =
        "/Subtype /TrueType /BaseFont /Arial /Encoding << /Differences [1 /Zhecyrillic /f_i /uni4E2D] >>";
    assert_eq!(shown(font, &[], "<010203> Tj"), "\u{416}fi\u{4e2d}");
    let font =
        "/Subtype /Type1 /BaseFont /Helvetica /Encoding << /Differences [65 /c65 /G42 /g9 /strange] >>";
    assert_eq!(shown(font, &[], "(ABCDa) Tj"), "ABa");
    // Glyph names that are numbers, as in bitmap fonts.
    let font = "/Subtype /Type3 /FontBBox [0 0 1 1] /FontMatrix [1 0 0 1 0 0] /CharProcs << >> \
                /FirstChar 97 /LastChar 98 /Widths [.5 .5] /Encoding << /Differences [97 /a97 /a98] >>";
    assert_eq!(shown(font, &[], "[(a) -10 (b) -800 (a)] TJ"), "ab a");
}

#[test]
fn prefers_the_character_map_of_the_font() {
    let map = "1 begincodespacerange <00> <ff> endcodespacerange 2 beginbfchar <41> <0416> <42> <00660069> endbfchar";
    let font = "/Subtype /Type1 /BaseFont /Helvetica /ToUnicode 6 0 R";
    assert_eq!(shown(font, &[stream("", map)], "(ABC) Tj"), "\u{416}fiC");
    let map = "1 begincodespacerange <0000> <ffff> endcodespacerange 1 beginbfrange <0001> <0003> <0061> endbfrange";
    let font = format!("{} /ToUnicode 7 0 R", composite("Identity-H"));
    let others = [described("Identity", "/DW 500"), stream("", map)];
    assert_eq!(shown(&font, &others, "[<00010002> -2000 <0003>] TJ"), "ab c");
}

#[test]
fn knows_the_published_encodings() {
    // Not embedded, and embedded.
    let inside = described("Japan1", "/FontDescriptor 7 0 R");
    let file = [
        "<< /Type /FontDescriptor /FontName /Any /Flags 4 /FontFile2 8 0 R >>".to_owned(),
        stream("/Filter /ASCIIHexDecode", FILE),
    ];
    for others in [vec![described("Japan1", "")], [&[inside][..], &file].concat()] {
        assert_eq!(
            shown(&composite("90ms-RKSJ-H"), &others, "<93fa967b8cea> Tj"),
            "\u{65e5}\u{672c}\u{8a9e}"
        );
        assert_eq!(shown(&composite("Identity-H"), &others, "<0db70ef0> Tj").chars().count(), 2);
    }
    let chinese = [described("GB1", "")];
    assert_eq!(shown(&composite("GBK-EUC-H"), &chinese, "(a) Tj <d6d0cec4> Tj"), "a\u{4e2d}\u{6587}");
}

#[test]
fn reads_vertical_text() {
    let japanese = [described("Japan1", "")];
    let columns = "<93fa967b> Tj 0 -20 Td <8cea> Tj -15 -10 Td <93fa> Tj";
    let text = shown(&composite("90ms-RKSJ-V"), &japanese, &columns.replace("-15 -10", "-15 20"));
    assert_eq!(text, "\u{65e5}\u{672c}\u{8a9e}\n\u{65e5}");
}
