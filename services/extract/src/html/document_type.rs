//! The document type of an XHTML page: skipped, except for the entities that it declares.
//!
//! An entity is replaced only if its text is short and plain. Nothing is expanded inside an entity, and nothing is
//! fetched.

/// How much of the declarations is kept, and how long one entity and all replaced ones may be, in bytes.
const MAX_DECLARATIONS: usize = 16 * 1024;
const MAX_ENTITY: usize = 1024;
const MAX_REPLACED: usize = 1024 * 1024;

/// Characters that XML itself names.
const PREDEFINED: [&str; 5] = ["amp;", "lt;", "gt;", "quot;", "apos;"];

#[derive(Debug, Default)]
pub(super) struct DocumentType {
    /// The declarations between the square brackets, without comments.
    declarations: Vec<u8>,
    /// Inside the square brackets.
    in_subset: bool,
    quote: Option<u8>,
    /// Inside a comment or a processing instruction, and how that ends.
    skipped_to: Option<&'static [u8]>,
    /// The last bytes, to find the starts and ends of comments.
    last: [u8; 4],
    entities: Vec<(String, String)>,
    replaced: usize,
}

impl DocumentType {
    /// Takes a byte after `<!DOCTYPE`. Returns whether it is the last one.
    pub(super) fn push(&mut self, byte: u8) -> bool {
        self.last = [self.last[1], self.last[2], self.last[3], byte];
        if let Some(end) = self.skipped_to {
            if self.last.ends_with(end) {
                self.skipped_to = None;
            }
            return false;
        }
        if self.quote.is_some() {
            if self.quote == Some(byte) {
                self.quote = None;
            }
            self.keep(byte);
            return false;
        }
        match byte {
            b'"' | b'\'' => self.quote = Some(byte),
            b'[' => self.in_subset = true,
            b']' => self.in_subset = false,
            b'>' if !self.in_subset => {
                self.entities = entities(&String::from_utf8_lossy(&self.declarations));
                return true;
            }
            b'-' if self.last == *b"<!--" => self.skip_to(b"-->"),
            b'?' if self.last.ends_with(b"<?") => self.skip_to(b"?>"),
            _ => {}
        }
        self.keep(byte);
        false
    }

    fn skip_to(&mut self, end: &'static [u8]) {
        self.skipped_to = Some(end);
        self.last = [0; 4];
    }

    fn keep(&mut self, byte: u8) {
        if self.in_subset && self.declarations.len() < MAX_DECLARATIONS {
            self.declarations.push(byte);
        }
    }

    /// The text of an entity; empty if it is unknown, or if too much was replaced already.
    pub(super) fn text_of(&mut self, name: &str) -> &str {
        let known = self.entities.iter().find(|(known, _)| known == name);
        let text = known.map_or("", |(_, text)| text.as_str());
        self.replaced += text.len();
        if self.replaced > MAX_REPLACED { "" } else { text }
    }
}

/// The names and texts of the entities that are declared as short plain text. The first declaration counts.
fn entities(declarations: &str) -> Vec<(String, String)> {
    let declared = declarations.split("<!ENTITY").skip(1);
    declared.filter_map(entity).collect()
}

fn entity(declaration: &str) -> Option<(String, String)> {
    let (name, value) = declaration.trim_start().split_once(|sign: char| sign.is_ascii_whitespace())?;
    let value = value.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let (value, _) = value[1..].split_once(quote)?;
    (value.len() <= MAX_ENTITY && is_plain(value))
        .then(|| (name.to_owned(), htmlize::unescape(value).into_owned()))
}

/// Whether a text has no tags, and no references except to characters.
fn is_plain(value: &str) -> bool {
    let mut references = value.split('&').skip(1);
    let is_character =
        |text: &str| text.starts_with('#') || PREDEFINED.iter().any(|one| text.starts_with(one));
    !value.contains('<') && references.all(is_character)
}

#[cfg(test)]
mod tests {
    use super::DocumentType;

    /// Reads a document type, then the entity `e`. Also returns what follows the document type.
    fn read(text: &str) -> (String, &str) {
        let mut document_type = DocumentType::default();
        let end = text.bytes().position(|byte| document_type.push(byte));
        (document_type.text_of("e").to_owned(), end.map_or("", |end| &text[end + 1..]))
    }

    #[test]
    fn ends_after_the_declarations() {
        for text in [
            " html>x",
            " html PUBLIC '-//W3C//DTD XHTML 1.1//EN' \"a>b\">x",
            " html []>x",
            " html [<!ENTITY a 'x]>'> <!-- ]> ' --> <?p ]> \"?> <!ELEMENT p ANY>] >x",
        ] {
            assert_eq!(read(text).1, "x", "{text}");
        }
    }

    #[test]
    fn knows_the_entities_that_are_short_plain_text() {
        let long = format!(" html [<!ENTITY e '{}'>]>", "x".repeat(1025));
        for (text, expected) in [
            (" html [<!ENTITY e 'big world'>]>", "big world"),
            (
                " html [<!ENTITY d 'x'>\n<!ENTITY e \"caf&#233; &amp; 'b'\"><!ENTITY e 'y'>]>",
                "caf\u{e9} & 'b'",
            ),
            (" html [<!ENTITY e '&d;&d;'>]>", ""),
            (" html [<!ENTITY e '<b>x</b>'>]>", ""),
            (" html [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>", ""),
            (" html [<!ENTITY % e 'x'>]>", ""),
            (" html [<!-- <!ENTITY e 'x'> -->]>", ""),
            (&long, ""),
        ] {
            assert_eq!(read(text).0, expected, "{text}");
        }
    }

    #[test]
    fn limits_what_is_replaced() {
        let mut document_type = DocumentType::default();
        let text = format!(" html [<!ENTITY e '{}'>]>", "x".repeat(1024));
        assert!(text.bytes().any(|byte| document_type.push(byte)));
        let replaced: usize = (0..5000).map(|_| document_type.text_of("e").len()).sum();
        assert_eq!(replaced, 1024 * 1024);
    }
}
