//! What the tests measure the rules by: one character of every class, texts made of them, and
//! Unicode's own test data as the oracle crate carries it.

use std::path::PathBuf;
use std::process::Command;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// Characters of every class of every rule, and some that stand between classes.
#[rustfmt::skip]
pub(crate) const SAMPLES: &[char] = &[
    '\r', '\n', '\t', '\u{b}', '\u{85}', '\u{2028}', ' ', '\u{a0}', '\u{3000}', '\u{2003}',
    '\0', '\u{200b}', '\u{ad}', '\u{2060}', '\u{200d}', '\u{200c}', '\u{300}', '\u{5b0}', '\u{903}',
    '\u{94d}', '\u{1f3fb}', '\u{fe0f}', '\u{3099}', '\u{600}', '\u{1f1e6}', '\u{1100}', '\u{1161}',
    '\u{11a8}', '가', '각', 'a', 'A', 'ß', 'İ', 'ª', 'д', 'א', 'ش', 'क', 'カ', 'ー', 'ひ', '漢', '々',
    'ก', 'ำ', 'ກ', 'ក', 'က', '1', '٣', '½', '_', '\'', '’', '"', '.', '․', ':', '·', ',', ';', '!',
    '?', '。', '…', '-', '/', '(', ')', '»', '\u{24c2}', '😀', '©', '\u{378}', '\u{e000}', '\u{10ffff}',
];

/// Texts of sample characters, of letters of two cases and of plain prose.
pub(crate) fn texts() -> impl Strategy<Value = String> {
    let sample = select(SAMPLES).prop_map(String::from);
    let spaced = prop_oneof![3 => sample, 1 => Just(" ".to_owned()), 1 => "[a-zA-Z]{1,20}"];
    let mixed = vec(spaced, 0..40).prop_map(|parts| parts.concat());
    let prose = "([A-Za-z]{1,9}('[a-z]|[.,;!?]|\\.[0-9])? {1,2}|\n|\r\n){0,40}";
    prop_oneof![3 => mixed, 1 => prose, 1 => "[ぁ-んァ-ン一-龥ก-๛。、 ]{0,60}", 1 => "\\PC{0,60}"]
}

/// Strings of Unicode's test data under this name, with where they are cut.
pub(crate) fn unicode_data(name: &str) -> Vec<(String, Vec<String>)> {
    let path = oracle_source().join("tests/testdata/mod.rs");
    let source = std::fs::read_to_string(&path).expect("the oracle crate carries its test data");
    let start = source.find(&format!("{name}: ")).expect("the data has this name");
    let body = &source[start..];
    let body = &body[..body.find("];\n").expect("the list ends")];
    let body = &body[body.find("= &[").expect("the list starts")..];
    body.split("(\"").skip(1).map(|entry| parsed(&format!("\"{entry}"))).collect()
}

/// The string that an entry starts with and the strings of the list behind it.
fn parsed(entry: &str) -> (String, Vec<String>) {
    let mut strings = Vec::new();
    let mut rest = entry;
    while let Some(start) = rest.find('"') {
        let (string, after) = literal(&rest[start + 1..]);
        strings.push(string);
        rest = after;
    }
    (strings.remove(0), strings)
}

/// The string literal that ends at the first quote that is not escaped, and what stands behind it.
fn literal(source: &str) -> (String, &str) {
    let mut string = String::new();
    let mut rest = source;
    loop {
        if let Some(after) = rest.strip_prefix("\\u{") {
            let end = after.find('}').expect("an escape ends");
            let code = u32::from_str_radix(&after[..end], 16).expect("an escape is a number");
            string.push(char::from_u32(code).expect("an escape is a character"));
            rest = &after[end + 1..];
        } else if let Some(after) = rest.strip_prefix('"') {
            return (string, after);
        } else {
            let character = rest.chars().next().expect("a literal ends");
            string.push(character);
            rest = &rest[character.len_utf8()..];
        }
    }
}

/// Whether the oracle may cut a text otherwise than the rules do: before a pictograph behind a joiner
/// it forgets the rest of the state, so that `\u{200d}\u{24c2}a` comes apart (against WB5) and
/// `a.\u{200d}\u{1f600}` does not (against WB6). Perl's `\b{wb}` cuts both as we do.
pub(crate) fn oracle_errs(text: &str) -> bool {
    let pictographs = ['\u{24c2}', '\u{1f600}', '\u{a9}'];
    text.split('\u{200d}').skip(1).any(|rest| rest.starts_with(pictographs))
}

/// Where cargo keeps the source of the oracle crate.
fn oracle_source() -> PathBuf {
    const NAME: &str = "/unicode-segmentation-";
    let mut cargo = Command::new(env!("CARGO"));
    // Not offline: it asks for the packages of all platforms, of which a new machine has only its own.
    let told = cargo.args(["metadata", "--format-version=1", "--locked"]).output();
    let metadata = String::from_utf8(told.expect("cargo runs in its own tests").stdout);
    let metadata = metadata.expect("metadata is UTF-8");
    let name = metadata.find(NAME).expect("the oracle crate is a dependency") + NAME.len();
    let end = name + metadata[name..].find('/').expect("a crate is a folder");
    let start = metadata[..end].rfind('"').expect("a path is a string") + 1;
    PathBuf::from(&metadata[start..end])
}
