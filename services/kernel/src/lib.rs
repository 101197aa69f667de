//! Types that several crates share: addresses, clock, content codings and file names, ids, owners, lease, backoff, fault, pagination, probe, refresh timer.
//!
//! No I/O and no async runtime. A type moves here when a second crate needs it.

pub mod address;
pub mod backoff;
pub mod clock;
pub mod content_coding;
pub mod content_disposition;
pub mod fault;
pub mod ids;
pub mod lease;
pub mod owner;
pub mod pagination;
pub mod panic;
pub mod probe;
pub mod refresh;

pub use address::{AddressError, PublicUrl};
pub use backoff::Backoff;
pub use clock::{Clock, Timestamp};
pub use content_coding::{CodingError, ContentCoding, DecodedLimit, DecodedLimitExceeded};
pub use content_disposition::{disposition_file_name, file_name};
pub use fault::{Fault, FaultKind};
pub use ids::Ids;
pub use lease::Lease;
pub use owner::OwnerId;
pub use pagination::{Cursor, Page, Slice};
pub use panic::panic_message;
pub use probe::Probe;
pub use refresh::RefreshTimer;
