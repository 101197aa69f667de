//! The API over a store in memory: every status and header that API.md promises.

#![expect(clippy::unwrap_used, reason = "the tools of tests fail with it")]

mod actions;
mod bodies;
mod errors;
mod list;
mod memory_store;
mod read;
mod reference;
mod request_middleware;
mod server;
mod server_limits;
mod submit;
mod test_api;
mod test_server;
mod words;
