//! Nothing is lost and nothing sticks, whatever dies on the way: killed processes, poison, full disks, drains.
//!
//! Every run says its seed: `FAULT_SEED=… FAULT_RUNS=…` replays it, as far as the scheduler of the machine lets it.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

mod bodies;
mod cluster;
mod crashes;
mod disk;
mod drain;
mod folder;
mod history;
mod load;
mod poison;
mod second;

use tally_tests::rng::SeededRng;

/// A number from the environment, or what stands for it.
#[expect(clippy::disallowed_methods, reason = "the harness has no configuration but its environment")]
fn number(name: &str, otherwise: impl FnOnce() -> u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name}={text}: give a whole number")),
        Err(_) => otherwise(),
    }
}

/// The seed of this run, told so that it can be replayed.
fn seed(test: &str) -> SeededRng {
    let seed = number("FAULT_SEED", SeededRng::fresh_seed);
    eprintln!("{test}: FAULT_SEED={seed}");
    SeededRng::new(seed)
}
