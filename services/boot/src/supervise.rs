//! Background tasks that are looked after: what ends or panics before its time is told and dealt with.
//!
//! Two policies: `keep` starts a task again after a pause, for what the process can do without for a while; `need`
//! ends the process in an orderly way, for what it cannot do without.

use std::any::Any;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tally_kernel::{Backoff, Clock, Ids};
use tokio::task::JoinError;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Pauses between two starts of a task.
const PAUSES: Backoff = Backoff { base: Duration::from_millis(200), cap: Duration::from_secs(30) };
/// A task that lived as long as this is not failing in a row any more.
const STEADY: Duration = Duration::from_secs(60);

/// Looks after the tasks of a process. Cloning gives another handle to the same.
#[derive(Clone)]
pub struct Supervisor {
    tasks: TaskTracker,
    drain: CancellationToken,
    failed: Arc<AtomicBool>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

impl Supervisor {
    /// A supervisor without tasks. After `drain` is cancelled a task may end, and is not started again.
    #[must_use]
    pub fn new(drain: CancellationToken, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Self {
        Self { tasks: TaskTracker::new(), drain, failed: Arc::default(), clock, ids }
    }

    /// Runs what `make` makes, and makes it again whenever it ends or panics before the drain.
    pub fn keep<F, T>(&self, name: &'static str, mut make: F)
    where
        F: FnMut() -> T + Send + 'static,
        T: Future<Output = ()> + Send + 'static,
    {
        let this = self.clone();
        self.tasks.spawn(async move {
            let mut failures = 0;
            while !this.drain.is_cancelled() {
                let began = this.clock.now();
                let ended = caught(make()).await;
                if this.drain.is_cancelled() {
                    break;
                }
                failures = if this.clock.now().since(began) >= STEADY { 1 } else { failures + 1 };
                let pause = PAUSES.pause(failures, this.ids.chance());
                tracing::error!(
                    task = name,
                    cause = cause(ended),
                    pause_ms = pause.as_millis(),
                    "restarting a task"
                );
                tokio::select! {
                    () = this.clock.sleep(pause) => {}
                    () = this.drain.cancelled() => {}
                }
            }
        });
    }

    /// Runs `task`; when it ends or panics before the drain, the process drains and counts as failed.
    pub fn need<T>(&self, name: &'static str, task: T)
    where
        T: Future<Output = ()> + Send + 'static,
    {
        let this = self.clone();
        self.tasks.spawn(async move {
            let ended = caught(task).await;
            if !this.drain.is_cancelled() || ended.is_err() {
                tracing::error!(task = name, cause = cause(ended), "a task that is needed ended; leaving");
                this.failed.store(true, Ordering::Relaxed);
                this.drain.cancel();
            }
        });
    }

    /// Returns when all tasks have ended: after the drain, or never. Says whether one that was needed failed.
    pub async fn ended(&self) -> Verdict {
        self.tasks.close();
        self.tasks.wait().await;
        if self.failed.load(Ordering::Relaxed) { Verdict::Failed } else { Verdict::Drained }
    }
}

/// How a process's tasks ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All in order.
    Drained,
    /// A task that was needed failed; the log says which.
    Failed,
}

/// Runs a task beside its supervisor, so that a panic ends the task only.
#[expect(clippy::disallowed_methods, reason = "the one place that spawns; the handle is awaited at once")]
async fn caught<T>(task: T) -> Result<(), JoinError>
where
    T: Future<Output = ()> + Send + 'static,
{
    tokio::spawn(task).await
}

fn cause(ended: Result<(), JoinError>) -> String {
    match ended {
        Ok(()) => "it ended".to_owned(),
        Err(error) if error.is_panic() => format!("it panicked: {}", said(&*error.into_panic())),
        Err(_) => "it was aborted".to_owned(),
    }
}

/// What a panic said; panics of `panic!` carry a text.
fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "nothing said".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SystemClock, SystemIds};
    use tokio::sync::mpsc;

    fn supervisor() -> (Supervisor, CancellationToken) {
        let drain = CancellationToken::new();
        let supervisor = Supervisor::new(drain.clone(), Arc::new(SystemClock), Arc::new(SystemIds::new()));
        (supervisor, drain)
    }

    #[tokio::test(start_paused = true)]
    async fn a_kept_task_comes_back_after_a_panic_and_after_an_end() {
        let (supervisor, drain) = supervisor();
        let (started, mut starts) = mpsc::unbounded_channel();
        let mut run = 0;
        supervisor.keep("fickle", move || {
            run += 1;
            let (run, started) = (run, started.clone());
            async move {
                started.send(run).unwrap();
                match run {
                    1 => panic!("first time"),
                    2 => {}
                    _ => std::future::pending().await,
                }
            }
        });
        for run in 1..=3 {
            assert_eq!(starts.recv().await, Some(run));
        }
        drain.cancel();
    }

    #[tokio::test]
    async fn a_needed_task_that_ends_drains_the_process_as_failed() {
        let (supervisor, drain) = supervisor();
        supervisor.need("heart", async {});
        drain.cancelled().await;
        assert_eq!(supervisor.ended().await, Verdict::Failed);
    }

    #[tokio::test]
    async fn a_needed_task_may_end_at_the_drain() {
        let (supervisor, drain) = supervisor();
        let token = drain.clone();
        supervisor.need("heart", async move { token.cancelled().await });
        drain.cancel();
        assert_eq!(supervisor.ended().await, Verdict::Drained);
    }

    #[tokio::test]
    async fn a_panic_during_the_drain_still_counts() {
        let (supervisor, drain) = supervisor();
        drain.cancel();
        supervisor.need("heart", async { panic!("late") });
        assert_eq!(supervisor.ended().await, Verdict::Failed);
    }
}
