//! Counts many texts in one process, to compare with other programs (`make test-oracles`).
//!
//! Each text on standard input follows a line with its length in bytes. The first line of the output lists the labels of
//! [`Definition::ALL`]. Each further line has the words of one text by these definitions.

use std::error::Error;
use std::io::{BufRead, Read, Write};

use tally_count::{Definition, Options, UNDECODED, count};

fn main() -> Result<(), Box<dyn Error>> {
    let mut input = std::io::stdin().lock();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let labels: Vec<_> = Definition::ALL.iter().map(|one| one.versioned()).collect();
    writeln!(out, "{}", labels.join(" "))?;
    let options = Options::default();
    let (mut length, mut bytes) = (String::new(), Vec::new());
    while input.read_line(&mut length)? > 0 {
        bytes.resize(length.trim_end().parse()?, 0);
        input.read_exact(&mut bytes)?;
        let words = count(&decoded(&bytes), &options).words;
        let numbers: Vec<_> = words.iter().map(|(_, words)| words.to_string()).collect();
        writeln!(out, "{}", numbers.join(" "))?;
        length.clear();
    }
    Ok(())
}

/// Decodes UTF-8 as the extractor does.
fn decoded(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend((!chunk.invalid().is_empty()).then_some(UNDECODED));
    }
    text
}
