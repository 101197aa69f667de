//! Warnings about a document whose text was extracted.

/// Something that may make a count differ from what the author expects.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExtractWarning {
    /// Bytes that are invalid in the charset. Each sequence became [`UNDECODED`](crate::UNDECODED).
    #[error(
        "{replacements} byte sequences are not valid {charset} and were replaced; is the declared charset right?"
    )]
    LossyCharset {
        /// The charset that was used.
        charset: String,
        /// How many sequences were replaced.
        replacements: u64,
    },
    /// U+0000 in the text. Plain text keeps it, HTML drops it as browsers do.
    #[error("the text contains {count} NUL characters; is it really text?")]
    NulBytes {
        /// How many.
        count: u64,
    },
    /// Pages that show something but have no readable text: scans, drawings, fonts that do not say which characters
    /// they show.
    #[error("no text could be read from {pages} of {total} (scanned or drawn?); their words are not counted")]
    PagesWithoutText {
        /// Which pages, in words: `page 7`, `pages 2-5, 9`.
        pages: String,
        /// How many pages the document has.
        total: usize,
    },
    /// A part of the document that could not be read.
    #[error("{part} could not be read: {reason}; its words are not counted")]
    UnreadPart {
        /// Which part, in words.
        part: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Objects that may contain text but are never read, such as charts.
    #[error("{count} embedded objects (charts, diagrams, other documents) were not read")]
    EmbeddedObjects {
        /// How many.
        count: u64,
    },
    /// References to entities that only a document type can declare. They are left out, except in XHTML those declared
    /// as short plain text.
    #[error("{count} entity references depend on the document type; all but short plain texts were left out")]
    UnresolvedEntities {
        /// How many.
        count: u64,
    },
    /// Markup without a reader of its own was counted as plain text.
    #[error("this is {markup}: its keys, tags and commands were counted like words")]
    MarkupCounted {
        /// The format in words, such as "JSON" or "a Jupyter notebook".
        markup: &'static str,
    },
    /// The declared charset does not exist. The next best declaration decided.
    #[error("the declared charset {label:?} is unknown and was ignored")]
    UnknownCharset {
        /// The declared label, cut to 64 characters.
        label: String,
    },
}

impl ExtractWarning {
    /// The stable name of the kind.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::LossyCharset { .. } => "lossy_charset",
            Self::NulBytes { .. } => "nul_bytes",
            Self::PagesWithoutText { .. } => "pages_without_text",
            Self::UnreadPart { .. } => "unread_part",
            Self::EmbeddedObjects { .. } => "embedded_objects",
            Self::UnresolvedEntities { .. } => "unresolved_entities",
            Self::MarkupCounted { .. } => "markup_counted",
            Self::UnknownCharset { .. } => "unknown_charset",
        }
    }
}
