//! Parsing XML, including hostile documents.

use super::{DecodingStats, PartContext, XmlHandler, XmlTag, parse};
use crate::error::ExtractError;
use crate::limits::Limits;

/// Records the events.
#[derive(Default)]
struct EventRecorder(String);

impl XmlHandler for EventRecorder {
    fn start_element(&mut self, tag: &XmlTag<'_>) -> Result<(), ExtractError> {
        let value = tag.attribute("a").map(|value| format!(" a={value}")).unwrap_or_default();
        self.0.push_str(&format!("<{}{value}>", tag.local_name()));
        Ok(())
    }

    fn end_element(&mut self) -> Result<(), ExtractError> {
        self.0.push_str("</>");
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), ExtractError> {
        self.0.push_str(text);
        Ok(())
    }
}

fn record(xml: &[u8]) -> Result<(String, u64, DecodingStats), ExtractError> {
    let (mut recorder, mut stats) = (EventRecorder::default(), DecodingStats::default());
    let context = PartContext { format: "XML", part: "a.xml" };
    let unresolved = parse(xml, context, Limits::default(), &mut stats, &mut recorder)?;
    Ok((recorder.0, unresolved, stats))
}

fn text(xml: &str) -> String {
    record(xml.as_bytes()).expect("well-formed").0
}

#[test]
fn reports_tags_and_text_in_order() {
    assert_eq!(
        text("<?xml version='1.0'?><w:p w:a='1 &amp; 2'>x<!-- no -->y<e/></w:p>"),
        "<p a=1 & 2>xy<e></></>"
    );
    assert_eq!(text("<p>a &lt;b&gt; &#x4f60;&#65;<![CDATA[<c> & d]]></p>"), "<p>a <b> 你A<c> & d</>");
}

#[test]
fn omits_and_counts_entities_of_a_document_type() {
    let laughs = "<!DOCTYPE p [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;'>\
                  <!ENTITY f SYSTEM 'file:///etc/passwd'>]><p>x &c; &f; y</p>";
    let (text, unresolved, _) = record(laughs.as_bytes()).expect("a document type is passed over");
    assert_eq!((text.as_str(), unresolved), ("<p>x   y</>", 2));
}

#[test]
fn names_the_part_that_is_malformed() {
    for broken in ["<p>x", "<p>x</q>", "<p", "<p>x</p></p>", "<p a='", "<!-- x"] {
        let error = record(broken.as_bytes()).expect_err(broken);
        assert_eq!(error.code(), "document_broken", "{broken}");
        assert!(error.to_string().contains("a.xml"), "{error}");
    }
}

#[test]
fn limits_nested_elements() {
    let nested = |depth: usize| format!("{}x{}", "<p>".repeat(depth), "</p>".repeat(depth));
    assert!(record(nested(512).as_bytes()).is_ok());
    assert_eq!(
        record(nested(513).as_bytes()).map(drop).map_err(|error| error.code()),
        Err("document_too_complex")
    );
}

#[test]
fn reads_any_charset() {
    let wide: Vec<u8> = "\u{FEFF}<p>café 你</p>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let (text, _, stats) = record(&wide).expect("UTF-16");
    assert_eq!((text.as_str(), stats.last.expect("decoded").0.as_str()), ("<p>café 你</>", "utf-16le"));
    let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><p>caf\xE9</p>";
    assert_eq!(record(latin).expect("Latin 1").0, "<p>café</>");
    let (text, _, stats) = record(b"<p>caf\xE9</p>").expect("broken UTF-8");
    assert_eq!((text.as_str(), stats.replacements), ("<p>caf\u{FFFF}</>", 1));
}

#[test]
fn many_attributes_take_linear_time() {
    // The check for duplicates would compare every pair of attributes.
    let many: String = (0..200_000).map(|number| format!(" x{number}=''")).collect();
    assert_eq!(text(&format!("<p{many} a='last'/>")), "<p a=last></>");
}
