//! Runs every database operation to its end, with a timeout and a concurrency limit.
//!
//! The driver has no timeout for an operation that was sent. Its documentation warns that a future dropped midway may
//! leave a connection in a bad state. So no operation is dropped: when the caller times out or goes away, a task
//! continues it.

mod detach_on_drop;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use mongodb::Database;
use mongodb::error::Result as DriverResult;
use tally_kernel::{Fault, FaultKind};
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::task::TaskTracker;

use detach_on_drop::DetachOnDrop;

use crate::codec::FormatError;
use crate::error::{Effect, fault};

/// Runs operations on one database.
pub struct DbExecutor {
    /// `None` until the database has been reached; then the prepared database, or why it is refused.
    database: watch::Sender<Option<Result<Database, FormatError>>>,
    tasks: TaskTracker,
    permits: Arc<Semaphore>,
    call_timeout: Duration,
    server_timeout: Duration,
}

impl DbExecutor {
    /// An executor whose database is not reached yet.
    pub fn new(call_timeout: Duration, server_timeout: Duration, in_flight: u32) -> Arc<Self> {
        Arc::new(Self {
            database: watch::Sender::new(None),
            tasks: TaskTracker::new(),
            permits: Arc::new(Semaphore::new(in_flight.max(1) as usize)),
            call_timeout,
            server_timeout,
        })
    }

    /// The background tasks of this adapter.
    pub const fn tasks(&self) -> &TaskTracker {
        &self.tasks
    }

    pub const fn call_timeout(&self) -> Duration {
        self.call_timeout
    }

    /// Sets the database; waiting operations continue.
    pub fn ready(&self, database: Database) {
        self.database.send_replace(Some(Ok(database)));
    }

    /// Refuses the database; every operation fails from now on.
    pub fn refuse(&self, why: FormatError) {
        self.database.send_replace(Some(Err(why)));
    }

    /// Waits until all running operations have ended, then closes the connections.
    pub async fn close(&self) {
        self.tasks.close();
        self.tasks.wait().await;
        // Otherwise the driver shuts down when its last handle drops, in a task that the end of the runtime aborts
        // with a panic.
        let database = self.database.borrow().clone();
        if let Some(Ok(database)) = database {
            let shutdown = database.client().clone().shutdown().immediate(true);
            // On a timeout the server closes the connections itself.
            let _ = timeout(self.server_timeout, shutdown.into_future()).await;
        }
    }

    /// Whether the database was reached: it is prepared or refused.
    pub fn is_reached(&self) -> bool {
        self.database.borrow().is_some()
    }

    /// Waits until the database is prepared or refused.
    pub async fn wait_until_ready(&self) -> Result<(), FormatError> {
        let mut database = self.database.subscribe();
        // This holds the sender, so the wait ends only with a value.
        let reached = database.wait_for(Option::is_some).await;
        reached.ok().and_then(|reached| reached.as_ref()?.as_ref().err().copied()).map_or(Ok(()), Err)
    }

    /// Runs an operation. Dropping this future does not stop the operation; its outcome is then unknown.
    pub async fn run<T, F>(
        &self,
        effect: Effect,
        during: &'static str,
        work: impl FnOnce(Database) -> F,
    ) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: Future<Output = DriverResult<T>> + Send + 'static,
    {
        let until = Instant::now() + self.call_timeout;
        let database = self.database(during).await?;
        let waiting = timeout_at(until, Arc::clone(&self.permits).acquire_owned()).await;
        let Ok(Ok(permit)) = waiting else {
            let cause = "too many operations are under way";
            return Err(Fault::because(FaultKind::Unavailable, during, cause));
        };
        let work = work(database);
        let running = async move {
            let done = work.await;
            drop(permit);
            done
        };
        match timeout_at(until, DetachOnDrop::new(running, &self.tasks)).await {
            Ok(Ok(Ok(done))) => Ok(done),
            Ok(Ok(Err(error))) => Err(fault(error, effect, during)),
            Ok(Err(panicked)) => Err(Fault::because(effect.unanswered(), during, panicked)),
            Err(late) => Err(Fault::because(effect.unanswered(), during, late)),
        }
    }

    async fn database(&self, during: &'static str) -> Result<Database, Fault> {
        if !self.is_reached() {
            let _reached = timeout(self.server_timeout, self.wait_until_ready()).await;
        }
        match self.database.borrow().clone() {
            Some(Ok(database)) => Ok(database),
            Some(Err(why)) => Err(Fault::because(FaultKind::Unavailable, during, why)),
            None => {
                Err(Fault::because(FaultKind::Unavailable, during, "the database has not been reached yet"))
            }
        }
    }
}
