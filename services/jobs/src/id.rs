//! The names of jobs, requests, workers and bodies.

use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

/// A job's id: a UUID, version 7 when it is fresh, version 8 when it is derived from an idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(Uuid);

impl JobId {
    #[must_use]
    pub const fn new(id: Uuid) -> Self {
        Self(id)
    }

    /// Reads the hyphenated form only, so that one job has one address.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == uuid::fmt::Hyphenated::LENGTH).then(|| Uuid::try_parse(text).ok().map(Self)).flatten()
    }

    /// The id itself.
    #[must_use]
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl From<Uuid> for JobId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}

/// The longest id of a request, in bytes.
pub const LONGEST_REQUEST_ID: usize = 128;

/// The id of the request that submitted a job. The logs of the client, the API and the worker share it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// Takes 1 to 128 visible ASCII characters, which are safe in any log.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits =
            (1..=LONGEST_REQUEST_ID).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        fits.then(|| Self(text.into()))
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of a worker process, for logs and for the history of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerId(pub Arc<str>);

impl From<&str> for WorkerId {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

/// The id of a stored body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BlobId(pub Uuid);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_id_has_one_spelling() {
        let text = "0190d5f4-7b1e-7c3a-9f00-3b5c6d7e8f90";
        assert_eq!(JobId::parse(text).unwrap().to_string(), text);
        for bad in ["", "0190d5f47b1e7c3a9f003b5c6d7e8f90", "{0190d5f4-7b1e-7c3a-9f00-3b5c6d7e8f90}", "x"] {
            assert_eq!(JobId::parse(bad), None, "{bad}");
        }
    }
}
