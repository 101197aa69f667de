//! Bytes in, regions of text out: one file per format.
//!
//! Pure: no file, no socket, no task, no clock. Knows nothing of counting, jobs or HTTP; it only reads a `Content-Type`
//! value. Formats of text are streamed by an [`Extractor`]: memory is bounded by [`Limits`] and time is linear in the
//! input, whatever the input is. Archives, XML and PDF are read by [`parse_buffered`], whose parsers are other people's:
//! bounded by [`Limits`] too, but a hostile document may still find a way to crash or to keep them busy.

mod archive;
mod buffered;
mod charset;
mod csv;
mod declared;
mod decode;
mod document_info;
mod docx;
mod epub;
mod extractor;
mod failure;
mod flow;
mod format;
mod html;
mod limits;
mod lines;
mod markdown;
mod media;
mod odt;
mod office;
mod pdf;
mod po;
mod region;
mod sink;
mod sniff;
mod subtitles;
#[cfg(test)]
mod tests;
mod warning;

mod xliff;
mod xml;

pub use buffered::parse_buffered;
pub use charset::CharsetSource;
pub use declared::Declared;
pub use decode::UNDECODED;
pub use extractor::{Extraction, Extractor};
pub use failure::ExtractError;
pub use limits::Limits;
pub use media::MediaType;
pub use region::{Region, UnknownRegion};
pub use sink::Sink;
pub use sniff::{SNIFF_BYTES, sniff};
pub use warning::Warning;
