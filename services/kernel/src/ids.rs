//! Fresh ids and chance, as arguments.
//!
//! The system's source lives in `boot`; a test counts ids and fixes chance, so that its run can be repeated.

use uuid::Uuid;

use crate::Timestamp;

/// Where new ids and random numbers come from.
pub trait Ids: Send + Sync {
    /// A UUIDv7 for a thing made `at` this moment: ids made later sort later.
    fn fresh(&self, at: Timestamp) -> Uuid;
    /// A number drawn evenly from `0.0..1.0`, for jitter.
    fn chance(&self) -> f64;
}
