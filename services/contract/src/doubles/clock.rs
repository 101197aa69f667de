//! A clock that a test moves by hand.

use std::time::Duration;

use async_trait::async_trait;
use tally_kernel::{Clock, Timestamp};
use tokio::sync::watch;

/// Stands still until it is moved. A sleeper wakes when it has been moved far enough.
#[derive(Debug)]
pub struct HandClock {
    now: watch::Sender<Timestamp>,
}

impl Default for HandClock {
    /// Starts at 2026-01-31T12:00:00Z.
    fn default() -> Self {
        Self::at(Timestamp::from_ms(1_769_860_800_000))
    }
}

impl HandClock {
    /// Starts at this moment.
    #[must_use]
    pub fn at(start: Timestamp) -> Self {
        Self { now: watch::Sender::new(start) }
    }

    /// Moves on.
    pub fn advance(&self, by: Duration) {
        self.now.send_modify(|now| *now = now.after(by));
    }

    /// Jumps, also back, as clocks do.
    pub fn jump_to(&self, to: Timestamp) {
        self.now.send_replace(to);
    }

    /// Returns when a task sleeps on this clock, so that moving the clock wakes it.
    pub async fn somebody_sleeps(&self) {
        while self.now.receiver_count() == 0 {
            tokio::task::yield_now().await;
        }
    }
}

#[async_trait]
impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        *self.now.borrow()
    }

    async fn sleep(&self, pause: Duration) {
        let mut receiver = self.now.subscribe();
        let until = receiver.borrow().after(pause);
        // The sender lives in `self`, so it cannot be gone.
        let _ = receiver.wait_for(|now| *now >= until).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[tokio::test]
    async fn who_sleeps_wakes_when_the_time_has_come() {
        let clock = Arc::new(HandClock::default());
        let sleeper = Arc::clone(&clock);
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(async move { sleeper.sleep(Duration::from_secs(2)).await });
        clock.somebody_sleeps().await;
        clock.advance(Duration::from_secs(1));
        assert!(tasks.try_join_next().is_none());
        clock.advance(Duration::from_secs(1));
        tasks.join_next().await.unwrap().unwrap();
    }
}
