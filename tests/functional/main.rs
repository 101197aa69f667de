//! What the product promises over HTTP, one file for each promise.
//!
//! Black box: knows the contract (API.md) and the harness, nothing of the crates, so the same tests hold for every
//! way of running it. `TALLY_TEST_URL` names a server that runs already; without it each test starts its own.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

mod counting;
mod documents;
mod examples;
mod fetching;
mod keys;
mod large;
mod listing;
mod options;
mod orders;
mod problems;
mod refusals;
mod service;
mod submit;
mod waiting;
mod words;
