//! Separates the settings block (front matter) at the very front of a Markdown text from the text.
//!
//! CommonMark has no front matter: `---` is a thematic break or underlines a heading. So a block is one only if its
//! fence is the first line, a second fence closes it, and its lines look like settings. Everything else is text.

/// The settings between the fences, and the text after them. Without front matter the first is empty.
pub(super) fn split(text: &str) -> (&str, &str) {
    let text = text.trim_start_matches('\u{FEFF}');
    block(text).unwrap_or(("", text))
}

fn block(text: &str) -> Option<(&str, &str)> {
    let (fence, settings) = split_line(text);
    let syntax = match fence.trim_end() {
        "---" => SettingsSyntax::Yaml,
        "+++" => SettingsSyntax::Toml,
        _ => return None,
    };
    let mut rest = settings;
    let mut lines = YamlLines::default();
    let mut first = true;
    while !rest.is_empty() {
        let before = settings.len() - rest.len();
        let (line, next) = split_line(rest);
        if syntax.closes(line.trim_end()) {
            let has_settings = lines.has_key || matches!(syntax, SettingsSyntax::Toml) && !first;
            return has_settings.then_some((&settings[..before], next));
        }
        let fits = match syntax {
            SettingsSyntax::Toml => !first || is_toml(line),
            SettingsSyntax::Yaml => lines.accept(line),
        };
        if !fits {
            return None;
        }
        first = false;
        rest = next;
    }
    None
}

#[derive(Clone, Copy)]
enum SettingsSyntax {
    Yaml,
    Toml,
}

impl SettingsSyntax {
    fn closes(self, line: &str) -> bool {
        match self {
            Self::Yaml => line == "---" || line == "...",
            Self::Toml => line == "+++",
        }
    }
}

/// Checks line by line whether a text is a YAML mapping.
#[derive(Default)]
struct YamlLines {
    has_key: bool,
}

impl YamlLines {
    fn accept(&mut self, line: &str) -> bool {
        let indented = line.starts_with([' ', '\t']);
        let line = line.trim_end();
        let is_blank = line.trim_start().is_empty();
        if line.starts_with('#') {
            return true;
        }
        if self.has_key {
            // What belongs to a key before it: an indented value, an item, the end of a list in brackets.
            let is_item = line == "-" || line.starts_with("- ");
            return is_blank || indented || is_item || line.starts_with([']', '}']) || is_key(line);
        }
        // A thematic break has an empty line after it more often than a settings block.
        self.has_key = !indented && !is_blank && is_key(line);
        self.has_key
    }
}

/// Whether the line has a key: `title: A day`, `"og:title": x`, `tags:`. A key has at most three words.
fn is_key(line: &str) -> bool {
    let name_length = match line.chars().next() {
        Some(quote @ ('"' | '\'')) => line[1..].find(quote).map(|at| at + 2),
        _ => line.find(": ").or_else(|| line.strip_suffix(':').map(str::len)),
    };
    let Some(length) = name_length.filter(|length| *length > 0) else { return false };
    let (name, rest) = line.split_at(length);
    let plain = name.chars().all(|c| c.is_alphanumeric() || " \"'_-./$@:".contains(c));
    plain && name.split(' ').count() <= 3 && (rest == ":" || rest.starts_with(": "))
}

/// Whether the line may begin a TOML document: `[table]`, `key = value`, a comment.
fn is_toml(line: &str) -> bool {
    let line = line.trim();
    let is_table = line.starts_with('[') && line.ends_with(']');
    let is_setting = line.split_once('=').is_some_and(|(key, _)| {
        let key = key.trim();
        !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || "_-.\"'".contains(c))
    });
    line.starts_with('#') || is_table || is_setting
}

/// The first line, without its line end, and the text after it.
fn split_line(text: &str) -> (&str, &str) {
    let Some(at) = memchr::memchr2(b'\n', b'\r', text.as_bytes()) else { return (text, "") };
    let (line, rest) = text.split_at(at);
    (line, rest.strip_prefix("\r\n").unwrap_or_else(|| &rest[1..]))
}
