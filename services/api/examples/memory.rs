//! Serves the API over a store in memory, on 127.0.0.1: to try it, and to measure its own cost.
//!
//! `cargo run --release -p tally-api --example memory -- 8080 work` (without `work` jobs are accepted and not stored).

#[expect(dead_code, clippy::unwrap_used, reason = "the tests' tools, of which this needs a few")]
#[path = "../tests/it/memory_store.rs"]
mod memory_store;
#[expect(dead_code, clippy::unwrap_used, reason = "the tests' tools, of which this needs a few")]
#[path = "../tests/it/test_api.rs"]
mod test_api;

use std::sync::atomic::Ordering;

use tally_api::{ServerOptions, listen, serve};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let port = arguments.next().and_then(|port| port.parse().ok()).unwrap_or(8080);
    let api = test_api::TestApi::new();
    match arguments.next() {
        Some(_) => api.start_working(),
        None => api.memory.forgets.store(true, Ordering::Relaxed),
    }
    let listener = listen(([127, 0, 0, 1], port).into())?;
    serve(listener, api.router.clone(), ServerOptions::default(), api.draining.clone()).await;
    Ok(())
}
