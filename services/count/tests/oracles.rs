//! What the oracles said of small texts, one for each class of difference: checked without them.
//!
//! `oracles.tsv` holds a line for each: definition, text, our words, the oracle's, and the class where they differ.
//! `make test-oracles` asks the oracles about the same lines.

use tally_count::{Definition, Options, count};

const SAID: &str = include_str!("oracles.tsv");

#[test]
fn what_the_oracles_said() {
    let lines: Vec<Vec<&str>> = SAID.lines().map(|line| line.split('\t').collect()).collect();
    assert!(lines.len() > 20, "{}", lines.len());
    for line in lines {
        let [definition, text, ours, theirs, class] = line[..] else { panic!("{line:?}") };
        let definition: Definition = definition.parse().expect("a definition");
        let words = count(&unescaped(text), &Options::default()).words.get(definition);
        assert_eq!(words.to_string(), ours, "{definition} of {text}");
        assert_eq!(ours == theirs, class.is_empty(), "a difference has a class: {text}");
    }
}

/// The text with `\u{…}` read.
fn unescaped(text: &str) -> String {
    let mut parts = text.split("\\u{");
    let mut made = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_once('}').expect("an escape ends");
        let code = u32::from_str_radix(code, 16).expect("an escape is a number");
        made.push(char::from_u32(code).expect("an escape is a character"));
        made.push_str(rest);
    }
    made
}
