//! How much one document may cost.
//!
//! Plain numbers with safe defaults; no environment, no files.

/// Bounds for one document. Going over one is an [`ExtractError`](crate::ExtractError), never a shorter text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that may be pushed: those of the document after any transfer or content coding was taken off.
    /// Default 200 MB.
    pub decoded_bytes: u64,
    /// Open elements that carry a meaning of their own (a region, hidden, skipped, preformatted) inside each other.
    /// Elements without one may nest as deep as they like. Default 512, where browsers stop too.
    pub depth: u32,
    /// Bytes that one piece of markup may hold in memory: an attribute that is read, such as `alt`.
    /// Attributes that are not read, and text, take none. Default 1 MiB.
    pub html_memory_bytes: usize,
    /// Bytes of a Markdown text, which has to be held whole because a reference may be defined on its last line.
    /// Default 16 MiB.
    pub markdown_bytes: usize,
    /// Punctuation and newlines in a Markdown text, each of which the parser may need some 70 bytes for. Default 2 Mi,
    /// which text full of links reaches at 10 MB and ordinary prose later.
    pub markdown_marks: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            decoded_bytes: 200_000_000,
            depth: 512,
            html_memory_bytes: 1024 * 1024,
            markdown_bytes: 16 * 1024 * 1024,
            markdown_marks: 2 * 1024 * 1024,
        }
    }
}
