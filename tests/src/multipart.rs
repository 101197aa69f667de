//! Bodies of `multipart/form-data`, written by hand so that a test can also write invalid ones.

/// A form.
#[derive(Clone, Debug, Default)]
pub struct Form {
    bytes: Vec<u8>,
}

/// The line between the parts.
const BOUNDARY: &str = "tally-tests-7f3b9c";

impl Form {
    /// An empty form.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With a field of text.
    #[must_use]
    pub fn field(self, name: &str, value: &str) -> Self {
        self.part(&format!("Content-Disposition: form-data; name=\"{name}\"\r\n"), value.as_bytes())
    }

    /// With a file in the field `file`.
    #[must_use]
    pub fn file(self, file_name: &str, media_type: &str, content: &[u8]) -> Self {
        let head = format!(
            "Content-Disposition: form-data; name=\"file\"; filename=\"{file_name}\"\r\nContent-Type: {media_type}\r\n"
        );
        self.part(&head, content)
    }

    /// With a part that has these header lines, each with its line end.
    #[must_use]
    pub fn part(mut self, head: &str, content: &[u8]) -> Self {
        self.bytes.extend_from_slice(format!("--{BOUNDARY}\r\n{head}\r\n").as_bytes());
        self.bytes.extend_from_slice(content);
        self.bytes.extend_from_slice(b"\r\n");
        self
    }

    /// The value of `Content-Type`.
    #[must_use]
    pub fn content_type() -> String {
        format!("multipart/form-data; boundary={BOUNDARY}")
    }

    /// The body with its closing line.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        self.bytes.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        self.bytes
    }

    /// The body without its closing line.
    #[must_use]
    pub fn cut_short(self) -> Vec<u8> {
        self.bytes
    }
}
