//! Serves the API over a store in memory, on 127.0.0.1: to look at it, and to measure what the front door costs.
//!
//! `cargo run --release -p tally-api --example memory -- 8080 work` (without `work` jobs are accepted and forgotten).

#[expect(dead_code, clippy::unwrap_used, reason = "the tests' tools, of which this needs a few")]
#[path = "../tests/it/house.rs"]
mod house;
#[expect(dead_code, clippy::unwrap_used, reason = "the tests' tools, of which this needs a few")]
#[path = "../tests/it/memory.rs"]
mod memory;

use std::sync::atomic::Ordering;

use tally_api::{ServerOptions, serve};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let port = arguments.next().and_then(|port| port.parse().ok()).unwrap_or(8080);
    let house = house::House::new();
    match arguments.next() {
        Some(_) => house.start_working(),
        None => house.memory.forgets.store(true, Ordering::Relaxed),
    }
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    serve(listener, house.router.clone(), ServerOptions::default(), house.draining.clone()).await;
    Ok(())
}
