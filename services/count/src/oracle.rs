//! Test data: characters of every class, random texts of them, and Unicode's own test cases.
//!
//! The oracle is the crate unicode-segmentation, an independent implementation. Its source contains
//! Unicode's test cases.

use std::path::PathBuf;
use std::process::Command;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// Characters of every class of every rule, and some special cases.
#[rustfmt::skip]
pub(crate) const SAMPLES: &[char] = &[
    '\r', '\n', '\t', '\u{b}', '\u{85}', '\u{2028}', ' ', '\u{a0}', '\u{3000}', '\u{2003}',
    '\0', '\u{200b}', '\u{ad}', '\u{2060}', '\u{200d}', '\u{200c}', '\u{300}', '\u{5b0}', '\u{903}',
    '\u{94d}', '\u{1f3fb}', '\u{fe0f}', '\u{3099}', '\u{600}', '\u{1f1e6}', '\u{1100}', '\u{1161}',
    '\u{11a8}', '가', '각', 'a', 'A', 'ß', 'İ', 'ª', 'д', 'א', 'ش', 'क', 'カ', 'ー', 'ひ', '漢', '々',
    'ก', 'ำ', 'ກ', 'ក', 'က', '1', '٣', '½', '_', '\'', '’', '"', '.', '․', ':', '·', ',', ';', '!',
    '?', '。', '…', '-', '/', '(', ')', '»', '\u{24c2}', '😀', '©', '\u{378}', '\u{e000}', '\u{10ffff}',
];

/// Random texts: mixed samples, prose, and scripts without spaces.
pub(crate) fn texts() -> impl Strategy<Value = String> {
    let sample = select(SAMPLES).prop_map(String::from);
    let spaced = prop_oneof![3 => sample, 1 => Just(" ".to_owned()), 1 => "[a-zA-Z]{1,20}"];
    let mixed = vec(spaced, 0..40).prop_map(|parts| parts.concat());
    let prose = "([A-Za-z]{1,9}('[a-z]|[.,;!?]|\\.[0-9])? {1,2}|\n|\r\n){0,40}";
    prop_oneof![3 => mixed, 1 => prose, 1 => "[ぁ-んァ-ン一-龥ก-๛。、 ]{0,60}", 1 => "\\PC{0,60}"]
}

/// The test strings under `name` in Unicode's test data, each with its expected segments.
pub(crate) fn unicode_data(name: &str) -> Vec<(String, Vec<String>)> {
    let path = oracle_source().join("tests/testdata/mod.rs");
    let source = std::fs::read_to_string(&path).expect("the oracle crate carries its test data");
    let start = source.find(&format!("{name}: ")).expect("the data has this name");
    let body = &source[start..];
    let body = &body[..body.find("];\n").expect("the list ends")];
    let body = &body[body.find("= &[").expect("the list starts")..];
    body.split("(\"").skip(1).map(|entry| parsed(&format!("\"{entry}"))).collect()
}

/// The first string of an entry, and the strings of the list after it.
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

/// The string literal up to the closing quote, and the source after it.
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

/// Whether the oracle may violate the word break rules in `text`. It loses its state at a pictograph
/// after a joiner: it splits `\u{200d}\u{24c2}a` (against WB5) and does not split
/// `a.\u{200d}\u{1f600}` (against WB6). Perl's `\b{wb}` agrees with this crate on both.
pub(crate) fn oracle_errs(text: &str) -> bool {
    let pictographs = ['\u{24c2}', '\u{1f600}', '\u{a9}'];
    text.split('\u{200d}').skip(1).any(|rest| rest.starts_with(pictographs))
}

/// The folder of the oracle crate's source.
fn oracle_source() -> PathBuf {
    const NAME: &str = "/unicode-segmentation-";
    let mut cargo = Command::new(env!("CARGO"));
    // Without --offline: metadata covers the packages of all platforms, and a new machine has only its own.
    let output = cargo.args(["metadata", "--format-version=1", "--locked"]).output();
    let metadata = String::from_utf8(output.expect("cargo runs in its own tests").stdout);
    let metadata = metadata.expect("metadata is UTF-8");
    let name = metadata.find(NAME).expect("the oracle crate is a dependency") + NAME.len();
    let end = name + metadata[name..].find('/').expect("a crate is a folder");
    let start = metadata[..end].rfind('"').expect("a path is a string") + 1;
    PathBuf::from(&metadata[start..end])
}
