//! Reads parts of a ZIP archive, decompressed on the fly within limits.
//!
//! The declared sizes are not trusted: bytes are counted as they arrive.

use std::io::{self, Cursor, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use crate::error::ExtractError;
use crate::limits::Limits;

/// Below this size the compression ratio is not checked.
const RATIO_CHECK_BYTES: u64 = 1024 * 1024;

pub(crate) struct ZipReader<'d> {
    zip: ZipArchive<Cursor<&'d [u8]>>,
    format: &'static str,
    limits: Limits,
    /// The size of the archive in bytes.
    size: u64,
    /// The sizes of all parts opened so far.
    compressed: u64,
    decompressed: u64,
}

impl<'d> ZipReader<'d> {
    /// Opens an archive. `format` is the name of the document's format.
    pub(crate) fn open(
        document: &'d [u8],
        format: &'static str,
        limits: Limits,
    ) -> Result<Self, ExtractError> {
        let zip = ZipArchive::new(Cursor::new(document)).map_err(|error| open_error(format, &error))?;
        if zip.len() > limits.parts {
            return Err(ExtractError::TooMany { what: "parts", limit: limits.parts as u64 });
        }
        let size = document.len() as u64;
        Ok(Self { zip, format, limits, size, compressed: 0, decompressed: 0 })
    }

    pub(crate) const fn format(&self) -> &'static str {
        self.format
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.zip.index_for_name(name).is_some()
    }

    /// Opens the part with this name; `None` if it does not exist.
    pub(crate) fn part(&mut self, name: &str) -> Result<Option<impl Read>, ExtractError> {
        let Some(index) = self.zip.index_for_name(name) else { return Ok(None) };
        let part = self.zip.by_index(index).map_err(|error| open_error(self.format, &error))?;
        self.compressed = self.compressed.saturating_add(part.compressed_size().min(self.size));
        Ok(Some(BoundedPart {
            part,
            compressed: self.compressed,
            limits: self.limits,
            decompressed: &mut self.decompressed,
        }))
    }
}

fn open_error(format: &'static str, error: &ZipError) -> ExtractError {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) | ZipError::InvalidPassword => {
            ExtractError::Encrypted { format }
        }
        error => ExtractError::Broken { format, reason: error.to_string() },
    }
}

/// Counts the bytes that a part decompresses to.
struct BoundedPart<'a, R> {
    part: R,
    compressed: u64,
    limits: Limits,
    decompressed: &'a mut u64,
}

impl<R: Read> Read for BoundedPart<'_, R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let read = self.part.read(to)?;
        *self.decompressed = self.decompressed.saturating_add(read as u64);
        let by_ratio = self.compressed.saturating_mul(self.limits.unpacked_ratio).max(RATIO_CHECK_BYTES);
        if *self.decompressed > self.limits.unpacked_bytes {
            let (what, limit) = ("bytes after decompression", self.limits.unpacked_bytes);
            return Err(io::Error::other(ExtractError::TooMany { what, limit }));
        }
        if *self.decompressed > by_ratio {
            let (what, limit) = ("decompressed bytes per compressed byte", self.limits.unpacked_ratio);
            return Err(io::Error::other(ExtractError::TooMany { what, limit }));
        }
        Ok(read)
    }
}

/// The name of the part that `target` refers to in the part `from`: relative to its folder, or absolute with a leading
/// slash.
pub(crate) fn resolve(from: &str, target: &str) -> String {
    let target = target.split(['#', '?']).next().unwrap_or_default();
    let mut folders: Vec<&str> = match target.starts_with('/') {
        true => Vec::new(),
        false => from.split('/').collect(),
    };
    folders.pop();
    for step in target.split('/') {
        match step {
            "" | "." => {}
            ".." => drop(folders.pop()),
            name => folders.push(name),
        }
    }
    folders.join("/")
}

#[cfg(test)]
mod tests {
    use super::resolve;

    #[test]
    fn resolves_targets_against_the_referring_part() {
        assert_eq!(resolve("word/document.xml", "header1.xml"), "word/header1.xml");
        assert_eq!(resolve("word/document.xml", "/docProps/core.xml"), "docProps/core.xml");
        assert_eq!(resolve("OEBPS/text/book.opf", "../images/./a.xhtml#part"), "OEBPS/images/a.xhtml");
        assert_eq!(resolve("book.opf", "../../a.xhtml"), "a.xhtml");
        assert_eq!(resolve("", "word/document.xml"), "word/document.xml");
    }
}
