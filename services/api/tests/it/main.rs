//! The API over a store in memory: every status and header that API.md promises.

#![expect(clippy::unwrap_used, reason = "the tools of tests fail with it")]

mod amend;
mod bodies;
mod door;
mod errors;
mod house;
mod list;
mod memory;
mod meta;
mod read;
mod reference;
mod server;
mod submit;
mod words;
