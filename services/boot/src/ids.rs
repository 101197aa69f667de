//! New ids and random numbers from the system's randomness.

use std::sync::{Mutex, PoisonError};

use tally_kernel::{Ids, Timestamp};
use uuid::{ContextV7, Uuid};

/// The source of ids of a process. Ids of the same millisecond sort in the order of their creation.
#[derive(Debug)]
pub struct SystemIds {
    context: Mutex<ContextV7>,
}

impl SystemIds {
    /// A source that shares nothing with others.
    #[must_use]
    pub fn new() -> Self {
        Self { context: Mutex::new(ContextV7::new()) }
    }
}

impl Default for SystemIds {
    fn default() -> Self {
        Self::new()
    }
}

impl Ids for SystemIds {
    fn fresh(&self, at: Timestamp) -> Uuid {
        let ms = u64::try_from(at.as_ms()).unwrap_or(0);
        let nanos = u32::try_from(ms % 1_000 * 1_000_000).unwrap_or(0);
        // The counter is consistent after every step, so a poisoned lock is safe to use.
        let context = self.context.lock().unwrap_or_else(PoisonError::into_inner);
        Uuid::new_v7(uuid::Timestamp::from_unix(&*context, ms / 1_000, nanos))
    }

    fn chance(&self) -> f64 {
        // Without randomness only the jitter is lost; the middle is a safe value.
        let bits = getrandom::u64().unwrap_or(1 << 63);
        // A double holds 53 evenly spread bits in 0.0..1.0.
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit a double exactly")]
        let upper = (bits >> 11) as f64;
        upper / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_one_millisecond_sort_by_creation() {
        let ids = SystemIds::new();
        let at = Timestamp::from_ms(1_769_860_800_250);
        let made: Vec<_> = (0..10_000).map(|_| ids.fresh(at)).collect();
        assert!(made.is_sorted());
        assert_eq!(made[0].get_version_num(), 7);
        let (seconds, nanos) = made[0].get_timestamp().unwrap().to_unix();
        assert_eq!((seconds, nanos / 1_000_000), (1_769_860_800, 250));
        assert!(ids.fresh(at.after(std::time::Duration::from_millis(50))) > made[9_999]);
    }

    #[test]
    fn chance_is_spread_over_its_range() {
        let ids = SystemIds::new();
        let drawn: Vec<_> = (0..1_000).map(|_| ids.chance()).collect();
        assert!(drawn.iter().all(|chance| (0.0..1.0).contains(chance)));
        let low = drawn.iter().filter(|chance| **chance < 0.5).count();
        assert!((350..650).contains(&low), "{low} of 1000 in the lower half");
    }
}
