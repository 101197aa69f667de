//! What the sender declares about a body: its `Content-Type` and its name.
//!
//! Only parses these. How far they are trusted is decided in `sniff` and `charset`.

/// What the sender declared. Both fields may be missing, and both may be wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Declared<'a> {
    /// The value of the `Content-Type` header, including parameters.
    pub content_type: Option<&'a str>,
    /// A file name, or the path of a URL.
    pub name: Option<&'a str>,
}

impl<'a> Declared<'a> {
    /// The media type in lower case without parameters; `None` if nothing usable was declared.
    pub(crate) fn essence(&self) -> Option<String> {
        let essence = self.content_type?.split(';').next()?.trim().to_ascii_lowercase();
        let (kind, subtype) = essence.split_once('/')?;
        let named = !kind.is_empty() && !subtype.is_empty() && kind != "*";
        named.then_some(essence)
    }

    /// The `charset` parameter, unquoted.
    pub(crate) fn charset(&self) -> Option<&'a str> {
        let mut rest = self.content_type?;
        loop {
            rest = &rest[after_parameter(rest)?..];
            let (name, value) = rest.split_once('=')?;
            if name.trim().eq_ignore_ascii_case("charset") {
                return Some(parameter_value(value)).filter(|label| !label.is_empty());
            }
        }
    }

    /// The part of the file name after its last dot, in lower case.
    pub(crate) fn extension(&self) -> Option<String> {
        let path = self.name?.split(['?', '#']).next()?;
        let file = path.rsplit(['/', '\\']).next()?;
        let (_, extension) = file.rsplit_once('.')?;
        Some(extension.to_ascii_lowercase())
    }
}

/// The index after the next `;` outside quotes.
fn after_parameter(rest: &str) -> Option<usize> {
    let mut quoted = false;
    let semicolon = rest.bytes().position(|byte| {
        quoted ^= byte == b'"';
        byte == b';' && !quoted
    });
    semicolon.map(|at| at + 1)
}

fn parameter_value(value: &str) -> &str {
    let value = value.trim_start();
    match value.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next().unwrap_or_default().trim(),
        None => value.split([';', ' ', '\t']).next().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::Declared;

    fn content_type(value: &str) -> Declared<'_> {
        Declared { content_type: Some(value), name: None }
    }

    #[test]
    fn finds_the_charset_among_parameters() {
        assert_eq!(content_type("text/html; charset=utf-8").charset(), Some("utf-8"));
        assert_eq!(content_type("text/html;CHARSET = \"Shift_JIS\" ").charset(), Some("Shift_JIS"));
        assert_eq!(
            content_type("text/plain; a=\"x;charset=no\"; charset=koi8-r; b=1").charset(),
            Some("koi8-r")
        );
        assert_eq!(content_type("text/plain; flag; charset=gbk").charset(), Some("gbk"));
        assert_eq!(content_type("text/plain; charset=").charset(), None);
        assert_eq!(content_type("text/plain").charset(), None);
    }

    #[test]
    fn essence_is_lower_case_without_parameters() {
        assert_eq!(content_type("Text/HTML ; charset=x").essence().as_deref(), Some("text/html"));
        assert_eq!(content_type("*/*").essence(), None);
        assert_eq!(content_type("html").essence(), None);
        assert_eq!(content_type("").essence(), None);
    }

    #[test]
    fn reads_the_extension_from_the_last_path_segment() {
        let named = |name| Declared { content_type: None, name: Some(name) };
        assert_eq!(named("/a.b/README.MD?x=1.html#y.z").extension().as_deref(), Some("md"));
        assert_eq!(named("C:\\texts\\page.htm").extension().as_deref(), Some("htm"));
        assert_eq!(named("/v1.2/page").extension(), None);
    }
}
