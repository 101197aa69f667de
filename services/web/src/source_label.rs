//! What a job counts, in one line.

use tally_wordcount::{CountRecord, Source};

use crate::text_format::size;

/// The address, the name of the file, or that it is a text.
pub(crate) fn source_label(count: &CountRecord) -> String {
    match &count.source {
        Source::Url(url) => url.as_str().to_owned(),
        Source::File { name: Some(name), .. } => name.clone(),
        Source::File { name: None, bytes, .. } => format!("Document of {}", size(*bytes)),
        Source::Text { bytes } => format!("Text of {}", size(*bytes)),
    }
}

/// The kind of the source.
pub(crate) const fn source_kind(count: &CountRecord) -> &'static str {
    match count.source {
        Source::Url(_) => "address",
        Source::File { .. } => "file",
        Source::Text { .. } => "text",
    }
}
