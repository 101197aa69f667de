//! Bytes in, regions of text out: one file per format.
//!
//! Pure and streaming: no file, no socket, no task, no clock. Memory is bounded by [`Limits`] and time is linear in
//! the input, whatever the input is. Knows nothing of counting, jobs or HTTP; it only reads a `Content-Type` value.

mod charset;
mod declared;
mod decode;
mod extractor;
mod failure;
mod flow;
mod format;
mod html;
mod limits;
mod markdown;
mod media;
mod region;
mod sink;
mod sniff;
#[cfg(test)]
mod tests;
mod warning;

pub use charset::CharsetSource;
pub use declared::Declared;
pub use extractor::{Extraction, Extractor};
pub use failure::ExtractError;
pub use limits::Limits;
pub use media::MediaType;
pub use region::{Region, UnknownRegion};
pub use sink::Sink;
pub use sniff::sniff;
pub use warning::Warning;
