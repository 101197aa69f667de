//! Times on the wire: RFC 3339 UTC with milliseconds.

use std::fmt::Display;

use serde::{Serialize, Serializer};
use tally_kernel::Timestamp;

/// A moment: `2026-01-31T12:00:00.250Z`.
pub(crate) struct Moment(pub(crate) Timestamp);

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// Anything that shows itself, as a JSON string without a copy on the way.
pub(super) fn shown<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}
