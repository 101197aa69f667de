//! Splits text into lines, for formats in which the start of a line says what it is.
//!
//! Holds at most one line. Does not interpret lines.

use crate::error::ExtractError;

/// Collects lines from text that arrives in pieces.
#[derive(Debug)]
pub(crate) struct LineSplitter {
    held: String,
    /// The last line ended with a carriage return; a newline right after it belongs to the same line end.
    after_carriage_return: bool,
    limit: usize,
    /// What the lines are part of, for error messages.
    what: &'static str,
}

impl LineSplitter {
    /// A splitter for lines of at most `limit` bytes.
    pub(crate) fn new(limit: usize, what: &'static str) -> Self {
        Self { held: String::new(), after_carriage_return: false, limit, what }
    }

    /// Passes every line that ends in `text` to `line`, without its line end.
    pub(crate) fn push(
        &mut self,
        text: &str,
        mut line: impl FnMut(&str) -> Result<(), ExtractError>,
    ) -> Result<(), ExtractError> {
        let mut rest = text;
        if !rest.is_empty() && std::mem::take(&mut self.after_carriage_return) {
            rest = rest.strip_prefix('\n').unwrap_or(rest);
        }
        while let Some(at) = memchr::memchr2(b'\n', b'\r', rest.as_bytes()) {
            let (before, behind) = rest.split_at(at);
            if self.held.is_empty() {
                line(before)?;
            } else {
                self.hold(before)?;
                line(&std::mem::take(&mut self.held))?;
            }
            rest = &behind[1..];
            if behind.starts_with('\r') {
                self.after_carriage_return = rest.is_empty();
                rest = rest.strip_prefix('\n').unwrap_or(rest);
            }
        }
        self.hold(rest)
    }

    /// Passes on a last line without a line end.
    pub(crate) fn finish(
        &mut self,
        mut line: impl FnMut(&str) -> Result<(), ExtractError>,
    ) -> Result<(), ExtractError> {
        let last = std::mem::take(&mut self.held);
        if last.is_empty() { Ok(()) } else { line(&last) }
    }

    fn hold(&mut self, text: &str) -> Result<(), ExtractError> {
        if self.held.len() + text.len() > self.limit {
            return Err(ExtractError::TooComplex { what: self.what, limit_bytes: self.limit });
        }
        self.held.push_str(text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::LineSplitter;

    fn cut(pieces: &[&str]) -> Vec<String> {
        let mut found = Vec::new();
        let mut lines = LineSplitter::new(8, "a line");
        let mut take = |line: &str| {
            found.push(line.to_owned());
            Ok(())
        };
        for piece in pieces {
            lines.push(piece, &mut take).expect("short lines");
        }
        lines.finish(&mut take).expect("short lines");
        found
    }

    #[test]
    fn every_kind_of_line_end_ends_one_line() {
        assert_eq!(cut(&["a\nb\r\nc\rd"]), ["a", "b", "c", "d"]);
        assert_eq!(cut(&["a\r", "\nb\r", "c\n", "\nd"]), ["a", "b", "c", "", "d"]);
        assert_eq!(cut(&["a", "b\n", "", "c"]), ["ab", "c"]);
    }

    #[test]
    fn rejects_a_line_over_the_limit() {
        let mut lines = LineSplitter::new(8, "a line");
        assert!(lines.push("12345678", |_| Ok(())).is_ok());
        let error = lines.push("9", |_| Ok(())).expect_err("too long");
        assert_eq!(error.code(), "document_too_complex");
    }
}
