//! The bytes that a client submitted: in the record when they are few, else in the store of bodies.

use bytes::Bytes;

use crate::id::BlobId;

/// A stored body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blob {
    /// Its id.
    pub id: BlobId,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its bytes.
    pub digest: [u8; 32],
}

/// The bytes of a job's input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Small: in the record.
    Inline(Bytes),
    /// Large: a stored body.
    Stored(BlobId),
}

impl Content {
    /// The stored body, when it is one.
    #[must_use]
    pub const fn blob(&self) -> Option<BlobId> {
        match self {
            Self::Stored(id) => Some(*id),
            Self::Inline(_) => None,
        }
    }
}
