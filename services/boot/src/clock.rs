//! The system's clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use tally_kernel::{Clock, Timestamp};

/// The clock of this machine. Sleeping needs a tokio runtime with its timer enabled.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
    fn now(&self) -> Timestamp {
        // A clock before 1970 is broken. The epoch keeps all times ordered until an operator sets the clock.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    async fn sleep(&self, pause: Duration) {
        tokio::time::sleep(pause).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn time_passes_while_it_sleeps() {
        let begin = SystemClock.now();
        SystemClock.sleep(Duration::from_millis(5)).await;
        assert!(SystemClock.now().since(begin) >= Duration::from_millis(4));
        assert!(begin > Timestamp::parse("2024-01-01T00:00:00Z").unwrap());
    }
}
