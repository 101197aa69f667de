//! Types that several crates share: clock, ids, lease, backoff, fault, page, probe, refresh timer.
//!
//! Pure: no I/O and no async runtime. A type belongs here when two crates need it.

pub mod backoff;
pub mod clock;
pub mod content_coding;
pub mod fault;
pub mod ids;
pub mod lease;
pub mod page;
pub mod panic;
pub mod probe;
pub mod refresh;

pub use backoff::Backoff;
pub use clock::{Clock, Timestamp};
pub use content_coding::{CodingError, ContentCoding, DecodedLimit, DecodedLimitExceeded};
pub use fault::{Fault, FaultKind};
pub use ids::Ids;
pub use lease::Lease;
pub use page::{Cursor, Page, Slice};
pub use panic::panic_message;
pub use probe::Probe;
pub use refresh::RefreshTimer;
