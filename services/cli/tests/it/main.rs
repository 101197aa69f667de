//! The program as scripts and people meet it: exit statuses, what goes to stdout and what to stderr.
//!
//! Runs the built program; knows nothing of its inside.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

mod configuration;
mod counting;
mod golden;
mod jobs;
mod moving;
mod parsing;
mod program;
mod serving;
mod site;
#[cfg(not(feature = "cluster"))]
mod standalone;
mod waiting;
