//! Connects to a database and hands out the ports on it.
//!
//! Knows what is made of what; what each part does is theirs.

use std::sync::Arc;

use tally_jobs::key::KeySecret;
use tally_jobs::ports::{Archive, Blobs, JobCatalogue, JobStore};
use tally_kernel::{Clock, Ids, Probe};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::blobs::BodiesInMongo;
use crate::calls::Calls;
use crate::error::{ConnectError, parse, unusable};
use crate::jobs::aside::Aside;
use crate::jobs::catalogue::CatalogueOfMongo;
use crate::jobs::handing::Handing;
use crate::jobs::histogram::Histograms;
use crate::jobs::room::Room;
use crate::jobs::store::{JobsInMongo, Parts};
use crate::loose::Loose;
use crate::numbers::Numbers;
use crate::options::Options;
use crate::probe::StoreProbe;
use crate::start::{Start, client_of};

/// A database in use.
pub struct Mongo {
    store: Arc<JobsInMongo>,
    catalogue: Arc<CatalogueOfMongo>,
    blobs: Arc<BodiesInMongo>,
    calls: Arc<Calls>,
    room: Arc<Room>,
    aside: Arc<Aside>,
    secret: watch::Receiver<Option<KeySecret>>,
    running: DropGuard,
}

/// Begins to use a database. Fails only for an address that cannot be one: a database that is away, or refuses our
/// password, is tried until it is there, and every call is answered with a fault till then.
///
/// `clock` gives the order of admission and the times of bodies, `ids` the names of bodies. Call it within a runtime.
pub async fn connect(
    options: Options,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
) -> Result<Mongo, ConnectError> {
    let address = parse(&options.uri)?;
    if !options.uri.starts_with("mongodb+srv://") {
        // Makes no connection, and finds options that contradict each other.
        client_of(&address, &options).await.map_err(|error| unusable(&options.uri, &error))?;
    }
    let calls = Calls::new(options.call_within, options.server_within, options.in_flight);
    let numbers = Numbers::new().map_err(|error| ConnectError::NoChance(error.to_string()))?;
    let room = Room::new(Arc::clone(&calls), &options);
    let aside = Arc::new(Aside::new(Arc::clone(&calls)));
    let loose = Arc::new(Loose { calls: Arc::clone(&calls) });
    let histograms = Arc::new(Histograms { calls: Arc::clone(&calls), loose: Arc::clone(&loose) });
    let blobs =
        BodiesInMongo::new(Arc::clone(&calls), Arc::clone(&loose), Arc::clone(&clock), Arc::clone(&ids));
    let blobs = Arc::new(blobs);
    let handing = Handing::new(Arc::clone(&calls), Arc::clone(&clock), &numbers);
    let store = JobsInMongo::new(Parts {
        calls: Arc::clone(&calls),
        clock,
        numbers: Arc::new(numbers),
        room: Arc::clone(&room),
        aside: Arc::clone(&aside),
        bodies: Arc::clone(&blobs),
        loose,
        histograms: Arc::clone(&histograms),
        handing: Arc::clone(&handing),
    });
    let catalogue = CatalogueOfMongo::new(Arc::clone(&calls), Arc::clone(&aside), histograms);
    let (secret, known) = watch::channel(None);
    let stop = CancellationToken::new();
    let start = Start { address, options, calls: Arc::clone(&calls), secret, ids };
    calls.tasks().spawn(stop.clone().run_until_cancelled_owned(start.run()));
    calls.tasks().spawn(stop.clone().run_until_cancelled_owned(handing.tell_on()));
    Ok(Mongo {
        store: Arc::new(store),
        catalogue: Arc::new(catalogue),
        blobs,
        calls,
        room,
        aside,
        secret: known,
        running: stop.drop_guard(),
    })
}

impl Mongo {
    /// Where jobs are remembered.
    #[must_use]
    pub fn store(&self) -> Arc<dyn JobStore> {
        Arc::clone(&self.store) as _
    }

    /// Where jobs are read.
    #[must_use]
    pub fn catalogue(&self) -> Arc<dyn JobCatalogue> {
        Arc::clone(&self.catalogue) as _
    }

    /// Where large bodies are kept.
    #[must_use]
    pub fn blobs(&self) -> Arc<dyn Blobs> {
        Arc::clone(&self.blobs) as _
    }

    /// What moves whole jobs.
    #[must_use]
    pub fn archive(&self) -> Arc<dyn Archive> {
        Arc::clone(&self.store) as _
    }

    /// How the database is.
    #[must_use]
    pub fn probes(&self) -> Vec<Arc<dyn Probe>> {
        vec![Arc::new(StoreProbe { calls: Arc::clone(&self.calls), room: Arc::clone(&self.room) })]
    }

    /// The secret that ids of keyed jobs are derived with: made once, kept with the jobs, the same for every process.
    /// Waits until the database has been reached, however long that takes.
    pub async fn key_secret(&self) -> KeySecret {
        let mut known = self.secret.clone();
        match known.wait_for(Option::is_some).await.map(|secret| *secret) {
            Ok(Some(secret)) => secret,
            // The start ends only when it has told, or with this.
            _ => std::future::pending().await,
        }
    }

    /// How many documents this process could not read and has left alone: damaged, or of a later version. To be read
    /// as often as wanted.
    pub fn set_aside(&self) -> impl Fn() -> u64 + Send + Sync + use<> {
        let aside = Arc::clone(&self.aside);
        move || aside.count()
    }

    /// Returns when all operations under way have ended. Call it after the last call to a port.
    pub async fn close(self) {
        drop(self.running);
        self.calls.close().await;
    }
}
