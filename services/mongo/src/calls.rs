//! The only way to the driver: every operation runs to its end, within a time and beside few enough others.
//!
//! The driver has no limit for an operation that was sent, and its documentation warns that dropping one of its futures
//! midway may leave a connection in disorder. So none is dropped: when whoever asked has waited as long as he may, or goes
//! away, a task takes it over.

mod kept;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use mongodb::Database;
use mongodb::error::Result as Driven;
use tally_kernel::{Fault, FaultKind};
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::task::TaskTracker;

use kept::Kept;

use crate::error::{Effect, fault};

/// Calls to one database.
pub struct Calls {
    /// There once the database has been reached and made ready.
    database: watch::Sender<Option<Database>>,
    tasks: TaskTracker,
    permits: Arc<Semaphore>,
    within: Duration,
    server_within: Duration,
}

impl Calls {
    /// Calls to a database that is not reached yet.
    pub fn new(within: Duration, server_within: Duration, in_flight: u32) -> Arc<Self> {
        Arc::new(Self {
            database: watch::Sender::new(None),
            tasks: TaskTracker::new(),
            permits: Arc::new(Semaphore::new(in_flight.max(1) as usize)),
            within,
            server_within,
        })
    }

    /// The tasks of this adapter.
    pub const fn tasks(&self) -> &TaskTracker {
        &self.tasks
    }

    /// How long one call may take.
    pub const fn within(&self) -> Duration {
        self.within
    }

    /// From now on there is a database.
    pub fn ready(&self, database: Database) {
        self.database.send_replace(Some(database));
    }

    /// Returns when all operations under way have ended and the connections are closed.
    pub async fn close(&self) {
        self.tasks.close();
        self.tasks.wait().await;
        // Else the driver does it when its last handle goes, in a task that the end of the runtime cuts off with a panic.
        let database = self.database.borrow().clone();
        if let Some(database) = database {
            let shutdown = database.client().clone().shutdown().immediate(true);
            // What the server is not told it forgets by itself.
            let _ = timeout(self.server_within, shutdown.into_future()).await;
        }
    }

    /// Whether there is one.
    pub fn is_ready(&self) -> bool {
        self.database.borrow().is_some()
    }

    /// Returns when there is one.
    pub async fn wait_until_ready(&self) {
        let mut database = self.database.subscribe();
        // The sender is ours, so this ends only when it is there.
        let _ready = database.wait_for(Option::is_some).await;
    }

    /// Runs an operation. Dropping the future does not stop it; what it comes to is then not known here.
    pub async fn run<T, F>(
        &self,
        effect: Effect,
        during: &'static str,
        work: impl FnOnce(Database) -> F,
    ) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: Future<Output = Driven<T>> + Send + 'static,
    {
        let until = Instant::now() + self.within;
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
        match timeout_at(until, Kept::new(running, &self.tasks)).await {
            Ok(Ok(Ok(done))) => Ok(done),
            Ok(Ok(Err(error))) => Err(fault(error, effect, during)),
            Ok(Err(panicked)) => Err(Fault::because(effect.unanswered(), during, panicked)),
            Err(late) => Err(Fault::because(effect.unanswered(), during, late)),
        }
    }

    async fn database(&self, during: &'static str) -> Result<Database, Fault> {
        if let Some(database) = self.database.borrow().clone() {
            return Ok(database);
        }
        if timeout(self.server_within, self.wait_until_ready()).await.is_ok()
            && let Some(database) = self.database.borrow().clone()
        {
            return Ok(database);
        }
        Err(Fault::because(FaultKind::Unavailable, during, "the database has not been reached yet"))
    }
}
