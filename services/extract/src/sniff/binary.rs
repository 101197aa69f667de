//! Recognises binary bodies, by magic numbers or by bytes that text does not contain.
//!
//! The declared type matters only where a magic number leaves several formats possible.

use crate::media_type::MediaType;

/// The offset of a magic number, the number, and the name of the format.
const MARKS: [(usize, &[u8], &str); 37] = [
    (0, b"{\\rtf", "a Rich Text document (RTF)"),
    (0, b"%!PS-Adobe-", "a PostScript document"),
    (0, b"\x1F\x8B", "gzip data"),
    (0, b"BZh91AY&SY", "bzip2 data"),
    (0, b"\xFD7zXZ\0", "xz data"),
    (0, b"\x28\xB5\x2F\xFD", "zstd data"),
    (0, b"7z\xBC\xAF\x27\x1C", "a 7-Zip archive"),
    (0, b"Rar!\x1A\x07", "a RAR archive"),
    (257, b"ustar", "a tar archive"),
    (0, b"!<arch>\n", "a Unix archive"),
    (0, b"\x89PNG\r\n\x1A\n", "a PNG image"),
    (0, b"\xFF\xD8\xFF", "a JPEG image"),
    (0, b"GIF87a", "a GIF image"),
    (0, b"GIF89a", "a GIF image"),
    (8, b"WEBPVP8", "a WebP image"),
    (0, b"II*\0", "a TIFF image"),
    (0, b"MM\0*", "a TIFF image"),
    (0, b"8BPS\0", "a Photoshop image"),
    (8, b"WAVEfmt ", "a WAV audio file"),
    (8, b"AVI LIST", "an AVI video"),
    (4, b"ftyp", "an MP4 video or HEIF image"),
    (0, b"OggS\0", "an Ogg audio file"),
    (0, b"fLaC\0", "a FLAC audio file"),
    (0, b"ID3\x03\0", "an MP3 audio file"),
    (0, b"ID3\x04\0", "an MP3 audio file"),
    (0, b"\x1A\x45\xDF\xA3", "a Matroska or WebM video"),
    (0, b"wOFF", "a font"),
    (0, b"wOF2", "a font"),
    (0, b"SQLite format 3\0", "an SQLite database"),
    (0, b"\x7FELF", "an ELF program"),
    (0, b"\xCF\xFA\xED\xFE", "a Mach-O program"),
    (0, b"\xCA\xFE\xBA\xBE", "a Java class or Mach-O program"),
    (0, b"\0asm", "a WebAssembly program"),
    (0, b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "an old or encrypted Microsoft Office document (OLE2)"),
    (0, b"PAR1", "a Parquet file"),
    (0, b"\xFF\xFE\0\0", "text in UTF-32"),
    (0, b"\0\0\xFE\xFF", "text in UTF-32"),
];

/// The format that a magic number identifies.
pub(super) enum BinaryFormat {
    Supported(MediaType),
    /// A format that is not read, in words, with its article.
    Unsupported(&'static str),
}

/// The format whose magic number is there. `declared` is the sender's format, if it needs a sandbox.
pub(super) fn known_binary(head: &[u8], declared: Option<MediaType>) -> Option<BinaryFormat> {
    if is_pdf(head) {
        return Some(BinaryFormat::Supported(MediaType::Pdf));
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return Some(zip_contents(head, declared));
    }
    if head.starts_with(b"MZ") && head.contains(&0) {
        return Some(BinaryFormat::Unsupported("a Windows program"));
    }
    let mark = MARKS.iter().find(|(at, mark, _)| head.get(*at..).is_some_and(|rest| rest.starts_with(mark)));
    mark.map(|(_, _, name)| BinaryFormat::Unsupported(name))
}

/// PDF readers accept white space or a byte order mark before the magic number.
fn is_pdf(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    head.trim_ascii_start().starts_with(b"%PDF-")
}

/// PDF readers accept anything before the magic number in the first kilobyte. Only used if the sender declares PDF.
pub(super) fn is_late_pdf(head: &[u8]) -> bool {
    memchr::memmem::find(&head[..head.len().min(1024)], b"%PDF-").is_some()
}

fn zip_contents(head: &[u8], declared: Option<MediaType>) -> BinaryFormat {
    let holds = |name: &[u8]| memchr::memmem::find(head, name).is_some();
    if holds(b"mimetypeapplication/epub+zip") {
        return BinaryFormat::Supported(MediaType::Epub);
    }
    if holds(b"mimetypeapplication/vnd.oasis.opendocument.text") {
        return BinaryFormat::Supported(MediaType::Odt);
    }
    if holds(b"mimetypeapplication/vnd.oasis.opendocument") {
        return BinaryFormat::Unsupported("an OpenDocument file");
    }
    match declared {
        Some(declared @ (MediaType::Docx | MediaType::Odt | MediaType::Epub)) => {
            BinaryFormat::Supported(declared)
        }
        // Which Office format it is becomes known when the archive is opened.
        _ if holds(b"word/") || holds(b"[Content_Types].xml") || holds(b"_rels/.rels") => {
            BinaryFormat::Supported(MediaType::Docx)
        }
        _ if holds(b"META-INF/container.xml") => BinaryFormat::Supported(MediaType::Epub),
        _ => BinaryFormat::Unsupported("a ZIP archive"),
    }
}

/// Whether there are too many control characters for text.
///
/// Text may contain a few (a NUL in a log, backspaces in a printed manual). Of random bytes one in ten is a control
/// character, of compiled programs one in three.
pub(super) fn is_binary(head: &[u8]) -> bool {
    let controls = head.iter().filter(|byte| is_binary_byte(**byte)).count();
    controls >= 4 && controls * 25 > head.len()
}

/// A "binary data byte" of the WHATWG MIME Sniffing Standard, except the backspace, which old manuals are full of.
fn is_binary_byte(byte: u8) -> bool {
    matches!(byte, 0x00..=0x07 | 0x0B | 0x0E..=0x1A | 0x1C..=0x1F)
}
