//! How many fetches each host may have from this process at once, and for how long one that is away is let alone.
//!
//! Decides and remembers; fetches nothing, waits for nothing and knows no clock: time and chance come in. A host is a
//! name and a port. Whoever is led elsewhere by a redirect keeps his place at the host that was asked.

mod host;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tally_kernel::Timestamp;

use self::host::{Answer, Host};
use crate::address::PublicUrl;
use crate::failure::{Failure, FailureKind};

/// How many hosts are remembered. What is known of one is a hundred bytes or two.
const MOST: usize = 4096;

/// The hosts that this process fetches from.
#[derive(Clone, Debug)]
pub struct Hosts {
    known: Arc<Mutex<HashMap<String, Host>>>,
    at_once: u32,
}

/// What a job finds at its host.
#[derive(Debug)]
pub enum Entered {
    /// A place: fetch.
    Place(Place),
    /// None now: come again.
    Later(Later),
}

/// When a job may come again that found no place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Later {
    /// The host: name and port.
    pub host: String,
    /// The moment.
    pub at: Timestamp,
    /// Why.
    pub why: Why,
}

/// Why a job found no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// As many fetches are under way as may be.
    Busy,
    /// The host failed often in a row and is let alone, but for one fetch now and then.
    Away,
    /// It has been away for so long that who wants it may be told so.
    Down,
}

impl Why {
    /// Its word in logs and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Away => "away",
            Self::Down => "down",
        }
    }
}

/// What the end of a fetch says of its host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It answered, though perhaps not with what was wanted.
    Answers,
    /// It did not, in a way that may pass.
    Fails {
        /// When it asked us to come back, counted from now.
        retry_after: Option<Duration>,
    },
    /// Nothing: it was not asked, or nobody waited for its answer.
    Nothing,
}

impl Verdict {
    /// What a failed fetch says.
    #[must_use]
    pub const fn of(failure: &Failure) -> Self {
        match failure.kind {
            FailureKind::Unreachable | FailureKind::FetchTimeout | FailureKind::SourceUnavailable => {
                Self::Fails { retry_after: failure.retry_after }
            }
            FailureKind::SourceRefused
            | FailureKind::TooManyRedirects
            | FailureKind::TooLarge
            | FailureKind::BrokenBody
            | FailureKind::UnsupportedMediaType
            | FailureKind::UnreadableDocument => Self::Answers,
            FailureKind::TargetNotAllowed
            | FailureKind::CrashedWorker
            | FailureKind::DeadlineExceeded
            | FailureKind::ContentLost
            | FailureKind::Internal => Self::Nothing,
        }
    }
}

/// What the end of a fetch changed. Each is said once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// The host is let alone until this moment.
    Away(Timestamp),
    /// It answers again.
    Back,
}

impl Hosts {
    /// No host is known yet; each may have so many fetches at once, at least one.
    #[must_use]
    pub fn new(at_once: u16) -> Self {
        Self { known: Arc::default(), at_once: u32::from(at_once).max(1) }
    }

    /// Asks for a place at the host of an address, for a `chance` in `0.0..1.0`.
    #[must_use]
    pub fn enter(&self, address: &PublicUrl, now: Timestamp, chance: f64) -> Entered {
        let host = address.host_and_port();
        let mut known = self.lock();
        if known.len() >= MOST && !known.contains_key(&host) {
            forget(&mut known, now);
        }
        match known.entry(host.clone()).or_insert_with(|| Host::new(now)).enter(self.at_once, now, chance) {
            Answer::Come { probe } => {
                let place = Place { hosts: self.clone(), host, began: now, probe, held: true };
                Entered::Place(place)
            }
            Answer::Wait { at, why } => Entered::Later(Later { host, at, why }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Host>> {
        // Nothing under the lock panics half way through a change.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets the hosts of which nothing is worth remembering; when those are few, also what failed. A crowd of hosts that
/// fail is then tried a little more often, which is better than growing without an end.
fn forget(known: &mut HashMap<String, Host>, now: Timestamp) {
    known.retain(|_, host| !host.is_idle(now));
    if known.len() > MOST / 2 {
        known.retain(|_, host| host.is_asked());
    }
}

/// The right to fetch from a host, until the body was read or the fetch has failed. Dropped without a word, as when its
/// job was cancelled, it is free again and says nothing of the host.
#[derive(Debug)]
pub struct Place {
    hosts: Hosts,
    host: String,
    began: Timestamp,
    probe: bool,
    held: bool,
}

impl Place {
    /// The host: name and port.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The fetch has ended. Says what that changed, for a `chance` in `0.0..1.0`.
    pub fn end(mut self, verdict: Verdict, now: Timestamp, chance: f64) -> Option<News> {
        self.free(verdict, now, chance)
    }

    fn free(&mut self, verdict: Verdict, now: Timestamp, chance: f64) -> Option<News> {
        self.held = false;
        let mut known = self.hosts.lock();
        // A host that is asked is not forgotten.
        let host = known.get_mut(&self.host)?;
        host.leave(self.probe);
        match verdict {
            Verdict::Answers => host.answered(now.since(self.began)),
            Verdict::Fails { retry_after } => host.failed(self.probe, retry_after, now, chance),
            Verdict::Nothing => None,
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.held {
            let _no_news = self.free(Verdict::Nothing, self.began, 0.0);
        }
    }
}

#[cfg(test)]
mod tests;
