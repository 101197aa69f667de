//! Ids that are counted, and chance that is fixed.

use std::sync::atomic::{AtomicU64, Ordering};

use tally_kernel::{Ids, Timestamp};
use uuid::{Builder, Uuid};

/// Gives UUIDv7s whose random part is a counter, and always the same chance.
#[derive(Debug)]
pub struct CountedIds {
    count: AtomicU64,
    chance: f64,
}

impl Default for CountedIds {
    /// Chance stands in the middle.
    fn default() -> Self {
        Self::with_chance(0.5)
    }
}

impl CountedIds {
    /// With this chance.
    #[must_use]
    pub const fn with_chance(chance: f64) -> Self {
        Self { count: AtomicU64::new(0), chance }
    }
}

impl Ids for CountedIds {
    fn fresh(&self, at: Timestamp) -> Uuid {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let mut random = [0; 10];
        random[2..].copy_from_slice(&number.to_be_bytes());
        Builder::from_unix_timestamp_millis(at.as_ms().unsigned_abs(), &random).into_uuid()
    }

    fn chance(&self) -> f64 {
        self.chance
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_sort_as_they_were_made() {
        let ids = CountedIds::default();
        let made: Vec<_> = (0..1000).map(|ms| ids.fresh(Timestamp::from_ms(ms / 10))).collect();
        assert!(made.is_sorted_by(|a, b| a < b));
        assert_eq!(made[7].get_version_num(), 7);
    }
}
