//! Which declaration decides the charset, and which charsets are refused.

use super::{CharsetSource, declared_charset};
use crate::{Declared, ExtractError, MediaType};

fn of(body: &str, content_type: Option<&str>) -> Option<(&'static str, CharsetSource)> {
    let declared = Declared { content_type, name: None };
    let charset = declared_charset(body.as_bytes(), &declared, MediaType::Html).expect("not refused");
    charset.known.map(|(encoding, source)| (encoding.name(), source))
}

fn in_html(body: &str) -> Option<&'static str> {
    of(body, None).map(|(name, _)| name)
}

#[test]
fn byte_order_mark_wins_over_header_over_document() {
    let body = "<meta charset=koi8-r>";
    assert_eq!(of(body, None), Some(("KOI8-R", CharsetSource::Document)));
    assert_eq!(of(body, Some("text/html; charset=gbk")), Some(("GBK", CharsetSource::Header)));
    let marked = format!("\u{FEFF}{body}");
    assert_eq!(of(&marked, Some("text/html; charset=gbk")), Some(("UTF-8", CharsetSource::Bom)));
}

#[test]
fn reads_meta_declarations_as_browsers_do() {
    assert_eq!(in_html("<html><META CharSet = 'Shift_JIS'>"), Some("Shift_JIS"));
    let pragma = "<meta http-equiv=Content-Type content='text/html; charset=windows-1251'>";
    assert_eq!(in_html(pragma), Some("windows-1251"));
    let reversed = "<meta content=\"text/html;charset=big5\" http-equiv=\"content-type\"/>";
    assert_eq!(in_html(reversed), Some("Big5"));
    assert_eq!(in_html("<meta content='text/html; charset=big5'>"), None, "content alone is no pragma");
    assert_eq!(in_html("<!-- <meta charset=gbk> --><meta charset=euc-kr>"), Some("EUC-KR"));
    assert_eq!(in_html("<!--><meta charset=gbk>"), Some("GBK"));
    assert_eq!(in_html("<p title='<meta charset=gbk>'><meta charset=euc-jp>"), Some("EUC-JP"));
    assert_eq!(in_html("<meta charset=utf-16>"), Some("UTF-8"), "it could be read, so it is not UTF-16");
    assert_eq!(in_html("<metadata charset=gbk>"), None);
    assert_eq!(in_html("<meta charset"), None);
    assert_eq!(in_html("<meta charset="), None);
    assert_eq!(in_html("<meta charset='x"), None);
}

#[test]
fn ignores_declarations_after_the_first_kilobyte() {
    let body = format!("<!--{}--><meta charset=gbk>", "x".repeat(1024));
    assert_eq!(in_html(&body), None);
}

#[test]
fn reads_the_xml_declaration() {
    assert_eq!(in_html("<?xml version=\"1.0\" encoding=\"iso-8859-2\"?><html>"), Some("ISO-8859-2"));
    assert_eq!(in_html("<?xml version='1.0' encoding = 'gbk'?><html>"), Some("GBK"));
    assert_eq!(in_html("<?xml version='1.0'?><html encoding='gbk'>"), None);
}

#[test]
fn reports_an_unknown_label_and_uses_the_next_declaration() {
    let declared = Declared { content_type: Some("text/html; charset=klingon"), name: None };
    let charset = declared_charset(b"<meta charset=gbk>", &declared, MediaType::Html).expect("not refused");
    assert_eq!(charset.unknown_label.as_deref(), Some("klingon"));
    assert_eq!(charset.known.map(|(encoding, _)| encoding.name()), Some("GBK"));
}

#[test]
fn rejects_charsets_that_hide_text() {
    for label in ["utf-7", "UTF-7", "iso-2022-kr", "hz-gb-2312", "replacement", "iso-2022-cn"] {
        let header = format!("text/plain; charset={label}");
        let declared = Declared { content_type: Some(&header), name: None };
        let refused = declared_charset(b"+ADw-", &declared, MediaType::PlainText).err();
        assert_eq!(refused, Some(ExtractError::RefusedCharset { label: label.to_owned() }));
    }
}
