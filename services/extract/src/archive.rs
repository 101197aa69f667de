//! The archive that a document is packed in: named parts, each unpacked as it is read, within limits.
//!
//! Knows ZIP; nothing of what the parts mean. What a part claims to unpack to is not believed: bytes are counted as
//! they come.

use std::io::{self, Cursor, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use crate::failure::ExtractError;
use crate::limits::Limits;

/// Unpacking so much is never suspicious.
const UNSUSPICIOUS: u64 = 1024 * 1024;

/// An archive whose parts are being read.
pub(crate) struct Archive<'d> {
    zip: ZipArchive<Cursor<&'d [u8]>>,
    format: &'static str,
    limits: Limits,
    /// Of the whole archive, in bytes.
    size: u64,
    /// Of the parts opened so far.
    packed: u64,
    unpacked: u64,
}

impl<'d> Archive<'d> {
    /// Opens the archive of a document; `format` is its name.
    pub(crate) fn open(
        document: &'d [u8],
        format: &'static str,
        limits: Limits,
    ) -> Result<Self, ExtractError> {
        let zip = ZipArchive::new(Cursor::new(document)).map_err(|error| unopened(format, &error))?;
        if zip.len() > limits.parts {
            return Err(ExtractError::TooMuch { what: "parts", limit: limits.parts as u64 });
        }
        let size = document.len() as u64;
        Ok(Self { zip, format, limits, size, packed: 0, unpacked: 0 })
    }

    /// The name of the document's format.
    pub(crate) const fn format(&self) -> &'static str {
        self.format
    }

    pub(crate) fn holds(&self, name: &str) -> bool {
        self.zip.index_for_name(name).is_some()
    }

    /// The part of a name, to be read; `None` where there is none.
    pub(crate) fn part(&mut self, name: &str) -> Result<Option<impl Read>, ExtractError> {
        let Some(index) = self.zip.index_for_name(name) else { return Ok(None) };
        let part = self.zip.by_index(index).map_err(|error| unopened(self.format, &error))?;
        self.packed = self.packed.saturating_add(part.compressed_size().min(self.size));
        Ok(Some(Counted { part, packed: self.packed, limits: self.limits, unpacked: &mut self.unpacked }))
    }
}

fn unopened(format: &'static str, error: &ZipError) -> ExtractError {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) | ZipError::InvalidPassword => {
            ExtractError::Encrypted { format }
        }
        error => ExtractError::Broken { format, why: error.to_string() },
    }
}

/// A part that counts what comes out of it.
struct Counted<'a, R> {
    part: R,
    packed: u64,
    limits: Limits,
    unpacked: &'a mut u64,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let read = self.part.read(to)?;
        *self.unpacked = self.unpacked.saturating_add(read as u64);
        let by_ratio = self.packed.saturating_mul(self.limits.unpacked_ratio).max(UNSUSPICIOUS);
        if *self.unpacked > self.limits.unpacked_bytes {
            let (what, limit) = ("bytes when unpacked", self.limits.unpacked_bytes);
            return Err(io::Error::other(ExtractError::TooMuch { what, limit }));
        }
        if *self.unpacked > by_ratio {
            let (what, limit) = ("bytes unpacked for each packed one", self.limits.unpacked_ratio);
            return Err(io::Error::other(ExtractError::TooMuch { what, limit }));
        }
        Ok(read)
    }
}

/// The name of the part that `target` means in the part `from`: relative to its folder, or from the root with a slash.
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
    fn targets_are_found_from_where_they_are_named() {
        assert_eq!(resolve("word/document.xml", "header1.xml"), "word/header1.xml");
        assert_eq!(resolve("word/document.xml", "/docProps/core.xml"), "docProps/core.xml");
        assert_eq!(resolve("OEBPS/text/book.opf", "../images/./a.xhtml#part"), "OEBPS/images/a.xhtml");
        assert_eq!(resolve("book.opf", "../../a.xhtml"), "a.xhtml");
        assert_eq!(resolve("", "word/document.xml"), "word/document.xml");
    }
}
