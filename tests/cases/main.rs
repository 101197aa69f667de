//! Published collections of hard cases, and generated ones, against the built server: the whole of them, each time.
//!
//! They run in a world of their own, a network namespace in which every address of the internet is this machine: so a
//! request that gets past the address guard is seen, wherever it was sent, and none ever leaves. Cases come from
//! packages; where a package cannot be had the test fails and says so.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

mod addresses;
mod canary;
mod names;
mod packages;
mod rebinding;
mod schema;
mod spellings;
mod strings;
mod web_platform;
mod world;
