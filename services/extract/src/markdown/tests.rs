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
