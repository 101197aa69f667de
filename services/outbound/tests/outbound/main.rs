//! Outbound requests to misbehaving servers and names with wrong addresses. All traffic stays on 127.0.0.1 and ::1.

#![expect(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

mod answers;
mod bodies;
mod denied;
mod names;
mod redirects;
mod reuse;
mod secure;
mod support;
mod timeouts;
