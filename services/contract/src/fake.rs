//! A workload for tests of the engine. Its spec says what a run does.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tally_jobs::failure::{Failure, FailureType};
use tally_jobs::parts::Output;
use tally_jobs::record::{ClaimedJob, Kind, NewJob};
use tally_jobs::workload::{Attempt, Deferral, Outcome, Workload};
use tally_kernel::Fault;

use crate::samples;

/// What a run of the fake workload does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FakeRun {
    /// Succeeds with [`samples::output`] and another source.
    Succeed,
    /// Fails in a way that another attempt does not change.
    Fail,
    /// Fails in a way that may pass; from the second attempt on it succeeds.
    FailOnce,
    /// Puts itself off by ten seconds once for each worker process, then succeeds.
    Defer,
    /// Never ends.
    Hang,
    /// Panics.
    Panic,
}

impl FakeRun {
    const ALL: [(Self, &'static str); 6] = [
        (Self::Succeed, "succeed"),
        (Self::Fail, "fail"),
        (Self::FailOnce, "fail-once"),
        (Self::Defer, "defer"),
        (Self::Hang, "hang"),
        (Self::Panic, "panic"),
    ];

    /// A job that runs so, with an attribute.
    #[must_use]
    pub fn job(self, number: u64) -> NewJob {
        let name = Self::ALL.iter().find(|(run, _)| *run == self).map_or("", |(_, name)| name);
        let mut new = samples::at(number, "example.com", "/page");
        new.parts.spec = Bytes::from_static(name.as_bytes());
        new
    }

    fn of(spec: &[u8]) -> Self {
        let found = Self::ALL.iter().find(|(_, name)| name.as_bytes() == spec);
        found.expect("a spec of the fake workload").0
    }
}

/// The source that a success leaves behind.
pub const SOURCE_AT_END: &[u8] = b"u, and it was read";

/// The type of a permanent failure.
pub const PERMANENT: FailureType =
    FailureType { name: "fake-failure", title: "The fake failed", retryable: false };

/// The workload.
#[derive(Debug, Default)]
pub struct FakeWorkload {
    /// How many runs have begun.
    pub begun: AtomicUsize,
    deferred: AtomicUsize,
}

impl FakeWorkload {
    /// A workload that has run nothing.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }
}

#[async_trait]
impl Workload for FakeWorkload {
    fn kind(&self) -> Kind {
        samples::KIND
    }

    async fn run(&self, claimed: &ClaimedJob, attempt: Attempt) -> Result<Outcome, Fault> {
        self.begun.fetch_add(1, Ordering::Relaxed);
        let succeed = || {
            let source = Some(Bytes::from_static(SOURCE_AT_END));
            Outcome::Succeeded(Box::new(Output { source, ..samples::output(5, 3) }))
        };
        Ok(match FakeRun::of(&claimed.job.parts.spec) {
            FakeRun::Succeed => succeed(),
            FakeRun::Fail => Outcome::Failed(Failure::new(PERMANENT, "the spec says so")),
            FakeRun::FailOnce if attempt.number == 1 => Outcome::Failed(samples::failure()),
            FakeRun::Defer if self.deferred.fetch_add(1, Ordering::Relaxed) == 0 => {
                let until = attempt.began.after(Duration::from_secs(10));
                Outcome::Deferred(Deferral { until, reason: "busy", waits_for: "example.com:443".into() })
            }
            FakeRun::FailOnce | FakeRun::Defer => succeed(),
            FakeRun::Hang => std::future::pending().await,
            FakeRun::Panic => panic!("the spec says so"),
        })
    }
}
