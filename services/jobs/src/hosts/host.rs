//! One host: how many ask it, how long it takes, what was promised to those who wait, and whether it is away.

use std::time::Duration;

use tally_kernel::{Backoff, Timestamp};

use super::{News, Why};

/// How long a fetch takes from a host of which that is not known yet.
const GUESS: Duration = Duration::from_millis(200);
/// No host counts as quicker …
const QUICKEST: Duration = Duration::from_millis(50);
/// … or as slower than this.
const SLOWEST: Duration = Duration::from_secs(10);
/// The furthest that a place is promised ahead: who knows what is true then?
const AHEAD: Duration = Duration::from_secs(60);
/// So many failures in a row say that a host is away.
const FAILURES: u32 = 5;
/// For how long it is then let alone, at least half of it.
const PAUSES: Backoff = Backoff { base: Duration::from_secs(2), cap: Duration::from_secs(60) };
/// A host that is away for longer is down: jobs that want it wait no more without being charged, or a name that is
/// spelled wrong would keep all jobs that have it for hours.
const OUTAGE: Duration = Duration::from_secs(300);
/// For how long failures are remembered after the last of them.
const REMEMBERED: Duration = Duration::from_secs(600);

/// What is known of a host.
#[derive(Debug)]
pub(super) struct Host {
    /// Fetches under way.
    asked: u32,
    /// How long a fetch has taken lately.
    took: Option<Duration>,
    /// The last moment that was promised to one who waits.
    promised: Timestamp,
    /// Failures since it last answered.
    failures: u32,
    /// When it last failed.
    failed_at: Timestamp,
    /// It has asked not to be asked before.
    not_before: Timestamp,
    away: Option<Away>,
}

/// It has failed often in a row.
#[derive(Debug)]
struct Away {
    /// Since then.
    since: Timestamp,
    /// Let alone until then.
    until: Timestamp,
    /// Pauses so far.
    pauses: u32,
    /// Somebody looks whether it is back.
    probed: bool,
}

/// What a job is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Fetch; a probe is the only one who may.
    Come { probe: bool },
    /// Come again then.
    Wait { at: Timestamp, why: Why },
}

impl Away {
    fn why(&self, now: Timestamp) -> Why {
        if now.since(self.since) < OUTAGE { Why::Away } else { Why::Down }
    }
}

impl Host {
    pub(super) const fn new(now: Timestamp) -> Self {
        Self { asked: 0, took: None, promised: now, failures: 0, failed_at: now, not_before: now, away: None }
    }

    /// Takes a place when there is one.
    pub(super) fn enter(&mut self, at_once: u32, now: Timestamp, chance: f64) -> Answer {
        let (from, why) = match &mut self.away {
            Some(away) if away.until > now => (away.until, away.why(now)),
            Some(away) if away.probed => (now, away.why(now)),
            _ if self.asked >= at_once => (now, Why::Busy),
            Some(away) => {
                away.probed = true;
                self.asked += 1;
                return Answer::Come { probe: true };
            }
            None => {
                self.asked += 1;
                return Answer::Come { probe: false };
            }
        };
        Answer::Wait { at: self.promise(at_once, from, chance), why }
    }

    /// The moment at which about a place is free for one more of those who wait, from `from` on: the k-th comes when
    /// so many places have been given back since. Those for whom there is none within a minute come in the second half
    /// of it, as chance has it; that they come in vain costs two small writes.
    fn promise(&mut self, at_once: u32, from: Timestamp, chance: f64) -> Timestamp {
        let took = self.took.unwrap_or(GUESS).clamp(QUICKEST, SLOWEST);
        let step = (took / at_once).max(Duration::from_millis(1));
        let end = from.after(AHEAD);
        // A clock that jumped may have left a promise anywhere. What is past has been kept or not.
        let next = self.promised.clamp(from, end).after(step);
        if next > end {
            return from.after(AHEAD.mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0));
        }
        self.promised = next;
        next.after(step.mul_f64(chance.clamp(0.0, 1.0))).min(end)
    }

    /// A fetch is over.
    pub(super) fn leave(&mut self, probe: bool) {
        self.asked = self.asked.saturating_sub(1);
        if let Some(away) = self.away.as_mut().filter(|_| probe) {
            away.probed = false;
        }
    }

    /// It answered, after so long.
    pub(super) fn answered(&mut self, took: Duration) -> Option<News> {
        self.took = Some(self.took.map_or(took, |before| before * 3 / 4 + took / 4));
        self.failures = 0;
        self.away.take().map(|_| News::Back)
    }

    /// It failed. Failures of fetches that began before it was known to be away count no more.
    pub(super) fn failed(
        &mut self,
        probe: bool,
        retry_after: Option<Duration>,
        now: Timestamp,
        chance: f64,
    ) -> Option<News> {
        if self.failures == 0 {
            self.not_before = now;
        }
        self.failures = self.failures.saturating_add(1);
        self.failed_at = now;
        if let Some(pause) = retry_after {
            self.not_before = self.not_before.max(now.after(pause));
        }
        let pauses = match &self.away {
            Some(away) if probe => away.pauses.saturating_add(1),
            Some(away) => away.pauses,
            None if self.failures >= FAILURES => 1,
            None => return None,
        };
        let first = self.away.is_none();
        let away = self.away.get_or_insert(Away { since: now, until: now, pauses, probed: false });
        if first || probe {
            let pause = PAUSES.pause(pauses, 0.5 + chance.clamp(0.0, 1.0) / 2.0);
            away.until = now.after(pause);
        }
        away.pauses = pauses;
        away.until = away.until.max(self.not_before);
        first.then_some(News::Away(away.until))
    }

    /// Whether a fetch is under way.
    pub(super) const fn is_asked(&self) -> bool {
        self.asked > 0
    }

    /// Whether nothing would be lost if it were forgotten, but for how long it takes.
    pub(super) fn is_idle(&self, now: Timestamp) -> bool {
        let failed_lately = self.failures > 0 && now.since(self.failed_at) < REMEMBERED;
        let is_let_alone = self.away.as_ref().is_some_and(|away| away.until > now);
        !self.is_asked() && self.promised <= now && !failed_lately && !is_let_alone
    }
}
