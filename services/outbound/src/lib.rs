//! The only way out to the net: address guard, limits, redirects.
//!
//! Strangers type the addresses and strangers write the answers, so both are hostile here. An address is parsed
//! once, its name is looked up once, every answer is judged before the first packet, and what is dialled is what
//! was judged. Knows nothing about documents: bytes go in, bytes come out.

mod answer;
mod body;
mod coding;
mod connect;
mod exchange;
mod failures;
mod fetch;
mod guard;
mod host_limiter;
mod limited_fetcher;
mod network;
mod options;
mod ranges;
mod retry_after;
mod tls;
mod wire;

pub use fetch::Outbound;
pub use guard::{GuardPolicy, WEB_PORTS};
pub use host_limiter::HostLimiter;
pub use limited_fetcher::LimitedFetcher;
pub use network::{Dialled, Network, SystemNetwork};
pub use options::{Options, OutboundError, Pace};
