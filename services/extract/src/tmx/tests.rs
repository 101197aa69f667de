//! The rules for TMX, with one memory each.

use crate::limits::Limits;
use crate::tests::{Texts, buffered, text_of};
use crate::{MediaType, Region};

fn texts(tmx: &str) -> Texts {
    let (extraction, texts) = buffered(tmx.as_bytes(), Limits::default()).expect("a memory");
    assert_eq!(extraction.media_type, MediaType::Tmx);
    texts
}

fn variant(language: &str, text: &str) -> String {
    format!("<tuv xml:lang='{language}'><prop type='x'>no</prop><seg>{text}</seg></tuv>")
}

#[test]
fn reads_segments_by_language() {
    for (header, units, source, others) in [
        // No header: the first variant is the source.
        ("", vec![variant("en", "Hello world"), variant("de", "Hallo Welt")], "Hello world", "Hallo Welt"),
        (
            "<header srclang='de'/>",
            vec![variant("en-US", "Two words"), variant("DE", "Zwei")],
            "Zwei",
            "Two words",
        ),
        ("<header srclang='en'/>", vec![variant("fr", "un"), variant("en-GB", "one")], "one", "un"),
        ("<header srclang='*all*'/>", vec![variant("fr", "un"), variant("en", "one")], "un", "one"),
        ("<header srclang='ja'/>", vec![variant("fr", "un"), variant("en", "one")], "un", "one"),
    ] {
        let texts = texts(&format!(
            "<?xml version='1.0'?><tmx version='1.4'>{header}<body><tu>{}</tu></body></tmx>",
            units.concat()
        ));
        assert_eq!(text_of(&texts, Region::Body), source, "{header}");
        assert_eq!(text_of(&texts, Region::Translation), others, "{header}");
    }
}

#[test]
fn omits_properties_and_native_codes() {
    let texts = texts(
        "<!DOCTYPE tmx SYSTEM 'tmx14.dtd'><tmx version='1.4'><header srclang='en'><note>About</note><prop>no</prop></header><body>\
         <tu srclang='de'><note>Ask <b>Ann</b></note><tuv xml:lang='en'><seg>a</seg></tuv><tuv lang='de'><seg>be<bpt i='1'>&lt;b></bpt>ne<ept i='1'/>ath \
         <ph>&lt;img alt='<sub>the sun</sub>'></ph>it <hi>is</hi></seg></tuv></tu><tu><tuv xml:lang='en'><seg>Next\n one</seg></tuv></tu></body></tmx>",
    );
    assert_eq!(text_of(&texts, Region::Body), "beneath the sun it is\n\nNext one");
    assert_eq!(text_of(&texts, Region::Translation), "a");
    assert_eq!(text_of(&texts, Region::Comments), "About\n\nAsk Ann");
}

#[test]
fn rejects_truncated_files() {
    let error = buffered(b"<tmx><body><tu>", Limits::default()).expect_err("truncated");
    assert_eq!(error.code(), "document_broken");
}
