//! The file name in a `Content-Disposition`, of an upload or of a fetched document.
//!
//! A name is never a path and has no control characters. As browsers do, it is read also where the header breaks RFC 6266.

/// The longest name that is kept, in bytes: what file systems allow.
const LONGEST: usize = 255;

/// The last part of a path, without control characters, cut to 255 bytes. `None` if nothing is left.
#[must_use]
pub fn file_name(given: &str) -> Option<String> {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut name = String::new();
    for c in last.chars().filter(|c| !c.is_control()) {
        if name.len() + c.len_utf8() > LONGEST {
            break;
        }
        name.push(c);
    }
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// The file name in the value of a `Content-Disposition`: `filename*` if it is valid, otherwise `filename`.
#[must_use]
pub fn disposition_file_name(value: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(value);
    let mut plain = None;
    for parameter in parameters(&text) {
        let Some((name, value)) = parameter.split_once('=') else { continue };
        match name.trim().to_ascii_lowercase().as_str() {
            "filename*" => {
                if let Some(name) = extended(value.trim()) {
                    return file_name(&name);
                }
            }
            "filename" => plain = Some(unquoted(value.trim())),
            _ => {}
        }
    }
    file_name(&plain?)
}

/// The parts between the semicolons outside quotes.
fn parameters(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut from, mut is_quoted, mut is_escaped) = (0, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            ';' if !is_quoted => {
                parts.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts
}

fn unquoted(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"') else { return value.to_owned() };
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    let mut text = String::with_capacity(inner.len());
    let mut is_escaped = false;
    for c in inner.chars() {
        is_escaped = c == '\\' && !is_escaped;
        if !is_escaped {
            text.push(c);
        }
    }
    text
}

/// `UTF-8''na%C3%AFve.txt` (RFC 8187).
fn extended(value: &str) -> Option<String> {
    let mut parts = value.splitn(3, '\'');
    let (charset, _language, text) = (parts.next()?, parts.next()?, parts.next()?);
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    String::from_utf8(percent_decoded(text.as_bytes())).ok()
}

fn percent_decoded(text: &[u8]) -> Vec<u8> {
    let digit = |at: usize| text.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut bytes = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let escaped = digit(at + 1).zip(digit(at + 2)).filter(|_| byte == b'%');
        let escaped = escaped.and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
        bytes.push(escaped.unwrap_or(byte));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_never_a_path() {
        assert_eq!(file_name("../../etc/passwd").as_deref(), Some("passwd"));
        assert_eq!(file_name(r"C:\books\a.epub").as_deref(), Some("a.epub"));
        assert_eq!(file_name("a\0b\r\n.txt").as_deref(), Some("ab.txt"));
        assert_eq!(file_name("dir/"), None);
        assert_eq!(file_name(&"ü".repeat(200)).unwrap().len(), 254);
    }

    #[test]
    fn reads_the_name_of_a_disposition() {
        let name = |value: &str| disposition_file_name(value.as_bytes());
        assert_eq!(name("attachment; filename=book.epub").as_deref(), Some("book.epub"));
        assert_eq!(name(r#"attachment; filename="a;b \"c\".txt""#).as_deref(), Some(r#"a;b "c".txt"#));
        let both = "attachment; filename=\"naive.txt\"; filename*=UTF-8''na%C3%AFve.txt";
        assert_eq!(name(both).as_deref(), Some("naïve.txt"));
        assert_eq!(name("attachment; filename*=utf-8'en'a+b&c=d%2Fe.csv").as_deref(), Some("e.csv"));
        assert_eq!(name("inline"), None);
    }

    #[test]
    fn reads_names_that_break_the_rules() {
        let name = |value: &[u8]| disposition_file_name(value);
        for value in [
            "filename=\"film.srt\"",
            "ATTACHMENT;FileName = film.srt ;size=3",
            "attachment; filename=\"film.srt",
            "attachment; filename=\"/srv/films/film.srt\"",
            "attachment; filename*=UTF-8''%FF.txt; filename=film.srt",
            "attachment; filename*=film.txt; filename=film.srt",
            "attachment; filename*=latin9''film.txt; filename=film.srt",
        ] {
            assert_eq!(name(value.as_bytes()).as_deref(), Some("film.srt"), "{value}");
        }
        assert_eq!(name(b"attachment; filename=\"f\xEFlm.srt\"").as_deref(), Some("f\u{FFFD}lm.srt"));
        assert_eq!(name(b"attachment; filename=my film.srt").as_deref(), Some("my film.srt"));
        assert_eq!(name(b"attachment; filename=\"\""), None);
    }
}
