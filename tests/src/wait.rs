//! Polls for changes that send no event, with a time limit.

use std::time::{Duration, Instant};

use crate::PATIENCE_S;

/// The interval between two polls.
const EVERY: Duration = Duration::from_millis(20);

/// Polls until `shows` is true. Panics after the usual time limit.
#[track_caller]
pub fn until(what: &str, shows: impl FnMut() -> bool) -> Duration {
    within(Duration::from_secs(PATIENCE_S), what, shows)
}

/// The same with another time limit. Returns how long it took.
#[track_caller]
pub fn within(patience: Duration, what: &str, mut shows: impl FnMut() -> bool) -> Duration {
    let began = Instant::now();
    while !shows() {
        assert!(began.elapsed() < patience, "not within {patience:?}: {what}");
        std::thread::park_timeout(EVERY);
    }
    began.elapsed()
}
