//! Checks the examples and labels in DEFINITIONS.md.

use tally_count::{Definition, Options, count};

const PAGE: &str = include_str!("../DEFINITIONS.md");

#[test]
fn the_examples_have_correct_counts() {
    let mut lines = PAGE.lines().skip_while(|line| !line.starts_with("| text |"));
    let head: Vec<&str> = cells(lines.next().expect("the page has the table"));
    let names: Vec<_> = Definition::ALL.iter().map(|one| one.as_str()).collect();
    assert_eq!(head[1..], names);
    let rows: Vec<_> = lines.skip(1).take_while(|line| line.starts_with('|')).map(cells).collect();
    assert!(rows.len() > 5);
    for row in rows {
        let words = count(row[0], &Options::default()).words;
        let counted: Vec<_> = words.iter().map(|(_, words)| words.to_string()).collect();
        assert_eq!(row[1..], counted, "{}", row[0]);
    }
}

#[test]
fn the_page_has_every_definition_with_its_label() {
    for one in Definition::ALL {
        assert!(PAGE.contains(&format!("| `{one}`, `{}` |", one.versioned())), "{one}");
    }
}

/// The cells of a row, without backquotes.
fn cells(line: &str) -> Vec<&str> {
    let inner = line.trim_matches('|');
    inner.split(" | ").map(|cell| cell.trim().trim_matches('`')).collect()
}
