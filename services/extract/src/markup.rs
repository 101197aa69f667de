//! Recognises markup that is counted as plain text, for a warning.
//!
//! There is no reader for these formats, so their keys, tags and commands count like words. The declared type or the
//! name says which format it is, otherwise the look of the first bytes.

use crate::declared::Declared;

/// The name of the markup of a text that is read as plain text; `None` for prose and source code.
pub(crate) fn markup_of(head: &[u8], declared: &Declared<'_>) -> Option<&'static str> {
    let by_type = declared.essence().and_then(|essence| type_name(&essence));
    let by_name = || declared.extension().and_then(|extension| extension_name(&extension));
    by_type.or_else(by_name).or_else(|| look(&String::from_utf8_lossy(head)))
}

fn type_name(essence: &str) -> Option<&'static str> {
    let (_, subtype) = essence.split_once('/')?;
    Some(match subtype.strip_prefix("x-").unwrap_or(subtype) {
        "ipynb+json" => "a Jupyter notebook",
        "json" | "json5" | "ndjson" | "jsonl" | "jsonlines" | "json-seq" | "manifest+json" => "JSON",
        "yaml" => "YAML",
        "toml" => "TOML",
        "xml" | "xml-dtd" => "XML",
        "tex" | "latex" => "LaTeX",
        "rst" | "prs.fallenstein.rst" => "reStructuredText",
        "asciidoc" => "AsciiDoc",
        "org" => "Org",
        "wiki" => "wiki markup",
        "troff" => "troff",
        "rtf" | "richtext" | "enriched" => "enriched text",
        subtype if subtype.ends_with("+json") => "JSON",
        subtype if subtype.ends_with("+xml") => "XML",
        subtype if subtype.ends_with("+yaml") => "YAML",
        _ => return None,
    })
}

fn extension_name(extension: &str) -> Option<&'static str> {
    Some(match extension {
        "ipynb" => "a Jupyter notebook",
        "json" | "jsonl" | "ndjson" | "jsonc" | "json5" | "geojson" | "webmanifest" | "arb" | "har" => "JSON",
        "yaml" | "yml" => "YAML",
        "toml" => "TOML",
        "ini" | "properties" | "strings" => "a file of keys and values",
        "xml" | "rss" | "atom" | "svg" | "xsl" | "xslt" | "xsd" | "plist" | "resx" | "dita" | "ditamap"
        | "dbk" | "docbook" | "tei" | "nxml" | "fb2" | "kml" | "gpx" | "opml" | "ttml" | "dfxp" | "fods"
        | "fodp" => "XML",
        "tex" | "latex" | "ltx" => "LaTeX",
        "bib" => "BibTeX",
        "rst" => "reStructuredText",
        "adoc" | "asciidoc" => "AsciiDoc",
        "org" => "Org",
        "wiki" | "mediawiki" | "textile" => "wiki markup",
        _ => return None,
    })
}

fn look(head: &str) -> Option<&'static str> {
    let text = head.trim_start_matches('\u{FEFF}').trim_start();
    if is_json(text) {
        return Some(if text.contains("\"cell_type\"") { "a Jupyter notebook" } else { "JSON" });
    }
    if is_xml(text) {
        return Some(if text.starts_with("<?xml") || !is_html_like(text) { "XML" } else { "HTML" });
    }
    if text.contains("\\documentclass") || text.contains("\\begin{document}") {
        return Some("LaTeX");
    }
    let is_manual = [".TH ", ".Dd ", "'\\\" t\n.TH ", ".\\\" "].iter().any(|start| text.starts_with(start));
    if is_manual {
        return Some("troff");
    }
    is_yaml(text).then_some("YAML")
}

/// Whether the text consists of tokens of JSON, as far as it is here, and begins an object or an array.
fn is_json(text: &str) -> bool {
    if !text.starts_with(['{', '[']) {
        return false;
    }
    let mut rest = text;
    let mut strings = 0;
    while let Some(token) = rest.chars().next() {
        rest = match token {
            '"' => match end_of_string(&rest[1..]) {
                Some(end) => &rest[1 + end..],
                // The head ends in this string, unless a line does: strings have no line ends.
                None => return !rest.contains('\n'),
            },
            '{' | '}' | '[' | ']' | ':' | ',' | '-' | '+' | '.' | '0'..='9' | 'e' | 'E' => &rest[1..],
            token if token.is_ascii_whitespace() => rest.trim_start(),
            _ => {
                let literal = ["true", "false", "null"].iter().find(|literal| rest.starts_with(**literal));
                match literal {
                    Some(literal) => &rest[literal.len()..],
                    // The head may end in a literal.
                    None => {
                        return strings > 0 && ["tru", "fals", "nul"].iter().any(|cut| cut.starts_with(rest));
                    }
                }
            }
        };
        strings += usize::from(token == '"');
    }
    strings > 0
}

/// The index after the closing quotation mark.
fn end_of_string(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 1),
            b'\n' => return None,
            _ => {}
        }
    }
    None
}

/// Whether the text begins with a declaration or a tag of XML or HTML, and has an end tag.
fn is_xml(text: &str) -> bool {
    if text.starts_with("<?xml") || text.starts_with("<!DOCTYPE ") || text.starts_with("<!--") {
        return true;
    }
    let Some(tag) = text.strip_prefix('<') else { return false };
    let name_length = tag.find(|c: char| !(c.is_alphanumeric() || "_:.-".contains(c))).unwrap_or(tag.len());
    let (name, rest) = tag.split_at(name_length);
    let is_tag = name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && rest.starts_with(['>', '/', ' ', '\t', '\n', '\r']);
    is_tag && (rest.contains("</") || rest.contains("/>") || is_html_like(text))
}

/// Whether the first tag is one that HTML begins with.
fn is_html_like(text: &str) -> bool {
    const TAGS: [&str; 12] = ["p", "div", "span", "h1", "h2", "table", "ul", "br", "a", "b", "body", "head"];
    let name =
        text.trim_start_matches('<').split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    TAGS.iter().any(|tag| name.eq_ignore_ascii_case(tag))
}

/// Whether every complete line is one that YAML has, and one mapping or list is nested in another. A list of
/// remarks such as `Note: x` has no nesting.
fn is_yaml(text: &str) -> bool {
    let marked = text.starts_with("%YAML") || text.starts_with("---\n") || text.starts_with("---\r\n");
    let (mut keys, mut nested, mut after_parent) = (0, false, false);
    let complete = text.rfind('\n').map_or(text, |at| &text[..at]);
    for line in complete.lines().filter(|line| !line.trim().is_empty()) {
        let bare = line.trim_start();
        let indented = bare.len() < line.len();
        if bare.starts_with(['#', '%']) || line.trim_end() == "---" {
            continue;
        }
        let item = bare.strip_prefix("- ").or_else(|| (bare.trim_end() == "-").then_some(""));
        nested |= after_parent && (indented || item.is_some());
        let entry = item.unwrap_or(bare).trim_end();
        let key = entry.split_once(':').filter(|(key, value)| {
            let is_plain = key.chars().all(|c| c.is_alphanumeric() || "_-./\"'".contains(c));
            !key.is_empty() && is_plain && (value.is_empty() || value.starts_with(' '))
        });
        if key.is_none() && item.is_none() && !indented {
            return false;
        }
        keys += usize::from(key.is_some());
        after_parent = key.is_some_and(|(_, value)| matches!(value.trim(), "" | "|" | ">" | "|-" | ">-"));
    }
    keys >= 2 && (nested || marked)
}

#[cfg(test)]
mod tests;
