//! What a client may ask of any job, whatever its kind: priority, deadline, retention, labels.

use std::time::Duration;

/// How urgent a job is. Each priority has a queue; the queues are drained by weight, so that none starves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Priority {
    /// Before others.
    High,
    /// The default.
    #[default]
    Normal,
    /// When there is time.
    Low,
}

impl Priority {
    /// All priorities, the most urgent first.
    pub const ALL: [Self; 3] = [Self::High, Self::Normal, Self::Low];

    /// Its name in requests, answers and stores.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Normal => "normal",
            Self::Low => "low",
        }
    }

    /// Reads that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|priority| priority.as_str() == text)
    }
}

/// A name and value that a client gives a job, to find it by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// Its name: 1 to [`Label::LONGEST`] bytes, without control characters.
    pub name: String,
    /// Its value: up to [`Label::LONGEST`] bytes, without control characters.
    pub value: String,
}

impl Label {
    /// The most labels of one job.
    pub const MOST: usize = 16;
    /// The longest name or value, in bytes.
    pub const LONGEST: usize = 128;

    /// A label whose parts are within bounds. A name has no `:`, which separates name and value in filters.
    #[must_use]
    pub fn new(name: &str, value: &str) -> Option<Self> {
        let plain = |text: &str| text.len() <= Self::LONGEST && !text.chars().any(char::is_control);
        let good = !name.is_empty() && !name.contains(':') && plain(name) && plain(value);
        good.then(|| Self { name: name.to_owned(), value: value.to_owned() })
    }
}

/// The options of the engine. The API checks their bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobOptions {
    /// Which queue the job waits in.
    pub priority: Priority,
    /// How long after its submit the job may end at most; then it fails.
    pub deadline: Duration,
    /// How long after its end the job is kept.
    pub retention: Duration,
    /// Labels, sorted by name, each name once.
    pub labels: Vec<Label>,
}

impl JobOptions {
    /// The default deadline: one day.
    pub const DEADLINE: Duration = Duration::from_secs(24 * 3600);
    /// The longest deadline: thirty days.
    pub const LONGEST_DEADLINE: Duration = Duration::from_secs(30 * 24 * 3600);
    /// The default retention: seven days.
    pub const RETENTION: Duration = Duration::from_secs(7 * 24 * 3600);
    /// The longest retention: a year.
    pub const LONGEST_RETENTION: Duration = Duration::from_secs(365 * 24 * 3600);
    /// The shortest retention of a job with an idempotency key, counted from its submit: its key stays bound for a day.
    pub const SHORTEST_RETENTION_KEYED: Duration = Duration::from_secs(24 * 3600);
}

impl Default for JobOptions {
    fn default() -> Self {
        Self {
            priority: Priority::Normal,
            deadline: Self::DEADLINE,
            retention: Self::RETENTION,
            labels: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_names_of_priorities() {
        for priority in Priority::ALL {
            assert_eq!(Priority::parse(priority.as_str()), Some(priority));
        }
        assert_eq!(Priority::parse("urgent"), None);
    }

    #[test]
    fn labels_have_bounds() {
        assert!(Label::new("team", "docs: north").is_some());
        assert_eq!(Label::new("", "x"), None);
        assert_eq!(Label::new("a:b", "x"), None);
        assert_eq!(Label::new("a", "line\nbreak"), None);
        assert_eq!(Label::new("a", &"x".repeat(129)), None);
    }
}
