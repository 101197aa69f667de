//! What is to be counted: an address, a text, or a file.

use tally_kernel::PublicUrl;

/// What a client submitted, as the record shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// An address, fetched by a worker.
    Url(PublicUrl),
    Text {
        /// UTF-8 bytes.
        bytes: u64,
    },
    /// A document.
    File {
        /// Its name, where the client gave one.
        name: Option<String>,
        /// The `Content-Type` that the client gave.
        content_type: Option<String>,
        /// Its size.
        bytes: u64,
    },
}

impl Source {
    /// The bytes that were submitted; none for an address.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        match self {
            Self::Url(_) => 0,
            Self::Text { bytes } | Self::File { bytes, .. } => *bytes,
        }
    }
}
