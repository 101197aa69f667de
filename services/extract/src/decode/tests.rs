//! Decoding in one piece and in pieces of many sizes.

use encoding_rs::Encoding;

use super::{Decoder, UNDECODED_TEXT};
use crate::charset::CharsetSource;

struct Decoded {
    text: String,
    charset: String,
    replacements: u64,
}

fn decode(bytes: &[u8], label: Option<&str>, piece: usize) -> Decoded {
    let encoding = label.map(|label| Encoding::for_label(label.as_bytes()).expect("a label"));
    let mut decoder = Decoder::new(encoding.map(|encoding| (encoding, CharsetSource::Header)));
    let mut text = String::new();
    let mut to = |part: &str| {
        text.push_str(part);
        Ok(())
    };
    for part in bytes.chunks(piece) {
        decoder.push(part, &mut to).expect("no limit here");
    }
    decoder.finish(&mut to).expect("no limit here");
    Decoded { text, charset: decoder.charset(), replacements: decoder.replacements() }
}

/// Decodes in pieces of many sizes and asserts that the result is always the same.
fn in_all_pieces(bytes: &[u8], label: Option<&str>) -> Decoded {
    let whole = decode(bytes, label, bytes.len().max(1));
    for piece in [1, 2, 3, 5, 7, 4095, 32768] {
        let again = decode(bytes, label, piece);
        assert_eq!(again.text, whole.text, "pieces of {piece}");
        assert_eq!(again.charset, whole.charset);
        assert_eq!(again.replacements, whole.replacements);
    }
    whole
}

#[test]
fn replaces_invalid_utf8_as_the_standard_library_does() {
    for bytes in [
        &b"plain"[..],
        "Grüße, 世界 😀".as_bytes(),
        b"a \xff b",
        b"\xE4\xB8",
        b"\xF0\x9F\x98x\xF0\x9F",
        b"\xE4\xF0\x9F\x98\x80\xC3\xC3\xA9\xED\xA0\x80\xF8\x88",
        b"\x80\x80\x80\xBF",
    ] {
        let decoded = in_all_pieces(bytes, Some("utf-8"));
        let lossy = String::from_utf8_lossy(bytes);
        assert_eq!(decoded.text, lossy.replace('\u{FFFD}', UNDECODED_TEXT));
        assert_eq!(decoded.replacements, lossy.matches('\u{FFFD}').count() as u64);
    }
}

#[test]
fn does_not_count_replacement_characters_in_the_document() {
    let decoded = in_all_pieces("a\u{FFFD}b".as_bytes(), Some("utf-8"));
    assert_eq!((decoded.text.as_str(), decoded.replacements), ("a\u{FFFD}b", 0));
}

#[test]
fn splits_large_utf8_between_characters() {
    let text = "aé世😀".repeat(30_000);
    let mut decoder = Decoder::new(None);
    let mut again = String::new();
    let mut to = |part: &str| {
        again.push_str(part);
        Ok(())
    };
    decoder.push(text.as_bytes(), &mut to).expect("no limit here");
    decoder.finish(&mut to).expect("no limit here");
    assert!(again == text);
    assert_eq!(decoder.replacements(), 0);
}

#[test]
fn replaces_invalid_bytes_at_a_split_in_place() {
    for broken in [&b"\xE4"[..], b"\xE4\xB8", b"\xF0\x9F\x98", b"\x80\x80\x80\x80", b"\xE4\xB8\x96"] {
        for before in 64 * 1024 - 5..64 * 1024 + 2 {
            let mut bytes = vec![b'a'; before];
            bytes.extend_from_slice(broken);
            bytes.extend_from_slice(b"bc");
            let decoded = decode(&bytes, Some("utf-8"), bytes.len());
            let expected = String::from_utf8_lossy(&bytes).replace('\u{FFFD}', UNDECODED_TEXT);
            assert_eq!(decoded.text, expected, "{broken:?} behind {before}");
        }
    }
}

#[test]
fn decodes_declared_charsets() {
    let japanese = in_all_pieces(b"\x93\xFA\x96\x7B\x8C\xEA \x83e\x83X\x83g", Some("shift_jis"));
    assert_eq!((japanese.text.as_str(), japanese.charset.as_str()), ("日本語 テスト", "shift_jis"));
    let western = in_all_pieces(b"caf\xE9 \x93quoted\x94", Some("iso-8859-1"));
    assert_eq!((western.text.as_str(), western.charset.as_str()), ("café “quoted”", "windows-1252"));
    let chinese = in_all_pieces(b"\xD6\xD0\xCE\xC4 \x81\x30\x81\x30", Some("gb18030"));
    assert_eq!((chinese.text.as_str(), chinese.charset.as_str()), ("中文 \u{80}", "gb18030"));
    let wide: Vec<u8> = "hé😀".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let wide = in_all_pieces(&wide, Some("utf-16be"));
    assert_eq!((wide.text.as_str(), wide.charset.as_str()), ("hé😀", "utf-16be"));
}

#[test]
fn counts_the_replacements_of_a_wrong_declaration() {
    let decoded = in_all_pieces(b"caf\xE9 cr\xE8me", Some("utf-8"));
    assert_eq!((decoded.text.as_str(), decoded.replacements), ("caf\u{FFFF} cr\u{FFFF}me", 2));
    let cut = in_all_pieces(b"\x93\xFA\x96", Some("shift_jis"));
    assert_eq!((cut.text.as_str(), cut.replacements), ("日\u{FFFF}", 1));
}

#[test]
fn detects_undeclared_charsets() {
    let ascii = in_all_pieces(b"only plain words", None);
    assert_eq!((ascii.charset.as_str(), ascii.text.as_str()), ("utf-8", "only plain words"));
    let utf8 = in_all_pieces("viele Grüße".as_bytes(), None);
    assert_eq!((utf8.charset.as_str(), utf8.text.as_str()), ("utf-8", "viele Grüße"));
    let cut = in_all_pieces(b"viele Gr\xC3\xBC\xC3\x9Fe \xC3", None);
    assert_eq!((cut.charset.as_str(), cut.replacements), ("utf-8", 1));
    let latin = in_all_pieces(b"Les \xE9l\xE8ves fran\xE7ais \xE9taient tr\xE8s \xE9tonn\xE9s.", None);
    assert_eq!((latin.charset.as_str(), latin.replacements), ("windows-1252", 0));
    let text = "日本語の文章を自動的に判定できるかどうかのテストです。".repeat(4);
    let (bytes, _, _) = encoding_rs::SHIFT_JIS.encode(&text);
    let japanese = in_all_pieces(&bytes, None);
    assert_eq!((japanese.charset.as_str(), japanese.text.as_str()), ("shift_jis", text.as_str()));
    let (bytes, _, _) = encoding_rs::ISO_2022_JP.encode(&text);
    let mail = in_all_pieces(&bytes, None);
    assert_eq!((mail.charset.as_str(), mail.text.as_str()), ("iso-2022-jp", text.as_str()));
}

#[test]
fn does_not_mistake_coloured_logs_for_japanese_mail() {
    let decoded = in_all_pieces(b"\x1B[31mred\x1B[0m words", None);
    assert_eq!((decoded.charset.as_str(), decoded.replacements), ("utf-8", 0));
}

#[test]
fn detects_the_charset_from_a_late_accent() {
    let mut bytes = "plain words ".repeat(20_000).into_bytes();
    bytes.extend_from_slice(b"Les \xE9l\xE8ves fran\xE7ais \xE9taient tr\xE8s \xE9tonn\xE9s.");
    assert_eq!(decode(&bytes, None, 70_000).charset, "windows-1252");
}

#[test]
fn one_invalid_byte_does_not_change_the_charset_of_much_utf8() {
    let mut bytes = "Füße größer für öffentliche Äpfel über ".repeat(10).into_bytes();
    bytes.push(0xFF);
    let decoded = in_all_pieces(&bytes, None);
    assert_eq!((decoded.charset.as_str(), decoded.replacements), ("utf-8", 1));
}
