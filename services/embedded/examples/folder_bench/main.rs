//! Measures the performance of a data folder.
//!
//! ```text
//! cargo run --release -p tally-embedded --example folder_bench                        64 clients submit and complete jobs
//! cargo run --release -p tally-embedded --example folder_bench [clients] [jobs] [jobs of one client]
//! cargo run --release -p tally-embedded --example folder_bench million [jobs]       a start with a million queued jobs
//! cargo run --release -p tally-embedded --example folder_bench bodies [megabytes]   writes and reads a large body
//! ```
//!
//! `in=<folder>` measures on the disk of that folder instead of the executable's.

#![expect(clippy::print_stdout, reason = "a measurement prints its results")]

mod bodies;
mod fixture;
mod lifecycles;
mod startup;

/// As in the executables. The system's allocator would take a third of the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let numbers: Vec<u64> = arguments.iter().filter_map(|argument| argument.parse().ok()).collect();
    let number = |index: usize, default| numbers.get(index).copied().unwrap_or(default);
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    if has("million") {
        startup::run(number(0, 1_000_000)).await;
    } else if has("bodies") {
        bodies::run(number(0, 1_000)).await;
    } else {
        lifecycles::run(number(0, 64), number(1, 200_000), number(2, 2_000)).await;
    }
}
