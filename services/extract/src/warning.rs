//! What a reader of a result should know though the text was taken.
//!
//! Values only: where they are shown is not known here.

/// Something about the document that may make a count differ from what its author expects.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Warning {
    /// Bytes that the charset does not have; each sequence became [`UNDECODED`](crate::UNDECODED).
    #[error(
        "{replacements} byte sequences are not valid {charset} and were replaced; is the declared charset right?"
    )]
    LossyCharset {
        /// The charset that was used.
        charset: String,
        /// How many sequences were replaced.
        replacements: u64,
    },
    /// U+0000 in the text. Kept in plain text, dropped in HTML as browsers do.
    #[error("the text holds {count} NUL characters; is it really text?")]
    NulBytes {
        /// How many.
        count: u64,
    },
    /// Pages that have something on them, but no text that can be read: scans, drawings, fonts that do not say which
    /// characters they show.
    #[error("no text could be read from {pages} of {total} (scanned or drawn?); their words are not counted")]
    PagesWithoutText {
        /// Which, in words for people: `page 7`, `pages 2-5, 9`.
        pages: String,
        /// How many pages the document has.
        total: usize,
    },
    /// A part of the document that could not be read.
    #[error("{part} could not be read: {why}; its words are not counted")]
    UnreadPart {
        /// Which part, in words for people.
        part: String,
        /// What is wrong with it.
        why: String,
    },
    /// Things in the document that may hold text and are never read, such as charts.
    #[error("{count} embedded objects (charts, diagrams, other documents) were not read")]
    EmbeddedObjects {
        /// How many.
        count: u64,
    },
    /// References to entities that only a document type could define; they are left out, whatever it says.
    #[error("{count} references to entities were not resolved and left out")]
    UnresolvedEntities {
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
            Self::PagesWithoutText { .. } => "pages_without_text",
            Self::UnreadPart { .. } => "unread_part",
            Self::EmbeddedObjects { .. } => "embedded_objects",
            Self::UnresolvedEntities { .. } => "unresolved_entities",
            Self::UnknownCharset { .. } => "unknown_charset",
        }
    }
}
