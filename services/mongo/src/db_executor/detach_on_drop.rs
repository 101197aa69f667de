//! A future that continues in its own task when it is dropped before its end.
//!
//! So an ordinary call needs no task and no thread switch, and an abandoned call still completes.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::runtime::Handle;
use tokio_util::task::TaskTracker;

/// The future panicked. The panic hook has logged the message.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the operation panicked")]
pub(super) struct Panicked;

/// Runs a future to its end, even when dropped.
pub(super) struct DetachOnDrop<T: Send + 'static> {
    /// `None` once it has ended.
    running: Option<BoxFuture<'static, Result<T, Panicked>>>,
    tasks: TaskTracker,
}

impl<T: Send + 'static> DetachOnDrop<T> {
    /// Wraps `work`. When dropped early, the rest of it is spawned on `tasks`.
    pub(super) fn new(work: impl Future<Output = T> + Send + 'static, tasks: &TaskTracker) -> Self {
        // The future owns all it uses, so no other code sees a half-finished change after a panic.
        let running = AssertUnwindSafe(work).catch_unwind().map(|done| done.map_err(|_| Panicked)).boxed();
        Self { running: Some(running), tasks: tasks.clone() }
    }
}

impl<T: Send + 'static> Future for DetachOnDrop<T> {
    type Output = Result<T, Panicked>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(running) = &mut self.running else { return Poll::Pending };
        let done = running.poll_unpin(context);
        if done.is_ready() {
            self.running = None;
        }
        done
    }
}

impl<T: Send + 'static> Drop for DetachOnDrop<T> {
    fn drop(&mut self) {
        // Without a runtime the process is shutting down, and the connection is closed with it.
        if let Some(rest) = self.running.take()
            && let Ok(runtime) = Handle::try_current()
        {
            self.tasks.spawn_on(rest, &runtime);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn continues_as_a_task_when_dropped() {
        let tasks = TaskTracker::new();
        let ((go, may_go), (done, result)) = (oneshot::channel::<()>(), oneshot::channel());
        let mut kept = DetachOnDrop::new(
            async move {
                may_go.await.unwrap();
                done.send(7).unwrap();
            },
            &tasks,
        );
        assert!((&mut kept).now_or_never().is_none());
        assert!(tasks.is_empty(), "no task is spawned while the future is awaited");
        drop(kept);
        go.send(()).unwrap();
        assert_eq!(result.await, Ok(7));
        tasks.close();
        tasks.wait().await;
    }

    #[tokio::test]
    async fn leaves_no_task_after_its_end_and_reports_a_panic() {
        let tasks = TaskTracker::new();
        assert_eq!(DetachOnDrop::new(async { 7 }, &tasks).await, Ok(7));
        let panics: BoxFuture<'static, ()> = async { panic!("a panic of the test") }.boxed();
        assert_eq!(DetachOnDrop::new(panics, &tasks).await, Err(Panicked));
        assert!(tasks.is_empty());
    }
}
