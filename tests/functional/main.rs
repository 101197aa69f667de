//! What the product promises over HTTP, one file for each promise.
//!
//! Black-box tests: they use API.md and the harness, and none of the crates. So they also run against a server that
//! `TALLY_TEST_URL` names. Without it each test starts its own.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

mod actions;
mod counting;
mod documents;
mod examples;
mod fetching;
mod keys;
mod large;
mod listing;
mod options;
mod pages;
mod problems;
mod refusals;
mod service;
mod submit;
mod waiting;
mod words;
