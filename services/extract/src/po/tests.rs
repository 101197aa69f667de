//! The rules for PO, with one catalogue each.

use crate::tests::{extract, region, text_of};
use crate::{CharsetSource, Declared, Limits, Region};

const HEADER: &str = "# Someone wrote this.\nmsgid \"\"\nmsgstr \"\"\n\
                      \"Content-Type: text/plain; charset=UTF-8\\n\"\n\"Language: de\\n\"\n\n";

fn po(entries: &str, wanted: Region) -> String {
    region(&format!("{HEADER}{entries}"), "text/x-gettext-translation", wanted)
}

#[test]
fn distinguishes_sources_translations_and_comments() {
    let entries = "#. For the \"menu\"\n# Ask Ann\n#: src/main.c:7\n#, c-format\n#| msgid \"Old\"\nmsgctxt \"menu\"\n\
                   msgid \"Open %s\"\nmsgstr \"%s \u{f6}ffnen\"\n\nmsgid \"\"\n\"Two \"\n\"lines\\nhere\"\nmsgstr \"\"\n\n\
                   msgid \"one file\"\nmsgid_plural \"%d files\"\nmsgstr[0] \"eine Datei\"\nmsgstr[1] \"%d Dateien\"\n\n\
                   #~ msgid \"gone\"\n#~ msgstr \"weg\"\n";
    assert_eq!(po(entries, Region::Body), "Open %s\n\nTwo lines\nhere\n\none file\n\n%d files");
    assert_eq!(po(entries, Region::Translation), "%s \u{f6}ffnen\n\neine Datei\n\n%d Dateien");
    assert_eq!(po(entries, Region::Comments), "Someone wrote this.\n\nFor the \"menu\"\nAsk Ann\n\nmenu");
}

#[test]
fn omits_the_header_entry_anywhere() {
    assert_eq!(po("", Region::Body), "");
    assert_eq!(po("", Region::Translation), "");
    assert_eq!(
        po("msgid \"a\"\nmsgstr \"b\"\nmsgid \"\"\nmsgstr \"Header: x\\n\"\n", Region::Translation),
        "b"
    );
    // An entry with a context is not the header, even if its source is empty.
    assert_eq!(po("msgctxt \"c\"\nmsgid \"\"\nmsgstr \"b\"\n", Region::Translation), "b");
}

#[test]
fn decodes_strings_like_c() {
    assert_eq!(po("msgid \"a\\tb \\\"c\\\" \\\\d\\q\" # x\n", Region::Body), "a\tb \"c\" \\d\\q");
    assert_eq!(po("msgid \"no end", Region::Body), "no end");
    assert_eq!(po("msgid\"tight\"\n", Region::Body), "tight");
}

#[test]
fn decodes_the_escapes_of_gettext() {
    for (string, expected) in [
        (r"Gr\303\266\303\237e \303\244ndern", "Gr\u{f6}\u{df}e \u{e4}ndern"),
        (r"a\xe2\x82\xACb \x00e9\x20c \x", "a\u{20ac}b \u{FFFF} c \\x"),
        (r"one\vtwo\fthree\afour\bfive", "one\u{B}two\u{C}three\u{7}four\u{8}five"),
        (r"\1012\40\9\0x\q", "A2 \\9x\\q"),
        (r"caf\351\303", "caf\u{FFFF}\u{FFFF}"),
        ("a\" \"b\"  \"\\143\" #", "abc"),
    ] {
        assert_eq!(po(&format!("msgid \"{string}\"\n"), Region::Body), expected, "{string}");
    }
    let latin = "msgid \"\"\nmsgstr \"Content-Type: text/plain; charset=ISO-8859-1\\n\"\n\nmsgid \"caf\\351 \\303\\251\"\n";
    assert_eq!(region(latin, "text/x-po", Region::Body), "caf\u{e9} \u{e9}");
}

#[test]
fn a_catalogue_that_declares_ascii_may_be_in_any_charset() {
    for (label, source) in [
        ("ASCII", "caf\u{e9} \u{e0}"),
        ("US-ASCII", "\u{441}\u{43b}\u{43e}\u{432}\u{43e}"),
        ("ANSI_X3.4-1968", "plain"),
    ] {
        let catalogue = format!(
            "msgid \"\"\nmsgstr \"Content-Type: text/plain; charset={label}\\n\"\n\nmsgid \"{source}\"\n"
        );
        let declared = Declared { content_type: None, name: Some("de.po") };
        let (extraction, texts) =
            extract([catalogue.as_bytes()], declared, Limits::default()).expect("a catalogue");
        assert_eq!(text_of(&texts, Region::Body), source);
        assert_eq!((extraction.charset.as_str(), extraction.warnings), ("utf-8", vec![]), "{label}");
    }
}

#[test]
fn reads_the_charset_from_the_header_entry() {
    let bytes = b"msgid \"\"\nmsgstr \"\"\n\"Content-Type: text/plain; charset=ISO-8859-1\\n\"\n\nmsgid \"caf\xE9\"\n";
    let declared = Declared { content_type: None, name: Some("de.po") };
    let (extraction, texts) = extract([&bytes[..]], declared, Limits::default()).expect("a catalogue");
    assert_eq!(text_of(&texts, Region::Body), "caf\u{e9}");
    assert_eq!(extraction.charset_source, CharsetSource::Document);
    let template = b"msgid \"\"\nmsgstr \"Content-Type: text/plain; charset=CHARSET\\n\"\n";
    assert_eq!(extract([&template[..]], declared, Limits::default()).expect("a template").0.warnings, []);
}

#[test]
fn result_does_not_depend_on_where_the_input_is_split() {
    let catalogue = format!("{HEADER}msgid \"\"\r\n\"Gr\u{f6}\u{df}e \\\"\"\r\nmsgstr \"\\\\n\"\r\n");
    let declared = Declared { content_type: Some("text/x-po; charset=utf-8"), name: None };
    let read = |size: usize| {
        extract(catalogue.as_bytes().chunks(size), declared, Limits::default()).expect("text").1
    };
    for size in 1..10 {
        assert_eq!(read(size), read(catalogue.len()), "pieces of {size}");
    }
}
