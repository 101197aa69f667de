//! Waiting for what nobody tells of: asked again and again, until it shows or a test's patience is over.

use std::time::{Duration, Instant};

use crate::PATIENCE_S;

/// How often it is asked.
const EVERY: Duration = Duration::from_millis(20);

/// Waits until it shows. Panics when it does not within a test's patience.
#[track_caller]
pub fn until(what: &str, shows: impl FnMut() -> bool) -> Duration {
    within(Duration::from_secs(PATIENCE_S), what, shows)
}

/// The same with a patience of its own. Says how long it took.
#[track_caller]
pub fn within(patience: Duration, what: &str, mut shows: impl FnMut() -> bool) -> Duration {
    let began = Instant::now();
    while !shows() {
        assert!(began.elapsed() < patience, "not within {patience:?}: {what}");
        std::thread::park_timeout(EVERY);
    }
    began.elapsed()
}
