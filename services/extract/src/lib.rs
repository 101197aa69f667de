//! Extracts text by region from bytes; one file or folder per format.
//!
//! Pure: no files, sockets, tasks or clocks. An [`Extractor`] streams the text formats: memory is bounded by [`Limits`]
//! and time is linear in the input. [`parse_buffered`] reads archives, XML and PDF with third-party parsers. [`Limits`]
//! bound it too, but a hostile document may still crash it or keep it busy.

mod buffered;
mod charset;
mod csv;
mod declared;
mod decode;
mod document_info;
mod docx;
mod epub;
mod error;
mod extractor;
mod format_reader;
mod html;
mod limits;
mod line_splitter;
mod markdown;
mod markup;
mod media_type;
mod odt;
mod pdf;
mod po;
mod region;
mod sink;
mod sniff;
mod subtitles;
#[cfg(test)]
mod tests;
mod text_buffer;
mod tmx;
mod warning;
mod xml_package;
mod zip_reader;

mod xliff;
mod xml;

pub use buffered::parse_buffered;
pub use charset::CharsetSource;
pub use declared::Declared;
pub use decode::UNDECODED;
pub use error::ExtractError;
pub use extractor::{Extraction, Extractor};
pub use limits::Limits;
pub use media_type::MediaType;
pub use region::{Region, UnknownRegion};
pub use sink::Sink;
pub use sniff::{SNIFF_BYTES, sniff};
pub use warning::ExtractWarning;
