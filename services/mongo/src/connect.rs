//! Connects to a database and creates the ports on it.

use std::sync::Arc;

use tally_jobs::key::KeySecret;
use tally_jobs::ports::{Blobs, JobArchive, JobCatalogue, JobStore};
use tally_kernel::{Clock, Ids, Probe};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::blobs::MongoBlobs;
use crate::codec::FormatError;
use crate::db_executor::DbExecutor;
use crate::error::{ConnectError, parse, unusable};
use crate::jobs::attachments::Attachments;
use crate::jobs::backlog_limit::BacklogLimit;
use crate::jobs::catalogue::MongoJobCatalogue;
use crate::jobs::outbox_watermark::OutboxWatermark;
use crate::jobs::quarantine::Quarantine;
use crate::jobs::store::{MongoJobStore, StoreParts};
use crate::options::Options;
use crate::pending_uploads::PendingUploads;
use crate::probe::StoreProbe;
use crate::sequence::Sequence;
use crate::startup::{Startup, client_of};

/// A connected database.
pub struct Mongo {
    store: Arc<MongoJobStore>,
    catalogue: Arc<MongoJobCatalogue>,
    blobs: Arc<MongoBlobs>,
    db: Arc<DbExecutor>,
    backlog: Arc<BacklogLimit>,
    quarantine: Arc<Quarantine>,
    secret: watch::Receiver<Option<KeySecret>>,
    running: DropGuard,
}

/// Connects to a database in the background. Fails only for an invalid address. Until the database can be reached,
/// every call fails; connecting is retried, also after a refused password.
///
/// `clock` orders admissions and dates stored bodies; `ids` names stored bodies. Call this within a runtime.
pub async fn connect(
    options: Options,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
) -> Result<Mongo, ConnectError> {
    let address = parse(&options.uri)?;
    if !options.uri.starts_with("mongodb+srv://") {
        // Opens no connection; rejects contradictory options.
        client_of(&address, &options).await.map_err(|error| unusable(&options.uri, &error))?;
    }
    let db = DbExecutor::new(options.call_timeout, options.server_timeout, options.max_in_flight);
    let sequence = Sequence::new().map_err(|error| ConnectError::NoChance(error.to_string()))?;
    let backlog = BacklogLimit::new(Arc::clone(&db), Arc::clone(&clock), &options);
    let quarantine = Arc::new(Quarantine::new(Arc::clone(&db)));
    let pending_uploads = Arc::new(PendingUploads { db: Arc::clone(&db) });
    let attachments =
        Arc::new(Attachments { db: Arc::clone(&db), pending_uploads: Arc::clone(&pending_uploads) });
    let blobs =
        MongoBlobs::new(Arc::clone(&db), Arc::clone(&pending_uploads), Arc::clone(&clock), Arc::clone(&ids));
    let blobs = Arc::new(blobs);
    let watermark = OutboxWatermark::new(Arc::clone(&db), Arc::clone(&clock), &sequence);
    let store = MongoJobStore::new(StoreParts {
        db: Arc::clone(&db),
        clock,
        sequence: Arc::new(sequence),
        backlog: Arc::clone(&backlog),
        quarantine: Arc::clone(&quarantine),
        blobs: Arc::clone(&blobs),
        pending_uploads,
        attachments: Arc::clone(&attachments),
        watermark: Arc::clone(&watermark),
    });
    let catalogue = MongoJobCatalogue::new(Arc::clone(&db), Arc::clone(&quarantine), attachments);
    let (secret, known) = watch::channel(None);
    let stop = CancellationToken::new();
    let start = Startup { address, options, db: Arc::clone(&db), secret, ids };
    db.tasks().spawn(stop.clone().run_until_cancelled_owned(start.run()));
    db.tasks().spawn(stop.clone().run_until_cancelled_owned(watermark.run()));
    Ok(Mongo {
        store: Arc::new(store),
        catalogue: Arc::new(catalogue),
        blobs,
        db,
        backlog,
        quarantine,
        secret: known,
        running: stop.drop_guard(),
    })
}

impl Mongo {
    #[must_use]
    pub fn store(&self) -> Arc<dyn JobStore> {
        Arc::clone(&self.store) as _
    }

    /// The read side of the job store.
    #[must_use]
    pub fn catalogue(&self) -> Arc<dyn JobCatalogue> {
        Arc::clone(&self.catalogue) as _
    }

    /// The stored bodies.
    #[must_use]
    pub fn blobs(&self) -> Arc<dyn Blobs> {
        Arc::clone(&self.blobs) as _
    }

    /// Exports and imports whole jobs.
    #[must_use]
    pub fn archive(&self) -> Arc<dyn JobArchive> {
        Arc::clone(&self.store) as _
    }

    /// The health probes of the database.
    #[must_use]
    pub fn probes(&self) -> Vec<Arc<dyn Probe>> {
        vec![Arc::new(StoreProbe { db: Arc::clone(&self.db), backlog: Arc::clone(&self.backlog) })]
    }

    /// The secret from which ids of keyed jobs are derived. Created once, stored with the jobs, the same for all
    /// processes. Waits until the database is ready, without a timeout.
    ///
    /// # Errors
    /// See [`Mongo::ready`].
    pub async fn key_secret(&self) -> Result<KeySecret, FormatError> {
        self.ready().await?;
        let mut known = self.secret.clone();
        match known.wait_for(Option::is_some).await.map(|secret| *secret) {
            Ok(Some(secret)) => Ok(secret),
            // The startup task sends the secret before it ends, or is cancelled by `close`.
            _ => std::future::pending().await,
        }
    }

    /// Waits until the database is prepared, without a timeout.
    ///
    /// # Errors
    /// Its jobs are of another format, so this version uses none of it, and every call fails.
    pub async fn ready(&self) -> Result<(), FormatError> {
        self.db.wait_until_ready().await
    }

    /// Number of documents that this process has quarantined: damaged, or written by a later version.
    pub fn quarantined(&self) -> impl Fn() -> u64 + Send + Sync + use<> {
        let quarantine = Arc::clone(&self.quarantine);
        move || quarantine.count()
    }

    /// Waits until all running operations have ended. Call it after the last port call.
    pub async fn close(self) {
        drop(self.running);
        self.db.close().await;
    }
}
