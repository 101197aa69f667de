//! Checks one small text for each class of difference from an oracle, without running the oracle.
//!
//! Each line of `oracles.tsv` has a definition, a text, our count, the oracle's count, and the class if the counts
//! differ. `make test-oracles` compares the same lines with the oracles.

use tally_count::{Definition, Options, count};

const CASES: &str = include_str!("oracles.tsv");

#[test]
fn counts_the_kept_texts_of_the_oracles() {
    let lines: Vec<Vec<&str>> = CASES.lines().map(|line| line.split('\t').collect()).collect();
    assert!(lines.len() > 20, "{}", lines.len());
    for line in lines {
        let [definition, text, ours, theirs, class] = line[..] else { panic!("{line:?}") };
        let definition: Definition = definition.parse().expect("a definition");
        let words = count(&unescaped(text), &Options::default()).words.get(definition);
        assert_eq!(words.to_string(), ours, "{definition} of {text}");
        assert_eq!(ours == theirs, class.is_empty(), "a difference has a class: {text}");
    }
}

/// `text` with each `\u{…}` replaced by its character.
fn unescaped(text: &str) -> String {
    let mut parts = text.split("\\u{");
    let mut unescaped = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_once('}').expect("an escape ends");
        let code = u32::from_str_radix(code, 16).expect("an escape is a number");
        unescaped.push(char::from_u32(code).expect("an escape is a character"));
        unescaped.push_str(rest);
    }
    unescaped
}
