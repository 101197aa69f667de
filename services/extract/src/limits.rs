//! How much one document may cost.
//!
//! Plain numbers with safe defaults; no environment, no files.

/// Bounds for one document. Going over one is an [`ExtractError`](crate::ExtractError), never a shorter text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that may be pushed: those of the document after any transfer or content coding was taken off.
    /// Default 200 MB.
    pub decoded_bytes: u64,
    /// Open elements inside each other. In HTML those only that carry a meaning of their own (a region, hidden,
    /// skipped, preformatted): others may nest as deep as they like. Default 512, where browsers stop too.
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
    /// Bytes of one line of subtitles or of a PO file, which is held until its end says what it is. Default 1 MiB.
    pub line_bytes: usize,
    /// Bytes that the parts of an archive may unpack to in all, those that are read. Default 200 MB.
    pub unpacked_bytes: u64,
    /// How many bytes a packed one may become, on the average of all parts read, once 1 MiB was unpacked. Default 200.
    pub unpacked_ratio: u64,
    /// Parts that an archive may have. Default 20 000.
    pub parts: usize,
    /// Pages that a PDF document may have. Default 20 000.
    pub pages: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            decoded_bytes: 200_000_000,
            depth: 512,
            html_memory_bytes: 1024 * 1024,
            markdown_bytes: 16 * 1024 * 1024,
            markdown_marks: 2 * 1024 * 1024,
            line_bytes: 1024 * 1024,
            unpacked_bytes: 200_000_000,
            unpacked_ratio: 200,
            parts: 20_000,
            pages: 20_000,
        }
    }
}
