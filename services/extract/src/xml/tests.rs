//! The rules of reading XML, and the documents made to break it.

use super::{Charsets, Handler, Place, Tag, read};
use crate::failure::ExtractError;
use crate::limits::Limits;

/// Writes down what it is told.
#[derive(Default)]
struct Told(String);

impl Handler for Told {
    fn open(&mut self, tag: &Tag<'_>) -> Result<(), ExtractError> {
        let said = tag.attribute("a").map(|value| format!(" a={value}")).unwrap_or_default();
        self.0.push_str(&format!("<{}{said}>", tag.local()));
        Ok(())
    }

    fn close(&mut self) -> Result<(), ExtractError> {
        self.0.push_str("</>");
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), ExtractError> {
        self.0.push_str(text);
        Ok(())
    }
}

fn told(xml: &[u8]) -> Result<(String, u64, Charsets), ExtractError> {
    let (mut told, mut charsets) = (Told::default(), Charsets::default());
    let place = Place { format: "XML", part: "a.xml" };
    let unresolved = read(xml, place, Limits::default(), &mut charsets, &mut told)?;
    Ok((told.0, unresolved, charsets))
}

fn text(xml: &str) -> String {
    told(xml.as_bytes()).expect("well-formed").0
}

#[test]
fn tags_and_text_come_in_their_order() {
    assert_eq!(
        text("<?xml version='1.0'?><w:p w:a='1 &amp; 2'>x<!-- no -->y<e/></w:p>"),
        "<p a=1 & 2>xy<e></></>"
    );
    assert_eq!(text("<p>a &lt;b&gt; &#x4f60;&#65;<![CDATA[<c> & d]]></p>"), "<p>a <b> 你A<c> & d</>");
}

#[test]
fn entities_of_a_document_type_are_left_out_and_counted() {
    let laughs = "<!DOCTYPE p [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;'>\
                  <!ENTITY f SYSTEM 'file:///etc/passwd'>]><p>x &c; &f; y</p>";
    let (text, unresolved, _) = told(laughs.as_bytes()).expect("a document type is passed over");
    assert_eq!((text.as_str(), unresolved), ("<p>x   y</>", 2));
}

#[test]
fn what_is_broken_says_where() {
    for broken in ["<p>x", "<p>x</q>", "<p", "<p>x</p></p>", "<p a='", "<!-- x"] {
        let error = told(broken.as_bytes()).expect_err(broken);
        assert_eq!(error.code(), "document_broken", "{broken}");
        assert!(error.to_string().contains("a.xml"), "{error}");
    }
}

#[test]
fn elements_inside_each_other_have_a_limit() {
    let nested = |depth: usize| format!("{}x{}", "<p>".repeat(depth), "</p>".repeat(depth));
    assert!(told(nested(512).as_bytes()).is_ok());
    assert_eq!(
        told(nested(513).as_bytes()).map(drop).map_err(|error| error.code()),
        Err("document_too_complex")
    );
}

#[test]
fn any_charset_is_read() {
    let wide: Vec<u8> = "\u{FEFF}<p>café 你</p>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let (text, _, charsets) = told(&wide).expect("UTF-16");
    assert_eq!((text.as_str(), charsets.last.expect("decoded").0.as_str()), ("<p>café 你</>", "utf-16le"));
    let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><p>caf\xE9</p>";
    assert_eq!(told(latin).expect("Latin 1").0, "<p>café</>");
    let (text, _, charsets) = told(b"<p>caf\xE9</p>").expect("broken UTF-8");
    assert_eq!((text.as_str(), charsets.replacements), ("<p>caf\u{FFFF}</>", 1));
}

#[test]
fn many_attributes_take_time_in_proportion() {
    // The check for doubles would compare each of these with every other one.
    let many: String = (0..200_000).map(|number| format!(" x{number}=''")).collect();
    assert_eq!(text(&format!("<p{many} a='last'/>")), "<p a=last></>");
}
