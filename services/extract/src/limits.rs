//! How much one document may cost.

/// Bounds for one document. Passing one is an [`ExtractError`](crate::ExtractError), never a shorter text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the document, after transfer and content codings are removed. Default 200 MB.
    pub decoded_bytes: u64,
    /// Nested elements. In HTML only those count that change the text's context (a region, hidden, skipped,
    /// preformatted); others may nest without limit. Default 512, where browsers stop too.
    pub depth: u32,
    /// Bytes that one attribute may hold in memory, such as `alt`. Text and other attributes need none. Default 1 MiB.
    pub html_memory_bytes: usize,
    /// Bytes of a Markdown text. It is held as a whole, because its last line may define a link. Default 16 MiB.
    pub markdown_bytes: usize,
    /// Punctuation and newlines in a Markdown text; the parser may need some 70 bytes for each. Default 2 Mi, which
    /// text full of links reaches at 10 MB and prose later.
    pub markdown_marks: usize,
    /// Bytes of one line of subtitles or of a PO file, which is held until it is complete. Default 1 MiB.
    pub line_bytes: usize,
    /// Bytes that all parts read from an archive may decompress to. Default 200 MB.
    pub unpacked_bytes: u64,
    /// Decompressed bytes per compressed byte, averaged over all parts read, once they exceed 1 MiB. Default 200.
    pub unpacked_ratio: u64,
    /// Parts of an archive. Default 20 000.
    pub parts: usize,
    /// Pages of a PDF document. Default 20 000.
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
