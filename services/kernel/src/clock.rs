//! What time it is, and waiting for a time.
//!
//! Time comes in as an argument, so that a test may move it by hand. The system's clock lives in `boot`.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

/// A moment: milliseconds since 1970-01-01T00:00:00Z, as every wire and disk format of ours keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment `ms` milliseconds after the epoch.
    #[must_use]
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn as_ms(self) -> i64 {
        self.0
    }

    /// Reads RFC 3339, for example `2026-01-31T12:00:00.250Z`. `None` when it is not that.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let moment = text.parse::<jiff::Timestamp>().ok().or_else(|| latest(text))?;
        Some(Self(moment.as_millisecond()))
    }

    /// The moment `by` later; stays at the last representable moment instead of overflowing.
    #[must_use]
    pub fn after(self, by: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }

    /// The moment `by` earlier; stays at the first representable moment instead of overflowing.
    #[must_use]
    pub fn before(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }

    /// How long after `earlier` this is; zero when it is not after it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

/// The last moment that jiff can say, for later ones of the year 9999: clients use those for "no end".
fn latest(text: &str) -> Option<jiff::Timestamp> {
    let pieces = jiff::fmt::temporal::Pieces::parse(text).ok()?;
    let is_moment = pieces.time().is_some() && pieces.offset().is_some();
    (is_moment && pieces.date().year() == 9999).then_some(jiff::Timestamp::MAX)
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC with milliseconds: `2026-01-31T12:00:00.250Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Out of jiff's range (years -9999 to 9999) only a corrupt record can be; show the nearest that it can say.
        let moment = jiff::Timestamp::from_millisecond(self.0).unwrap_or(if self.0 < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        });
        write!(f, "{moment:.3}")
    }
}

/// The time, and waiting for it.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The moment now.
    fn now(&self) -> Timestamp;
    /// Returns when `pause` has passed on this clock. Dropping the future stops the wait.
    async fn sleep(&self, pause: Duration);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_reads_what_it_writes() {
        let moment = Timestamp::from_ms(1_769_860_800_250);
        assert_eq!(moment.to_string(), "2026-01-31T12:00:00.250Z");
        assert_eq!(Timestamp::parse("2026-01-31T12:00:00.250Z"), Some(moment));
        assert_eq!(Timestamp::parse("2026-01-31T13:00:00.25+01:00"), Some(moment));
        assert_eq!(Timestamp::parse("yesterday"), None);
        assert!(Timestamp::parse("9999-12-31T23:59:59Z").is_some_and(|last| last > moment));
        for invalid in ["9999-12-32T00:00:00Z", "9999-12-31", "9999-12-31T23:59:59", "10000-01-01T00:00:00Z"]
        {
            assert_eq!(Timestamp::parse(invalid), None, "{invalid}");
        }
    }

    #[test]
    fn arithmetic_saturates() {
        let end = Timestamp::from_ms(i64::MAX);
        assert_eq!(end.after(Duration::from_secs(1)), end);
        assert_eq!(end.before(Duration::from_secs(1)).after(Duration::from_secs(1)), end);
        let first = Timestamp::from_ms(i64::MIN);
        assert_eq!(first.before(Duration::from_secs(1)), first);
        assert_eq!(Timestamp::from_ms(5).since(Timestamp::from_ms(9)), Duration::ZERO);
        assert!(!Timestamp::from_ms(i64::MIN).to_string().is_empty());
    }
}
