//! A future that runs where it is awaited, and in a task of its own once nobody awaits it any more.
//!
//! So an ordinary call costs no task and no change of threads, and one that was given up still comes to its end.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::runtime::Handle;
use tokio_util::task::TaskTracker;

/// The future panicked; what it said was told by the hook.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the operation panicked")]
pub(super) struct Panicked;

/// A future that is run to its end.
pub(super) struct Kept<T: Send + 'static> {
    /// Until it has ended.
    running: Option<BoxFuture<'static, Result<T, Panicked>>>,
    tasks: TaskTracker,
}

impl<T: Send + 'static> Kept<T> {
    /// This future; what is left of it when it is dropped becomes one of `tasks`.
    pub(super) fn new(work: impl Future<Output = T> + Send + 'static, tasks: &TaskTracker) -> Self {
        // What it borrows is its own, so nobody sees what a panic left half done.
        let running = AssertUnwindSafe(work).catch_unwind().map(|done| done.map_err(|_| Panicked)).boxed();
        Self { running: Some(running), tasks: tasks.clone() }
    }
}

impl<T: Send + 'static> Future for Kept<T> {
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

impl<T: Send + 'static> Drop for Kept<T> {
    fn drop(&mut self) {
        // Without a runtime the process is at its end, and so is the connection.
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
    async fn what_is_dropped_midway_comes_to_its_end() {
        let tasks = TaskTracker::new();
        let ((go, may_go), (tell, told)) = (oneshot::channel::<()>(), oneshot::channel());
        let mut kept = Kept::new(
            async move {
                may_go.await.unwrap();
                tell.send(7).unwrap();
            },
            &tasks,
        );
        assert!((&mut kept).now_or_never().is_none());
        assert!(tasks.is_empty(), "as long as it is awaited it is no task");
        drop(kept);
        go.send(()).unwrap();
        assert_eq!(told.await, Ok(7));
        tasks.close();
        tasks.wait().await;
    }

    #[tokio::test]
    async fn what_has_ended_leaves_nothing_behind_and_a_panic_is_told() {
        let tasks = TaskTracker::new();
        assert_eq!(Kept::new(async { 7 }, &tasks).await, Ok(7));
        let panics: BoxFuture<'static, ()> = async { panic!("as the test wants it") }.boxed();
        assert_eq!(Kept::new(panics, &tasks).await, Err(Panicked));
        assert!(tasks.is_empty());
    }
}
