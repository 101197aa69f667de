//! Compares the `ascii` definition with `grep`.

use std::io::Write;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use tally_count::{Definition, Options, count};

fn ours(text: &str) -> u64 {
    count(text, &Options::default()).words.get(Definition::Ascii)
}

/// The number of runs that `grep` finds; `None` if there is no `grep`.
fn theirs(text: &str) -> Option<u64> {
    let mut grep = Command::new("grep")
        .args(["-aoE", "[A-Za-z]+"])
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let mut input = grep.stdin.take()?;
    let output = std::thread::scope(|scope| {
        scope.spawn(move || input.write_all(text.as_bytes()));
        grep.wait_with_output()
    });
    Some(output.ok()?.stdout.iter().filter(|byte| **byte == b'\n').count() as u64)
}

#[test]
fn known_texts_equal_grep() {
    for (text, words) in [("can't", 2), ("caf\u{e9}s", 2), ("3.14", 0), ("a1b\u{0}c", 3), ("", 0)] {
        assert_eq!(ours(text), words, "{text:?}");
        assert_eq!(theirs(text).unwrap_or(words), words, "{text:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn random_texts_equal_grep(text in "([a-zA-Z0-9 .,'\\-_\n\r\t\u{e9}\u{4e00}@\\[`{]|\\PC){0,400}") {
        prop_assert_eq!(ours(&text), theirs(&text).unwrap_or_else(|| ours(&text)));
    }
}
