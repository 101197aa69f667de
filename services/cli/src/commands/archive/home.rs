//! The store that an export or import is about: a data folder, or the database of a cluster.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tally_embedded::Embedded;
use tally_jobs::key::KeySecret;
use tally_jobs::ports::{Blobs, JobArchive, JobCatalogue};
use tally_kernel::Fault;
#[cfg(feature = "cluster")]
use tally_mongo::Mongo;

use super::Store;
use crate::exit::Exit;
use crate::roles::refusal;
use crate::trouble::Trouble;
use crate::wire::{self, Basics};

/// How long a database may take to be there.
const PATIENCE: Duration = Duration::from_secs(30);

/// An open store.
pub(super) struct Home {
    pub(super) archive: Arc<dyn JobArchive>,
    pub(super) blobs: Arc<dyn Blobs>,
    pub(super) catalogue: Arc<dyn JobCatalogue>,
    /// Its secret of idempotency keys.
    pub(super) secret: KeySecret,
    kept: Kept,
}

enum Kept {
    Folder(Box<Embedded>),
    #[cfg(feature = "cluster")]
    Database(Box<Mongo>),
}

impl Home {
    /// Opens it. One that is new begins with `key_secret`, if there is one.
    pub(super) async fn open(
        folder: Option<&Path>,
        store: &Store,
        key_secret: Option<KeySecret>,
    ) -> Result<Self, Trouble> {
        match (folder, store.mongodb_uri.as_deref().filter(|uri| !uri.is_empty())) {
            (Some(folder), _) => Self::of_folder(folder, key_secret),
            #[cfg(feature = "cluster")]
            (None, Some(uri)) => Self::of_database(uri, key_secret).await,
            (None, _) => {
                Err(Trouble::new(Exit::Usage, "there is neither a data folder nor a database to look into")
                    .hint("name the data folder of a stopped server, as in ./tally-data")
                    .hint("or set MONGODB_URI=mongodb://host:27017/tally for a cluster"))
            }
        }
    }

    fn of_folder(folder: &Path, key_secret: Option<KeySecret>) -> Result<Self, Trouble> {
        let Basics { clock, ids } = Basics::of_the_system();
        let options =
            tally_embedded::FolderOptions { key_secret, ..tally_embedded::FolderOptions::default() };
        let opened = wire::open_folder(folder, options, clock, ids);
        let folder = opened.map_err(|error| refusal::of_folder(&error))?;
        Ok(Self {
            archive: folder.archive(),
            blobs: folder.blobs(),
            catalogue: folder.catalogue(),
            secret: folder.key_secret(),
            kept: Kept::Folder(Box::new(folder)),
        })
    }

    #[cfg(feature = "cluster")]
    async fn of_database(uri: &str, key_secret: Option<KeySecret>) -> Result<Self, Trouble> {
        let Basics { clock, ids } = Basics::of_the_system();
        let options = tally_mongo::Options { key_secret, ..tally_mongo::Options::at(uri) };
        let connected = tally_mongo::connect(options, clock, ids).await;
        let mongo = connected.map_err(|error| refusal::of_cluster(&error.into()))?;
        // The secret comes with the first connection that is good for everything.
        let Ok(secret) = tokio::time::timeout(PATIENCE, mongo.key_secret()).await else {
            let said = format!("the database was not there within {} s", PATIENCE.as_secs());
            return Err(
                Trouble::new(Exit::Unavailable, said).hint("check MONGODB_URI: its host, user and password")
            );
        };
        let secret = secret.map_err(|error| refusal::of_format(&error))?;
        Ok(Self {
            archive: mongo.archive(),
            blobs: mongo.blobs(),
            catalogue: mongo.catalogue(),
            secret,
            kept: Kept::Database(Box::new(mongo)),
        })
    }

    /// Leaves it in order.
    pub(super) async fn close(self) -> Result<(), Trouble> {
        match self.kept {
            Kept::Folder(folder) => folder.close().await.map_err(|fault| trouble(&fault)),
            #[cfg(feature = "cluster")]
            Kept::Database(mongo) => {
                mongo.close().await;
                Ok(())
            }
        }
    }
}

/// A port could not answer.
pub(super) fn trouble(fault: &Fault) -> Trouble {
    let cause = std::error::Error::source(fault).map(|cause| format!(" ({cause})")).unwrap_or_default();
    Trouble::new(Exit::Storage, format!("{fault}{cause}"))
        .hint("what was done until then is done; run the same again to go on")
}
