//! Runs the checks of a suite, each in a place of its own, and says which one failed.
//!
//! Knows nothing of what is checked.

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tally_jobs::ports::{Blobs, JobCatalogue, JobQueue, JobStore};
use tally_kernel::{Clock, Timestamp};

use crate::doubles::HandClock;

/// A fresh, empty place to keep jobs in.
pub struct Place {
    /// The store.
    pub store: Arc<dyn JobStore>,
    /// Its catalogue.
    pub catalogue: Arc<dyn JobCatalogue>,
    /// Its bodies.
    pub blobs: Arc<dyn Blobs>,
    /// The queue, when the store is its own queue and hands tickets out by itself.
    pub queue: Option<Arc<dyn JobQueue>>,
    /// Whatever must live as long as the place: a temporary folder, a database to be dropped.
    pub keeper: Box<dyn Any + Send + Sync>,
}

/// A fresh, empty queue.
pub struct QueuePlace {
    /// The queue.
    pub queue: Arc<dyn JobQueue>,
    /// Whatever must live as long as the queue.
    pub keeper: Box<dyn Any + Send + Sync>,
}

/// A place with the clock that it was made with.
pub(crate) struct Ground {
    pub place: Place,
    pub clock: Arc<HandClock>,
}

impl Ground {
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn store(&self) -> &dyn JobStore {
        &*self.place.store
    }

    pub fn catalogue(&self) -> &dyn JobCatalogue {
        &*self.place.catalogue
    }

    pub fn blobs(&self) -> &dyn Blobs {
        &*self.place.blobs
    }
}

/// What a check does.
pub(crate) type Run<G> = fn(Arc<G>) -> Pin<Box<dyn Future<Output = ()> + Send>>;

/// A check and its name.
pub(crate) struct Check<G> {
    pub name: &'static str,
    pub run: Run<G>,
}

impl<G> Check<G> {
    pub const fn new(name: &'static str, run: Run<G>) -> Self {
        Self { name, run }
    }
}

/// Runs all checks, one after the other, each on ground that `make` makes.
pub(crate) async fn run_all<G, F>(checks: &[Check<G>], make: impl Fn() -> F)
where
    F: Future<Output = G>,
{
    for check in checks {
        let named = Named(check.name);
        (check.run)(Arc::new(make().await)).await;
        drop(named);
    }
}

/// Runs all checks, each in a place of its own with a clock of its own.
pub(crate) async fn run_in_places<F>(checks: &[Check<Ground>], make: impl Fn(Arc<HandClock>) -> F)
where
    F: Future<Output = Place>,
{
    run_all(checks, || async {
        let clock = Arc::new(HandClock::default());
        Ground { place: make(Arc::clone(&clock)).await, clock }
    })
    .await;
}

/// Says the name of the check when it fails.
struct Named(&'static str);

impl Drop for Named {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the check `{}` of the contract failed", self.0);
        }
    }
}
