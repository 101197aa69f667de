//! Per-host concurrency limiter and circuit breaker for fetches.
//!
//! Each host (name and port) may have a fixed number of fetches in flight. A host that fails often in a row is not asked
//! for a while, except for one probe now and then. The limiter only decides and remembers: it sends nothing and never
//! waits. A fetch that is redirected elsewhere keeps its permit at the first host.

mod circuit_breaker;
mod host_state;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tally_jobs::failure::Failure;
use tally_kernel::PublicUrl;
use tally_kernel::{Clock, Ids, Timestamp};
use tally_wordcount::CountFailure;

use self::host_state::{Decision, HostState};

/// How many hosts the limiter remembers. Each takes one or two hundred bytes.
const MAX_HOSTS: usize = 4096;

/// A host has no permit for another fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostDeferral {
    /// The host: name and port.
    pub host: String,
    /// When to try again.
    pub until: Timestamp,
    /// Why.
    pub reason: DeferReason,
}

/// Why a host has no permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeferReason {
    /// The host has as many fetches in flight as it may have.
    Busy,
    /// The host failed often in a row. Its circuit breaker allows only a probe now and then.
    CircuitOpen,
    /// The circuit has been open for minutes. A job then fails its attempt instead of waiting on without a charge.
    HostDown,
}

/// Limits how many fetches of this process each host has in flight. Clones share their state.
#[derive(Clone)]
pub struct HostLimiter {
    state: Arc<LimiterState>,
}

struct LimiterState {
    hosts: Mutex<HashMap<String, HostState>>,
    per_host: u32,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

/// What the end of a fetch says about its host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostVerdict {
    /// The host answered, though perhaps not with what was wanted.
    Answered,
    /// The host failed in a way that may pass.
    Failed {
        /// The pause that the host asked for.
        retry_after: Option<Duration>,
    },
    /// Nothing: the host was not asked, or the fetch was cancelled.
    Unknown,
}

impl HostVerdict {
    /// What a failed fetch says about its host.
    #[must_use]
    pub fn of(failure: &Failure) -> Self {
        match CountFailure::of(failure) {
            Some(
                CountFailure::Unreachable | CountFailure::FetchTimeout | CountFailure::SourceUnavailable,
            ) => Self::Failed { retry_after: failure.retry_after },
            // A denied address was not asked, and a failure of the engine is not the host's.
            Some(CountFailure::TargetNotAllowed) | None => Self::Unknown,
            Some(_) => Self::Answered,
        }
    }
}

/// A change of a host's circuit breaker. Each change is reported once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BreakerTransition {
    /// The circuit opened; the first probe is allowed at this moment.
    Opened(Timestamp),
    /// The host answers again.
    Closed,
}

impl HostLimiter {
    /// A limiter that allows `per_host` fetches at once at each host, and at least one.
    #[must_use]
    pub fn new(per_host: u16, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Self {
        let per_host = u32::from(per_host).max(1);
        Self { state: Arc::new(LimiterState { hosts: Mutex::default(), per_host, clock, ids }) }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.state.clock.now()
    }

    /// A permit for the host of an address, or the moment to try again.
    pub(crate) fn try_acquire(&self, address: &PublicUrl) -> Result<HostPermit, HostDeferral> {
        self.try_acquire_at(address, self.state.clock.now(), self.state.ids.chance())
    }

    fn try_acquire_at(
        &self,
        address: &PublicUrl,
        now: Timestamp,
        chance: f64,
    ) -> Result<HostPermit, HostDeferral> {
        let host = address.host_and_port();
        let mut hosts = self.lock();
        if hosts.len() >= MAX_HOSTS && !hosts.contains_key(&host) {
            forget_hosts(&mut hosts, now);
        }
        let state = hosts.entry(host.clone()).or_insert_with(|| HostState::new(now));
        match state.try_acquire(self.state.per_host, now, chance) {
            Decision::Permit { probe } => {
                Ok(HostPermit { limiter: self.clone(), host, acquired_at: now, probe, released: false })
            }
            Decision::Defer { until, reason } => Err(HostDeferral { host, until, reason }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, HostState>> {
        // Nothing panics under the lock between two writes that belong together.
        self.state.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets idle hosts. If more than half of the limit remains, it also forgets failures: asking many failing hosts
/// somewhat more often is better than unbounded memory.
fn forget_hosts(hosts: &mut HashMap<String, HostState>, now: Timestamp) {
    hosts.retain(|_, host| !host.is_idle(now));
    if hosts.len() > MAX_HOSTS / 2 {
        hosts.retain(|_, host| host.has_fetches());
    }
}

/// The right to fetch from a host until the body was read or the fetch failed. Dropping it, as a cancelled job does,
/// releases it and says nothing about the host.
pub(crate) struct HostPermit {
    limiter: HostLimiter,
    host: String,
    acquired_at: Timestamp,
    probe: bool,
    released: bool,
}

impl HostPermit {
    /// The host: name and port.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Releases the permit after a fetch. Returns what the fetch changed.
    pub fn finish(self, verdict: HostVerdict) -> Option<BreakerTransition> {
        let (now, chance) = (self.limiter.state.clock.now(), self.limiter.state.ids.chance());
        self.finish_at(verdict, now, chance)
    }

    fn finish_at(mut self, verdict: HostVerdict, now: Timestamp, chance: f64) -> Option<BreakerTransition> {
        self.release(verdict, now, chance)
    }

    fn release(&mut self, verdict: HostVerdict, now: Timestamp, chance: f64) -> Option<BreakerTransition> {
        self.released = true;
        let mut hosts = self.limiter.lock();
        // The limiter never forgets a host with fetches in flight.
        let host = hosts.get_mut(&self.host)?;
        host.release(self.probe);
        match verdict {
            HostVerdict::Answered => host.answered(now.since(self.acquired_at)),
            HostVerdict::Failed { retry_after } => host.failed(self.probe, retry_after, now, chance),
            HostVerdict::Unknown => None,
        }
    }
}

impl Drop for HostPermit {
    fn drop(&mut self) {
        if !self.released {
            // An unknown verdict changes no circuit.
            let _none = self.release(HostVerdict::Unknown, self.acquired_at, 0.0);
        }
    }
}

#[cfg(test)]
mod tests;
