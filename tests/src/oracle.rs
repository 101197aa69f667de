//! Counts without Tally, to compare its results with.
//!
//! They are as simple as possible, and correct for the texts that the tests generate.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

/// The expected counts of a text of plain words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Words between white space.
    pub words: u64,
    /// Distinct words.
    pub unique_words: u64,
    /// Scalar values.
    pub characters: u64,
    /// Every word with its count.
    pub histogram: BTreeMap<String, u64>,
}

/// Counts a text of lower-case ASCII words, for which all definitions agree.
#[must_use]
pub fn count(text: &str) -> Expected {
    debug_assert!(text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_whitespace()));
    let mut histogram = BTreeMap::new();
    for word in text.split_ascii_whitespace() {
        *histogram.entry(word.to_owned()).or_insert(0) += 1;
    }
    Expected {
        words: histogram.values().sum(),
        unique_words: histogram.len() as u64,
        characters: text.chars().count() as u64,
        histogram,
    }
}

/// The result of `wc -w` on this machine. `None` if it is not GNU's, because Tally promises to agree with GNU's only.
#[must_use]
pub fn wc_words(bytes: &[u8]) -> Option<u64> {
    let version = Command::new("wc").arg("--version").output().ok()?;
    if !String::from_utf8_lossy(&version.stdout).contains("GNU coreutils") {
        return None;
    }
    let mut child = Command::new("wc")
        .arg("-w")
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let mut stdin = child.stdin.take()?;
    let bytes = bytes.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&bytes));
    let said = child.wait_with_output().ok()?;
    writer.join().ok()?.ok()?;
    String::from_utf8_lossy(&said.stdout).trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oracles_agree_with_each_other() {
        let text = crate::rng::SeededRng::new(1).text(500);
        let expected = count(&text);
        assert_eq!(expected.words, 500);
        assert!(expected.unique_words > 100);
        if let Some(words) = wc_words(text.as_bytes()) {
            assert_eq!(words, 500);
        }
    }
}
