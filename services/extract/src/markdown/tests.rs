//! The rules for Markdown, with one text each.

use crate::Region;
use crate::tests::{read, region};

fn of(markdown: &str, wanted: Region) -> String {
    region(markdown, "text/markdown", wanted)
}

fn body(markdown: &str) -> String {
    of(markdown, Region::Body)
}

#[test]
fn omits_markup() {
    for (markdown, expected) in [
        ("# One *two*\n\nthree **fo**ur\nfive\n", "One two\n\nthree four five"),
        ("Head\n====\ntext", "Head\n\ntext"),
        ("> one\n\n- two\n- three\n\n1. four\n2. five", "one\n\ntwo\nthree\n\nfour\nfive"),
        (
            "[text](http://example.com \"title\") and [ref] and <http://a.b>\n\n[ref]: /x",
            "text and ref and http://a.b",
        ),
        ("a  \nb\\\nc", "a\nb\nc"),
        ("a\n\n---\n\nb", "a\n\nb"),
        ("- [x] done ~~not~~", "done not"),
        ("AT&amp;T \\*a\\* `co  de`", "AT&T *a* co de"),
        ("note[^1]\n\n[^1]: the note", "note"),
    ] {
        assert_eq!(body(markdown), expected, "{markdown}");
    }
    assert_eq!(of("note[^1]\n\n[^1]: the note", Region::Notes), "the note");
}

#[test]
fn code_tables_images_and_front_matter_are_regions() {
    let text = "---\ntitle: x y\n---\n\na ![an *alt* text](/b.png) c\n\n```rust\nfn  x() {}\n\n<b>\n```\n\n    y\n\n\
                | a | b |\n|---|---|\n| c | d |\n";
    assert_eq!(of(text, Region::FrontMatter).trim_end(), "title: x y");
    assert_eq!(of(text, Region::Alt), "an alt text");
    assert_eq!(of(text, Region::Code), "fn  x() {}\n\n<b>\n\ny\n");
    assert_eq!(of(text, Region::Table), "a\nb\nc\nd");
    assert_eq!(body(text), "a c");
    assert_eq!(of("+++\na = 1\n+++\n\nb", Region::FrontMatter).trim_end(), "a = 1");
}

#[test]
fn a_rule_does_not_begin_front_matter() {
    for (markdown, expected) in [
        // Slides and scenes, with and without an empty line after the rule.
        ("# One\n\na b\n\n---\n# Two\n\nc d\n\n---\n# Three", "One\n\na b\n\nTwo\n\nc d\n\nThree"),
        ("a.\n\n---\nkey: it is b.\n\n---\n\nc.", "a.\n\nkey: it is b.\n\nc."),
        ("a\n\n+++\nb = 1\n+++\n", "a\n\n+++ b = 1 +++"),
        // A first line that is a rule.
        ("---\nDear Ann,\n\nall is well.\n\n---\nBob", "Dear Ann,\n\nall is well.\n\nBob"),
        ("---\n\nkey: value\n\n---\n\na", "key: value\n\na"),
        ("---\nNote: we met\nand talked.\n\n---\na", "Note: we met and talked.\n\na"),
        ("---\nThe news of the day: none.\n\n---\na", "The news of the day: none.\n\na"),
        // Not closed, not at the front, another fence.
        ("---\ntitle: x", "title: x"),
        ("\n---\ntitle: x\n\n---\na", "title: x\n\na"),
        ("----\ntitle: x\n\n----\na", "title: x\n\na"),
        ("+++\nnews\n+++\na", "+++ news +++ a"),
        ("---\n---\na", "a"),
    ] {
        assert_eq!(body(markdown), expected, "{markdown}");
        assert_eq!(of(markdown, Region::FrontMatter), "", "{markdown}");
    }
}

#[test]
fn settings_at_the_very_front_are_front_matter() {
    for (markdown, settings) in [
        ("---\nmarp: true\ntheme: default\n---\n\n# a\n\n---\n\nb", "marp: true\ntheme: default"),
        ("\u{FEFF}\u{FEFF}---\ntitle: x\n---\n# a\nb", "title: x"),
        ("---\r\ntitle: x\r\n\r\ntags:\r\n- y\r\n---\r\na\r\n\r\nb", "title: x\n\ntags:\n- y"),
        ("---\rtitle: x\r---\ra\r\rb", "title: x"),
        (
            "---  \n# by hand\n'og:title': |\n  Many words\nauthor: {\n  a: 1\n}\n...\na\n\nb",
            "# by hand\n'og:title': |\n  Many words\nauthor: {\n  a: 1\n}",
        ),
        ("+++\n[page]\ntext = \"\"\"\none\n\"\"\"\n+++\na\n\nb", "[page]\ntext = \"\"\"\none\n\"\"\""),
    ] {
        assert_eq!(of(markdown, Region::FrontMatter).trim_end(), settings, "{markdown}");
        assert_eq!(body(markdown), "a\n\nb", "{markdown}");
    }
}

#[test]
fn reads_html_in_markdown_as_html() {
    assert_eq!(
        body("<h1 align=center>One</h1>\n\ntwo<br>three <b>fo</b>ur<!-- x --> &copy;"),
        "One\n\ntwo\nthree four ©"
    );
    assert_eq!(body("<div hidden>\n\nx *y*\n\n</div>\n\na"), "a");
    assert_eq!(body("<script>\nx\n\ny\n</script>\n\na"), "a");
    assert_eq!(body("<style>\nx\n</style>\n\na"), "a");
    assert_eq!(body("a <script>x</script> b"), "a b");
    assert_eq!(of("<nav>\n\n- x\n\n</nav>\n\na", Region::Nav), "x");
}

#[test]
fn open_markup_ends_with_its_block() {
    assert_eq!(body("<div class=\"\n\na\n\n</div>\n\nb"), "a\n\nb");
    assert_eq!(body("<title>\n\na\n\nb"), "a\n\nb");
}

#[test]
fn empty_text_stays_empty() {
    assert_eq!(read("", "text/markdown"), []);
    assert_eq!(read(" \n\n", "text/markdown"), []);
}
