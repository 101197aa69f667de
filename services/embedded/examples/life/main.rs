//! What the data folder can do, measured.
//!
//! ```text
//! cargo run --release -p tally-embedded --example life                      64 clients lead jobs through their lives
//! cargo run --release -p tally-embedded --example life [clients] [jobs] [lone jobs]
//! cargo run --release -p tally-embedded --example life million [jobs]       a start with a million jobs waiting
//! cargo run --release -p tally-embedded --example life bodies [megabytes]   a large body in and out
//! ```
//!
//! `in=<folder>` measures on the disk of that folder instead of the one that the executable lies on.

#![expect(clippy::print_stdout, reason = "a measurement says what it measured")]

mod bodies;
mod crowd;
mod ground;
mod million;

/// As in the executables: a third of the time would otherwise go to allocating.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() {
    let words: Vec<_> = std::env::args().skip(1).collect();
    let numbers: Vec<u64> = words.iter().filter_map(|word| word.parse().ok()).collect();
    let number = |place: usize, usual| numbers.get(place).copied().unwrap_or(usual);
    let asked = |what: &str| words.iter().any(|word| word == what);
    if asked("million") {
        million::run(number(0, 1_000_000)).await;
    } else if asked("bodies") {
        bodies::run(number(0, 1_000)).await;
    } else {
        crowd::run(number(0, 64), number(1, 200_000), number(2, 2_000)).await;
    }
}
