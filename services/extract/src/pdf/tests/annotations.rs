//! Form fields and notes on a page.

use super::{pdf, read, stream};
use crate::tests::text_of;
use crate::{ExtractWarning, Region};

/// Text and codes of the warnings of a page that shows `content`, with annotations. Objects from 6 on are the caller's;
/// `/F` is a font.
fn shown(content: &str, annotations: &str, others: &[String]) -> (String, Vec<&'static str>) {
    let font = "/Resources << /Font << /F 5 0 R >> >>";
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [] >> >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        format!("<< /Type /Page /Contents 4 0 R {font} /Annots [{annotations}] >>"),
        stream("", content),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>".to_owned(),
    ];
    objects.extend_from_slice(others);
    let (extraction, texts) = read(&pdf(&objects, "")).expect("a page");
    let codes = extraction.warnings.iter().map(ExtractWarning::code).collect();
    (text_of(&texts, Region::Body).to_owned(), codes)
}

fn text(annotations: &str, others: &[String]) -> String {
    let (text, codes) = shown("BT /F 10 Tf 50 700 Td (page) Tj ET", annotations, others);
    assert_eq!(codes, <[&str; 0]>::default(), "{annotations}");
    text
}

fn appearance(words: &str) -> String {
    let form = "/Subtype /Form /BBox [0 0 200 20] /Resources << /Font << /F 5 0 R >> >>";
    stream(form, &format!("BT /F 10 Tf 2 5 Td ({words}) Tj ET"))
}

const FIELD: &str = "/Subtype /Widget /FT /Tx /Rect [72 600 272 620]";
const NOTE: &str = "/Subtype /FreeText /Rect [72 500 272 520]";

#[test]
fn reads_filled_fields() {
    let drawn = [appearance("filled in")];
    for (annotations, expected) in [
        (format!("<< {FIELD} /V (filled in) /AP << /N 6 0 R >> >>"), "page\n\nfilled in"),
        (format!("<< {FIELD} /V (a value) >>"), "page\n\na value"),
        (format!("<< {FIELD} /V <FEFF00E4> >>"), "page\n\n\u{e4}"),
        (format!("<< {FIELD} /V (two\\rlines) >> << {FIELD} /V (next) >>"), "page\n\ntwo\nlines\n\nnext"),
        (
            "<< /Subtype /Widget /Rect [0 0 9 9] /Parent << /FT /Tx /Parent << /V (inherited) >> >> >>"
                .to_owned(),
            "page\n\ninherited",
        ),
        (FIELD.replace("/Tx", "/Ch").replace("/Sub", "<< /V [(one) (two)] /Sub") + " >>", "page\n\none\ntwo"),
        (format!("<< {FIELD} /V (a state) /AS /On /AP << /N << /On 6 0 R >> >> >>"), "page\n\nfilled in"),
        (
            FIELD.replace("/Tx", "/Btn /Ff 65536 /AP << /N 6 0 R >>").replace("/Sub", "<< /Sub") + " >>",
            "page\n\nfilled in",
        ),
        // Nothing that a reader sees as text.
        (format!("<< {FIELD} >>"), "page"),
        (format!("<< {FIELD} /F 2 /V (hidden) >>"), "page"),
        (format!("<< {FIELD} /Ff 8192 /V (password) >>"), "page"),
        (FIELD.replace("/Tx", "/Btn /V /Yes /AP << /N 6 0 R >>").replace("/Sub", "<< /Sub") + " >>", "page"),
    ] {
        assert_eq!(text(&annotations, &drawn), expected, "{annotations}");
    }
}

#[test]
fn reads_typed_notes_but_not_comments() {
    let drawn = [appearance("typed on top")];
    for (annotations, expected) in [
        (format!("<< {NOTE} /Contents (typed on top) /AP << /N 6 0 R >> >>"), "page\n\ntyped on top"),
        (format!("<< {NOTE} /Contents (without a drawing) >>"), "page\n\nwithout a drawing"),
        (format!("<< {NOTE} /F 32 /Contents (not shown) >>"), "page"),
        ("<< /Subtype /Text /Rect [0 0 9 9] /Contents (a comment) >>".to_owned(), "page"),
        ("<< /Subtype /Link /Rect [0 0 9 9] /Contents (a link) >>".to_owned(), "page"),
    ] {
        assert_eq!(text(&annotations, &drawn), expected, "{annotations}");
    }
}

#[test]
fn warns_of_a_form_without_text() {
    assert_eq!(shown("", &format!("<< {FIELD} >>"), &[]), (String::new(), vec!["pages_without_text"]));
    assert_eq!(shown("", &format!("<< {FIELD} /V (x) >>"), &[]), ("x".to_owned(), vec![]));
}

#[test]
fn a_field_over_the_same_text_counts_once() {
    let content = "BT /F 10 Tf 74 605 Td (filled in) Tj ET";
    let field = format!("<< {FIELD} /V (filled in) /AP << /N 6 0 R >> >>");
    assert_eq!(shown(content, &field, &[appearance("filled in")]).0, "filled in\n\nfilled in");
}
