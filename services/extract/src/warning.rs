//! What a reader of a result should know though the text was taken.
//!
//! Values only: where they are shown is not known here.

/// Something about the document that may make a count differ from what its author expects.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Warning {
    /// Bytes that the charset does not have; each became U+FFFD.
    #[error(
        "{replacements} byte sequences are not valid {charset} and were replaced; is the declared charset right?"
    )]
    LossyCharset {
        /// The charset that was used.
        charset: String,
        /// How many replacement characters decoding made.
        replacements: u64,
    },
    /// U+0000 in the text. Kept in plain text, dropped in HTML as browsers do.
    #[error("the text holds {count} NUL characters; is it really text?")]
    NulBytes {
        /// How many.
        count: u64,
    },
    /// A charset was declared that does not exist; the next best source decided.
    #[error("the declared charset {label:?} is unknown and was ignored")]
    UnknownCharset {
        /// The label as declared, cut to 64 characters.
        label: String,
    },
}

impl Warning {
    /// The stable name of the kind.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::LossyCharset { .. } => "lossy_charset",
            Self::NulBytes { .. } => "nul_bytes",
            Self::UnknownCharset { .. } => "unknown_charset",
        }
    }
}
