//! Words that every room shares: clock, ids, lease, backoff, fault, page, probe.
//!
//! Holds algebra only. It does no I/O, knows no async runtime and no room; a thing enters when two rooms need it.

pub mod backoff;
pub mod clock;
pub mod content_coding;
pub mod fault;
pub mod ids;
pub mod lease;
pub mod page;
pub mod panic;
pub mod probe;

pub use backoff::Backoff;
pub use clock::{Clock, Timestamp};
pub use content_coding::{CodingError, ContentCoding, DecodedLimit, DecodedLimitExceeded};
pub use fault::{Fault, FaultKind};
pub use ids::Ids;
pub use lease::Lease;
pub use page::{Cursor, Page, Slice};
pub use panic::panic_message;
pub use probe::Probe;
