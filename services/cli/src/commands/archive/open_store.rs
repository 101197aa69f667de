//! The store of an export or import: a data folder, or the database of a cluster.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tally_embedded::Embedded;
use tally_jobs::key::KeySecret;
use tally_jobs::ports::{Blobs, JobArchive, JobCatalogue};
use tally_kernel::Fault;
#[cfg(feature = "cluster")]
use tally_mongo::Mongo;

use super::ClusterStore;
use crate::command_error::CommandError;
use crate::composition::{self, SystemDeps};
use crate::exit::Exit;
use crate::roles::startup_error;

/// How long to wait for the database.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

pub(super) struct OpenStore {
    pub(super) archive: Arc<dyn JobArchive>,
    pub(super) blobs: Arc<dyn Blobs>,
    pub(super) catalogue: Arc<dyn JobCatalogue>,
    /// The store's secret of idempotency keys.
    pub(super) secret: KeySecret,
    kind: StoreKind,
}

enum StoreKind {
    Folder(Box<Embedded>),
    #[cfg(feature = "cluster")]
    Database(Box<Mongo>),
}

impl OpenStore {
    /// Opens the store. A new store takes `key_secret`, if there is one.
    pub(super) async fn open(
        folder: Option<&Path>,
        cluster: &ClusterStore,
        key_secret: Option<KeySecret>,
    ) -> Result<Self, CommandError> {
        match (folder, cluster.mongodb_uri.as_deref().filter(|uri| !uri.is_empty())) {
            (Some(folder), _) => Self::of_folder(folder, key_secret),
            #[cfg(feature = "cluster")]
            (None, Some(uri)) => Self::of_database(uri, key_secret).await,
            (None, _) => Err(CommandError::new(Exit::Usage, "neither a data folder nor a database is given")
                .hint("name the data folder of a stopped server, such as ./tally-data")
                .hint("or set MONGODB_URI=mongodb://host:27017/tally for a cluster")),
        }
    }

    fn of_folder(folder: &Path, key_secret: Option<KeySecret>) -> Result<Self, CommandError> {
        let SystemDeps { clock, ids } = SystemDeps::new();
        let options =
            tally_embedded::FolderOptions { key_secret, ..tally_embedded::FolderOptions::default() };
        let opened = composition::open_folder(folder, options, clock, ids);
        let folder = opened.map_err(|error| startup_error::of_folder(&error))?;
        Ok(Self {
            archive: folder.archive(),
            blobs: folder.blobs(),
            catalogue: folder.catalogue(),
            secret: folder.key_secret(),
            kind: StoreKind::Folder(Box::new(folder)),
        })
    }

    #[cfg(feature = "cluster")]
    async fn of_database(uri: &str, key_secret: Option<KeySecret>) -> Result<Self, CommandError> {
        let SystemDeps { clock, ids } = SystemDeps::new();
        let options = tally_mongo::Options { key_secret, ..tally_mongo::Options::at(uri) };
        let connected = tally_mongo::connect(options, clock, ids).await;
        let mongo = connected.map_err(|error| startup_error::of_cluster(&error.into()))?;
        // The secret is available when the connection is ready.
        let Ok(secret) = tokio::time::timeout(CONNECT_TIMEOUT, mongo.key_secret()).await else {
            let message = format!("the database was not ready within {} s", CONNECT_TIMEOUT.as_secs());
            return Err(CommandError::new(Exit::Unavailable, message)
                .hint("check MONGODB_URI: its host, user and password"));
        };
        let secret = secret.map_err(|error| startup_error::of_format(&error))?;
        Ok(Self {
            archive: mongo.archive(),
            blobs: mongo.blobs(),
            catalogue: mongo.catalogue(),
            secret,
            kind: StoreKind::Database(Box::new(mongo)),
        })
    }

    pub(super) async fn close(self) -> Result<(), CommandError> {
        match self.kind {
            StoreKind::Folder(folder) => folder.close().await.map_err(|fault| fault_error(&fault)),
            #[cfg(feature = "cluster")]
            StoreKind::Database(mongo) => {
                mongo.close().await;
                Ok(())
            }
        }
    }
}

/// A store could not answer.
pub(super) fn fault_error(fault: &Fault) -> CommandError {
    let cause = std::error::Error::source(fault).map(|cause| format!(" ({cause})")).unwrap_or_default();
    CommandError::new(Exit::Storage, format!("{fault}{cause}"))
        .hint("what was done until then is kept; run the same again to continue")
}
