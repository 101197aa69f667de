//! Supervised background tasks: a task that ends early or panics is logged and handled.
//!
//! There are two policies. `restart_on_exit` starts the task again after a pause. `exit_on_failure` shuts the process
//! down, for a task that it cannot do without.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tally_kernel::{Backoff, Clock, Ids, panic_message};
use tokio::task::JoinError;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The pauses between two starts of a task.
const PAUSES: Backoff = Backoff { base: Duration::from_millis(200), cap: Duration::from_secs(30) };
/// A task that ran for this long starts again with the shortest pause.
const STABLE_AFTER: Duration = Duration::from_secs(60);

/// Supervises the tasks of a process. Clones share them.
#[derive(Clone)]
pub struct Supervisor {
    tasks: TaskTracker,
    drain: CancellationToken,
    failed: Arc<AtomicBool>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

impl Supervisor {
    /// A supervisor without tasks. Once `drain` is cancelled, tasks may end and are not started again.
    #[must_use]
    pub fn new(drain: CancellationToken, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Self {
        Self { tasks: TaskTracker::new(), drain, failed: Arc::default(), clock, ids }
    }

    /// Runs the task that `make` returns, and a new one each time the task ends or panics before the drain.
    pub fn restart_on_exit<F, T>(&self, name: &'static str, mut make: F)
    where
        F: FnMut() -> T + Send + 'static,
        T: Future<Output = ()> + Send + 'static,
    {
        let this = self.clone();
        self.tasks.spawn(async move {
            let mut failures = 0;
            while !this.drain.is_cancelled() {
                let began = this.clock.now();
                let exit = run_caught(make()).await;
                if this.drain.is_cancelled() {
                    break;
                }
                failures = if this.clock.now().since(began) >= STABLE_AFTER { 1 } else { failures + 1 };
                let pause = PAUSES.pause(failures, this.ids.chance());
                tracing::error!(
                    task = name,
                    cause = cause(exit),
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

    /// Runs `task`. If it ends before the drain, or panics, the process drains and counts as failed.
    pub fn exit_on_failure<T>(&self, name: &'static str, task: T)
    where
        T: Future<Output = ()> + Send + 'static,
    {
        let this = self.clone();
        self.tasks.spawn(async move {
            let exit = run_caught(task).await;
            if !this.drain.is_cancelled() || exit.is_err() {
                tracing::error!(task = name, cause = cause(exit), "a required task ended; the process exits");
                this.failed.store(true, Ordering::Relaxed);
                this.drain.cancel();
            }
        });
    }

    /// Waits until all tasks have ended, which only happens after the drain.
    pub async fn join_all(&self) -> ShutdownStatus {
        self.tasks.close();
        self.tasks.wait().await;
        if self.failed.load(Ordering::Relaxed) { ShutdownStatus::Failed } else { ShutdownStatus::Drained }
    }
}

/// How the tasks of a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShutdownStatus {
    /// No task failed.
    Drained,
    /// A task that the process cannot do without failed. The log names it.
    Failed,
}

/// Runs a task in a tokio task of its own, so that its panic does not reach the supervisor.
#[expect(clippy::disallowed_methods, reason = "the one place that spawns; the handle is awaited at once")]
async fn run_caught<T>(task: T) -> Result<(), JoinError>
where
    T: Future<Output = ()> + Send + 'static,
{
    tokio::spawn(task).await
}

fn cause(exit: Result<(), JoinError>) -> String {
    match exit {
        Ok(()) => "it ended".to_owned(),
        Err(error) if error.is_panic() => format!("it panicked: {}", panic_message(&*error.into_panic())),
        Err(_) => "it was aborted".to_owned(),
    }
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
    async fn restarts_a_task_after_a_panic_and_after_its_end() {
        let (supervisor, drain) = supervisor();
        let (started, mut starts) = mpsc::unbounded_channel();
        let mut run = 0;
        supervisor.restart_on_exit("fickle", move || {
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
    async fn drains_the_process_as_failed_when_a_required_task_ends() {
        let (supervisor, drain) = supervisor();
        supervisor.exit_on_failure("heart", async {});
        drain.cancelled().await;
        assert_eq!(supervisor.join_all().await, ShutdownStatus::Failed);
    }

    #[tokio::test]
    async fn a_required_task_may_end_after_the_drain() {
        let (supervisor, drain) = supervisor();
        let token = drain.clone();
        supervisor.exit_on_failure("heart", async move { token.cancelled().await });
        drain.cancel();
        assert_eq!(supervisor.join_all().await, ShutdownStatus::Drained);
    }

    #[tokio::test]
    async fn a_panic_during_the_drain_counts_as_a_failure() {
        let (supervisor, drain) = supervisor();
        drain.cancel();
        supervisor.exit_on_failure("heart", async { panic!("late") });
        assert_eq!(supervisor.join_all().await, ShutdownStatus::Failed);
    }
}
