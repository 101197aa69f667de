//! The queue against a real broker that is hurt in every way we know.

mod bad_addresses;
mod end;
mod ground;
mod hurt;
mod messages;
mod whole;
