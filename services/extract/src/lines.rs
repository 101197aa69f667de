//! Text cut into its lines, for formats in which a line's start says what it is.
//!
//! Holds one line at most; knows nothing of what lines mean.

use crate::failure::ExtractError;

/// Collects lines from pieces of text that may be cut anywhere.
#[derive(Debug)]
pub(crate) struct Lines {
    held: String,
    /// A newline that comes next belongs to the carriage return before it.
    returned: bool,
    limit: usize,
    /// What the lines are part of, for the sentence that refuses one.
    what: &'static str,
}

impl Lines {
    /// Lines of at most `limit` bytes.
    pub(crate) fn new(limit: usize, what: &'static str) -> Self {
        Self { held: String::new(), returned: false, limit, what }
    }

    /// Hands every line that `text` ends to `line`, without its end.
    pub(crate) fn push(
        &mut self,
        text: &str,
        mut line: impl FnMut(&str) -> Result<(), ExtractError>,
    ) -> Result<(), ExtractError> {
        let mut rest = text;
        if !rest.is_empty() && std::mem::take(&mut self.returned) {
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
                self.returned = rest.is_empty();
                rest = rest.strip_prefix('\n').unwrap_or(rest);
            }
        }
        self.hold(rest)
    }

    /// Hands over a last line without an end.
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
    use super::Lines;

    fn cut(pieces: &[&str]) -> Vec<String> {
        let mut found = Vec::new();
        let mut lines = Lines::new(8, "a line");
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
    fn a_line_that_never_ends_is_refused() {
        let mut lines = Lines::new(8, "a line");
        assert!(lines.push("12345678", |_| Ok(())).is_ok());
        let error = lines.push("9", |_| Ok(())).expect_err("too long");
        assert_eq!(error.code(), "document_too_complex");
    }
}
