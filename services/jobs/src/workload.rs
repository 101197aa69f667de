//! What a kind of job does. The engine claims, renews, retries, cancels, completes and emits events; a workload only
//! runs.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use tally_kernel::{Fault, Timestamp};

use crate::failure::Failure;
use crate::parts::Output;
use crate::record::{ClaimedJob, Kind};

/// One attempt, as its workload sees it.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    pub began: Timestamp,
    /// When the job must have ended; the engine drops the run then.
    pub deadline: Timestamp,
    /// Which attempt this is, counted from 1.
    pub number: u32,
}

/// How a run ended.
#[derive(Debug)]
pub enum Outcome {
    /// With a result.
    Succeeded(Box<Output>),
    /// Without one. The engine decides whether another attempt follows.
    Failed(Failure),
    /// Before it began: something that it needs is taken. The job is released, uncharged.
    Deferred(Deferral),
}

/// Why a run was put off, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deferral {
    /// When the job may run again. The engine caps it at the job's deadline.
    pub until: Timestamp,
    /// Why: one of few words, which logs and metrics use as they are.
    pub reason: &'static str,
    /// What it waits for, for logs: a host and its port.
    pub waits_for: String,
}

/// A kind of job.
#[async_trait]
pub trait Workload: Send + Sync {
    /// Its name, the same in every version.
    fn kind(&self) -> Kind;

    /// Runs one attempt. Must be safe to run again: a crash repeats it. The engine drops the future when the job is
    /// cancelled, its deadline passes or its claim is lost. A fault is a port's, not the job's: the job is released.
    async fn run(&self, claimed: &ClaimedJob, attempt: Attempt) -> Result<Outcome, Fault>;
}

/// The workloads of a process, by kind.
#[derive(Clone, Default)]
pub struct Workloads(HashMap<Kind, Arc<dyn Workload>>);

impl Workloads {
    /// These workloads; of two with one kind the last.
    #[must_use]
    pub fn of(workloads: impl IntoIterator<Item = Arc<dyn Workload>>) -> Self {
        Self(workloads.into_iter().map(|one| (one.kind(), one)).collect())
    }

    #[must_use]
    pub fn get(&self, kind: &Kind) -> Option<&dyn Workload> {
        self.0.get(kind).map(|workload| &**workload)
    }
}
