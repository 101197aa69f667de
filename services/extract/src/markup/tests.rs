//! Tests of what is taken for markup, and of what is not.

use super::markup_of;
use crate::tests::extract;
use crate::{Declared, ExtractWarning, Limits};

fn bare(text: &str) -> Option<&'static str> {
    markup_of(text.as_bytes(), &Declared { content_type: Some("text/plain"), name: None })
}

#[test]
fn recognizes_markup_by_its_look() {
    for (text, name) in [
        ("{\"key\": \"Some words\", \"list\": [1, -2.5e3, true, null]}", "JSON"),
        ("\u{FEFF} [\n {\"a\": \"b \\\" c\"},\n {\"a\": \"cut of", "JSON"),
        ("{\"a\": 1}\n{\"a\": fals", "JSON"),
        ("{\"cells\": [{\"cell_type\": \"markdown\"}]}", "a Jupyter notebook"),
        ("<?xml version='1.0'?>\n<recipe><step>Stir</step></recipe>", "XML"),
        ("<recipe lang='en'>\n<step>Stir</step></recipe>", "XML"),
        ("<p>Some words", "HTML"),
        ("% A comment\n\\documentclass{article}\n\\begin{document}Hi", "LaTeX"),
        (".TH LS 1\n.SH NAME\nls", "troff"),
        ("---\ntitle: x\nname: y\n", "YAML"),
        ("services:\n  web:\n    image: x\n  # comment\n  - y\n", "YAML"),
        ("a:\r\n- b: c\r\n- d\r\n", "YAML"),
    ] {
        assert_eq!(bare(text), Some(name), "{text}");
    }
}

#[test]
fn prose_and_source_code_are_no_markup() {
    for text in [
        "",
        "Plain words.",
        "[1] Smith, A. \"Title\". 2001.",
        "[2001] \"What he said\n is prose\"",
        "{braces} \"in\" prose",
        "[1, 2, 3]",
        "<john@example.org> wrote: hello",
        "< 5 items",
        "Note: we met.\nAgenda: none.\nMore: later.\n",
        "To do:\n- milk\n- bread\nThen go home.\n",
        "From: a\nTo: b\n\nHello there,\n",
        "fn main() {\n    println!(\"hi\");\n}",
        "--- a\n+++ b\n",
    ] {
        assert_eq!(bare(text), None, "{text}");
    }
}

#[test]
fn declared_types_and_names_decide_first() {
    let typed = |content_type| markup_of(b"x", &Declared { content_type: Some(content_type), name: None });
    let named = |name| markup_of(b"x", &Declared { content_type: None, name: Some(name) });
    assert_eq!(typed("application/vnd.api+json; charset=utf-8"), Some("JSON"));
    assert_eq!(typed("text/x-yaml"), Some("YAML"));
    assert_eq!(typed("application/atom+xml"), Some("XML"));
    assert_eq!(typed("application/x-tex"), Some("LaTeX"));
    assert_eq!(typed("text/x-python"), None);
    assert_eq!(named("/a/messages.JSON"), Some("JSON"));
    assert_eq!(named("analysis.ipynb"), Some("a Jupyter notebook"));
    assert_eq!(named("README.rst"), Some("reStructuredText"));
    assert_eq!(named("notes.txt"), None);
}

#[test]
fn counted_markup_has_a_warning() {
    let warnings = |content_type, body: &str| {
        let declared = Declared { content_type: Some(content_type), name: None };
        extract([body.as_bytes()], declared, Limits::default()).expect("text").0.warnings
    };
    let json = ExtractWarning::MarkupCounted { markup: "JSON" };
    assert!(json.to_string().contains("JSON"), "{json}");
    assert_eq!(json.code(), "markup_counted");
    for content_type in ["application/json", "text/plain"] {
        assert_eq!(warnings(content_type, "{\"a\": \"b\"}"), std::slice::from_ref(&json), "{content_type}");
    }
    assert_eq!(warnings("text/plain", "Some words"), []);
    assert_eq!(warnings("text/markdown", "{\"a\": \"b\"}"), []);
}
