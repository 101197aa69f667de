//! The bytes that a client submitted: in the record when they are few, else in the store of bodies.

use bytes::Bytes;

use crate::id::BlobId;

/// A stored body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blob {
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
    Stored(StoredBody),
}

/// The stored body that a job owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredBody {
    pub id: BlobId,
    /// SHA-256 of its bytes, where the record has it: an older version did not write it, and a store of bodies may keep
    /// it itself.
    pub digest: Option<[u8; 32]>,
}

impl From<BlobId> for StoredBody {
    fn from(id: BlobId) -> Self {
        Self { id, digest: None }
    }
}

impl From<Blob> for StoredBody {
    fn from(Blob { id, digest, .. }: Blob) -> Self {
        Self { id, digest: Some(digest) }
    }
}

impl Content {
    /// The stored body, when it is one.
    #[must_use]
    pub const fn blob(&self) -> Option<BlobId> {
        match self {
            Self::Stored(body) => Some(body.id),
            Self::Inline(_) => None,
        }
    }
}
