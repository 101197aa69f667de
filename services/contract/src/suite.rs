//! Runs the checks of a suite, each on its own fixture, and names the one that failed.
//!
//! It does not know what is checked.

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tally_jobs::ports::{Blobs, JobCatalogue, JobQueue, JobStore};
use tally_kernel::{Clock, Timestamp};

use crate::doubles::HandClock;

/// A fresh, empty store.
pub struct StoreFixture {
    /// The store.
    pub store: Arc<dyn JobStore>,
    /// Its catalogue.
    pub catalogue: Arc<dyn JobCatalogue>,
    /// Its bodies.
    pub blobs: Arc<dyn Blobs>,
    /// The queue, if the store is its own queue and publishes by itself.
    pub queue: Option<Arc<dyn JobQueue>>,
    /// What must live as long as the store: a temporary folder, a database to be dropped.
    pub keeper: Box<dyn Any + Send + Sync>,
}

/// A fresh, empty queue.
pub struct QueueFixture {
    /// The queue.
    pub queue: Arc<dyn JobQueue>,
    /// What must live as long as the queue.
    pub keeper: Box<dyn Any + Send + Sync>,
}

/// A store and the clock that it was made with.
pub(crate) struct Fixture {
    pub stores: StoreFixture,
    pub clock: Arc<HandClock>,
}

impl Fixture {
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn store(&self) -> &dyn JobStore {
        &*self.stores.store
    }

    pub fn catalogue(&self) -> &dyn JobCatalogue {
        &*self.stores.catalogue
    }

    pub fn blobs(&self) -> &dyn Blobs {
        &*self.stores.blobs
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

/// Runs all checks, one after the other, each on a fixture that `make` makes.
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

/// Runs all checks, each on its own store with its own clock.
pub(crate) async fn run_with_clocks<F>(checks: &[Check<Fixture>], make: impl Fn(Arc<HandClock>) -> F)
where
    F: Future<Output = StoreFixture>,
{
    run_all(checks, || async {
        let clock = Arc::new(HandClock::default());
        Fixture { stores: make(Arc::clone(&clock)).await, clock }
    })
    .await;
}

/// Prints the name of the check when it fails.
struct Named(&'static str);

impl Drop for Named {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the check `{}` of the contract failed", self.0);
        }
    }
}
