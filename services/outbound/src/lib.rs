//! Outbound HTTP: address guard, per-host concurrency limiter and circuit breaker, limits, redirects.
//!
//! Addresses and responses come from strangers, so both may be hostile. An address is parsed once and its name is looked
//! up once. The guard checks every resolved address before the first packet, and exactly the checked addresses are
//! dialled.

mod body;
mod coding;
mod connector;
mod failures;
mod fetch;
mod guard;
mod host_limiter;
mod http_client;
mod limited_fetcher;
mod network;
mod options;
mod public_addresses;
mod response_action;
mod retry_after;
mod tls;
mod wire;

pub use fetch::Outbound;
pub use guard::{GuardPolicy, WEB_PORTS};
pub use host_limiter::HostLimiter;
pub use limited_fetcher::{BreakerObserver, LimitedFetcher};
pub use network::{Dialled, Network, SystemNetwork};
pub use options::{OutboundError, OutboundOptions, Timeouts};
