//! What a client may ask of any job, whatever its kind: priority, deadline, retention, labels.

use std::time::Duration;

use crate::option_spec::Fingerprinted::Always;
use crate::option_spec::{OptionKind, OptionSpec};

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

    /// The form of a name and a value, for an error.
    #[must_use]
    pub fn form() -> String {
        let longest = Self::LONGEST;
        format!(
            "names of 1 to {longest} bytes without `:`, values up to {longest} bytes, no control characters in them"
        )
    }

    /// A label whose parts are within bounds. A name has no `:`, which separates name and value in filters.
    #[must_use]
    pub fn new(name: &str, value: &str) -> Option<Self> {
        let plain = |text: &str| text.len() <= Self::LONGEST && !text.chars().any(char::is_control);
        let good = !name.is_empty() && !name.contains(':') && plain(name) && plain(value);
        good.then(|| Self { name: name.to_owned(), value: value.to_owned() })
    }
}

/// The options of the engine. [`JobOptions::TABLE`] has their bounds.
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

    /// Every option of the engine.
    pub const TABLE: &[OptionSpec<Self>] = &[
        OptionSpec {
            name: "priority",
            help: "How urgent the job is.",
            kind: OptionKind::Name(|| Priority::ALL.map(Priority::as_str).to_vec()),
            fingerprinted: Always,
            get: |options| options.priority.as_str().into(),
            set: |options, value| Priority::parse(value.as_str()?).map(|one| options.priority = one),
        },
        OptionSpec {
            name: "deadline_ms",
            help: "Time limit of the job from its acceptance; a job that has not ended by then fails.",
            kind: OptionKind::Milliseconds(1..=Self::LONGEST_DEADLINE.as_millis() as u64),
            fingerprinted: Always,
            get: |options| millis(options.deadline).into(),
            set: |options, value| value.as_u64().map(|ms| options.deadline = Duration::from_millis(ms)),
        },
        OptionSpec {
            name: "retain_ms",
            help: "How long the job is kept after its end; with an idempotency key at least a day from its acceptance.",
            kind: OptionKind::Milliseconds(0..=Self::LONGEST_RETENTION.as_millis() as u64),
            fingerprinted: Always,
            get: |options| millis(options.retention).into(),
            set: |options, value| value.as_u64().map(|ms| options.retention = Duration::from_millis(ms)),
        },
        OptionSpec {
            name: "labels",
            help: "Labels of your own, to find jobs by.",
            kind: OptionKind::Labels(Label::form),
            fingerprinted: Always,
            get: |options| options.labels.iter().map(|one| (one.name.clone(), one.value.clone())).collect(),
            set: |options, value| {
                let pairs = value.as_object()?.iter();
                let labels =
                    pairs.map(|(name, value)| Label::new(name, value.as_str()?)).collect::<Option<_>>()?;
                options.labels = labels;
                Some(())
            },
        },
    ];
}

/// A time as options and stores have it.
pub(crate) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
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
