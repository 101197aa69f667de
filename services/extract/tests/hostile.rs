//! Hostile documents: extraction must take linear time.
//!
//! Each document is read at one size and at four times that size. Linear time is four times as long, quadratic time
//! sixteen times; the limit of eight leaves room for a busy machine.

use std::time::{Duration, Instant};

use tally_extract::{Declared, ExtractError, Extractor, Limits, Region};

/// The size of the smaller document in bytes.
const SIZE: usize = 256 * 1024;

/// A run this fast passes, whatever the ratio.
const FAST: Duration = Duration::from_millis(50);

fn read(document: &[u8], content_type: &str, piece: usize) -> (Result<usize, ExtractError>, Duration) {
    let declared = Declared { content_type: Some(content_type), name: None };
    let mut text_bytes = 0;
    let start = Instant::now();
    let mut extractor =
        Extractor::new(&declared, Limits::default(), |_: Region, text: &str| text_bytes += text.len());
    let pushed = document.chunks(piece).try_for_each(|piece| extractor.push(piece));
    let result = pushed.and_then(|()| extractor.finish().map(|_| ()));
    (result.map(|()| text_bytes), start.elapsed())
}

/// Asserts that a document of four times the size takes about four times as long. Disturbances only make a run slower:
/// what is linear passes in one of a few tries, what is quadratic never does.
fn assert_linear(name: &str, time: impl Fn(usize) -> Duration) {
    let mut seen = Vec::new();
    for _ in 0..8 {
        let (small, large) = (time(SIZE), time(4 * SIZE));
        if large < FAST || large < 8 * small {
            return;
        }
        seen.push((small, large));
    }
    panic!("{name}: {seen:?}");
}

fn document(start: &str, repeated: &str, size: usize) -> Vec<u8> {
    let mut document = start.as_bytes().to_vec();
    document.extend(repeated.bytes().cycle().take(size / repeated.len() * repeated.len()));
    document
}

const PAGES: [(&str, &str, &str); 36] = [
    ("nested divs", "", "<div>"),
    ("nested divs, closed at last", "<div hidden>", "<div></div></div>"),
    ("nested lists", "", "<ul><li>"),
    ("nested tables", "", "<table><tr><td>"),
    ("tables without cells", "", "<table>"),
    ("nested hidden elements", "", "<div hidden>"),
    ("nested templates", "", "<template>"),
    ("nested formatting", "", "<b><p>"),
    ("hidden formatting", "", "<b hidden><p>x</b>"),
    ("hidden formatting around blocks", "<div hidden>", "<b hidden><div><div></b>"),
    ("unclosed links", "", "<a href=x>y"),
    ("unclosed forms", "", "<form>x"),
    ("unclosed fonts", "", "<font color=red>x"),
    ("unclosed spans in a hidden one", "<span hidden>", "<span>"),
    ("end tags of nothing", "<div>", "</p></b></section>"),
    ("end tags behind a border", "<address><table><tr><td><div><div><div>", "</address></li></h1>"),
    ("end tags deep inside", "<section><section hidden><object><div><p>", "<div></section>"),
    ("items", "", "<li><dd><dt>"),
    ("attributes", "<p ", "a=b "),
    ("attributes of many names", "<p ", "abcdefg=\"h\" ij "),
    ("unclosed tag starts", "", "<a "),
    ("slashes", "<a ", "/"),
    ("less-than signs", "", "<"),
    ("ampersands", "", "&"),
    ("long references", "", "&aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
    ("long numbers", "&#", "0"),
    ("a comment that never ends", "<!--", "--> <!-- - "),
    ("a comment of greater-than signs", "<!--", ">"),
    ("a comment of dashes", "<!-- ", "-"),
    ("an attribute that never ends", "<a href=\"", "x"),
    ("a tag name that never ends", "<a", "x"),
    ("scripts in comments in scripts", "<script><!--", "<script></script>-<-"),
    ("ends of another element", "<title>", "</titl"),
    ("brackets", "<svg><![CDATA[", "]"),
    ("spaces", "<p>", " "),
    ("switching regions", "<p>", "a<img alt=b><button>c</button>"),
];

#[test]
fn pages_take_linear_time() {
    for (name, start, repeated) in PAGES {
        assert_linear(name, |size| {
            read(&document(start, repeated, size), "text/html; charset=utf-8", 64 * 1024).1
        });
    }
}

#[test]
fn pages_read_byte_by_byte_take_linear_time() {
    for (name, start, repeated) in PAGES {
        assert_linear(name, |size| {
            read(&document(start, repeated, size / 8), "text/html; charset=utf-8", 1).1
        });
    }
}

#[test]
fn markdown_takes_linear_time() {
    for (name, start, repeated) in [
        ("quotes", "", "> "),
        ("lists", "", "- "),
        ("brackets", "", "["),
        ("images", "", "!["),
        ("links", "", "[a]("),
        ("emphasis", "", "*a **a "),
        ("ticks", "", "`a``a```a"),
        ("less-than signs", "", "<"),
        ("comments", "", "a <!-- "),
        ("processing instructions", "", "a <?"),
        ("references", "", "[a]: /b\n"),
        ("footnotes", "", "[^a]: b\n"),
        ("tables", "|a|b|\n|-|-|\n", "|c|d|\n"),
        ("wide tables", "", "|a|\n|-|\n|"),
        ("backslashes", "", "\\"),
        ("entities", "", "&"),
        ("html blocks", "", "<div>\n\n"),
    ] {
        assert_linear(name, |size| {
            read(&document(start, repeated, size), "text/markdown; charset=utf-8", 64 * 1024).1
        });
    }
}

#[test]
fn invalid_bytes_take_linear_time() {
    for label in ["utf-8", "shift_jis", "gb18030", "euc-jp", "utf-16le", "iso-2022-jp", "windows-1252"] {
        let content_type = format!("text/plain; charset={label}");
        let broken = |size: usize| [0xFFu8, 0x81, 0xE4, b'a', 0x1B, 0xF0, 0x9F].repeat(size / 7);
        assert_linear(label, |size| read(&broken(size), &content_type, 64 * 1024).1);
    }
}

#[test]
fn rejects_what_passes_a_limit_instead_of_truncating() {
    let html = "text/html; charset=utf-8";
    let deep = document("", "<nav><aside>", SIZE);
    assert_eq!(read(&deep, html, SIZE).0.map_err(|error| error.code()), Err("document_too_deep"));
    let long = document("<img alt='", "x", 8 * SIZE);
    assert_eq!(read(&long, html, SIZE).0.map_err(|error| error.code()), Err("document_too_complex"));
    let plain = document("<div>", "<div>x", SIZE);
    assert!(read(&plain, html, SIZE).0.is_ok(), "plain elements may nest");
}
