//! Names of documents, as clients give them: never a path, never control characters.

use axum::http::HeaderMap;
use axum::http::header::CONTENT_DISPOSITION;

use crate::params::pairs;

/// The longest name that is kept, in bytes: what file systems take.
const LONGEST: usize = 255;
/// The longest media type that is kept.
const LONGEST_TYPE: usize = 127;

/// The last part of a name, without control characters, cut to its bound. `None` when nothing is left.
pub(super) fn file_name(given: &str) -> Option<String> {
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

/// The type that a client declared; `None` when it is no plausible one.
pub(super) fn media_type(given: &str) -> Option<String> {
    let plausible =
        given.len() <= LONGEST_TYPE && given.contains('/') && !given.chars().any(char::is_control);
    plausible.then(|| given.to_owned())
}

/// The name in a `Content-Disposition` (RFC 6266): `filename*` before `filename`.
pub(super) fn disposition_name(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_DISPOSITION)?;
    let text = str::from_utf8(value.as_bytes()).ok()?;
    let mut plain = None;
    for parameter in parameters(text) {
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

/// The parts between semicolons that stand outside quotes.
fn parameters(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut from, mut quoted, mut escaped) = (0, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ';' if !quoted => {
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
    let Some(inner) = value.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')) else {
        return value.to_owned();
    };
    let mut text = String::with_capacity(inner.len());
    let mut escaped = false;
    for c in inner.chars() {
        escaped = c == '\\' && !escaped;
        if !escaped {
            text.push(c);
        }
    }
    text
}

/// `UTF-8''na%C3%AFve.txt` (RFC 8187).
fn extended(value: &str) -> Option<String> {
    let mut parts = value.splitn(3, '\'');
    let (charset, _language, text) = (parts.next()?, parts.next()?, parts.next()?);
    if !charset.eq_ignore_ascii_case("utf-8") || text.contains(['+', '&', '=']) {
        return None;
    }
    let decoded = pairs(text.as_bytes())?;
    decoded.first().map(|(name, _)| name.clone().into_owned())
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
    fn a_disposition_gives_its_name() {
        let name = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_DISPOSITION, value.parse().unwrap());
            disposition_name(&headers)
        };
        assert_eq!(name("attachment; filename=book.epub").as_deref(), Some("book.epub"));
        assert_eq!(name(r#"attachment; filename="a;b \"c\".txt""#).as_deref(), Some(r#"a;b "c".txt"#));
        let both = "attachment; filename=\"naive.txt\"; filename*=UTF-8''na%C3%AFve.txt";
        assert_eq!(name(both).as_deref(), Some("naïve.txt"));
        assert_eq!(name("inline"), None);
    }
}
