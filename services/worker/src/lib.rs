//! Pulls tickets, runs the use case, settles, drains; the loops for relay and sweep; the process that parses.
//!
//! Knows tasks and their end, and no adapter. It spawns nothing itself: who wires it decides on which runtime each
//! of these futures runs (counting needs one where it keeps nobody waiting).

mod outage;
mod pump;
mod rounds;
mod sandbox;

pub use pump::{Pump, Stops};
pub use rounds::{relay, sweep};
pub use sandbox::{PARSER, Sandbox, SandboxLimits, parse_document};
