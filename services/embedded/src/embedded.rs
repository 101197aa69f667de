//! Opens a data folder and provides the ports on it.
//!
//! Knows the order of start and shutdown, and nothing of what each part does.

use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension};
use tally_jobs::key::KeySecret;
use tally_jobs::ports::{Blobs, JobArchive, JobCatalogue, JobQueue, JobStore};
use tally_kernel::{Clock, Fault, Ids, Probe};

use crate::blob_folder::BlobFolder;
use crate::engine::commit_mark::{self, CommitMark};
use crate::engine::data_folder::DataFolder;
use crate::engine::database::{open_checkpointer, open_writer};
use crate::engine::folder_watch::OpenedFiles;
use crate::engine::reader_pool::ReaderPool;
use crate::engine::schema::ConversionProgress;
use crate::engine::wal_check;
use crate::engine::wal_checkpointer::WalCheckpointer;
use crate::engine::writer::{Writer, WriterParts};
use crate::error::OpenError;
use crate::folder_options::FolderOptions;
use crate::jobs::folder_archive::FolderArchive;
use crate::jobs::folder_catalogue::FolderCatalogue;
use crate::jobs::folder_store::FolderStore;
use crate::jobs::in_process_queue::InProcessQueue;
use crate::jobs::queue_state::QueueState;
use crate::jobs::recover::recover;
use crate::probe::{DiskProbe, QueueProbe, RecordsProbe};

/// An open data folder. The lock is held until this and every port that came from it are dropped.
pub struct Embedded {
    store: Arc<FolderStore>,
    catalogue: Arc<FolderCatalogue>,
    queue: Arc<InProcessQueue>,
    blobs: Arc<BlobFolder>,
    writer: Arc<Writer>,
    state: Arc<QueueState>,
    readers: Arc<ReaderPool>,
    clock: Arc<dyn Clock>,
    secret: KeySecret,
    recovery: Recovery,
}

/// What an open found of the previous process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// Whether the folder was closed by [`Embedded::close`], or is new.
    pub clean_shutdown: bool,
    /// Jobs that were queued.
    pub queued: u64,
    /// Jobs that ran when the process died; they are queued again.
    pub interrupted: u64,
}

/// Opens the data folder, or creates it: takes its lock, converts it to the newest format, and queues every job that
/// was queued or running before.
///
/// `clock` gives the times of files and of the start, `ids` the names of files.
pub fn open(
    folder: &Path,
    options: FolderOptions,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
) -> Result<Embedded, OpenError> {
    open_with_progress(folder, options, clock, ids, &mut |_| {})
}

/// Like [`open`], and reports the progress of a conversion. Converting an older format takes about a minute for a
/// million jobs; a copy of the older database stays beside the new one.
pub fn open_with_progress(
    folder: &Path,
    options: FolderOptions,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    progress: &mut dyn FnMut(ConversionProgress),
) -> Result<Embedded, OpenError> {
    let folder = DataFolder::lock(folder)?;
    let database = folder.database();
    wal_check::check(&database, &folder.blobs())?;
    let blobs = BlobFolder::open(folder.blobs(), Arc::clone(&clock), ids)
        .map_err(|error| OpenError::from_io(&folder.blobs(), error))?;
    let blobs = Arc::new(blobs);
    let connection = open_writer(&database, &options, progress)?;
    let open_error = |error| OpenError::from_sql(&database, error);
    let secret = load_key_secret(&connection, options.key_secret).map_err(open_error)?;
    let clean_shutdown = mark_open(&connection).map_err(open_error)?;
    let state = Arc::new(QueueState::new(options));
    let recovered = recover(&connection, &state, clock.now()).map_err(open_error)?;
    let readers = Arc::new(ReaderPool::open(&database)?);
    let thread_error = |error| OpenError::from_io(&database, error);
    let checkpointer = WalCheckpointer::start(open_checkpointer(&database)?).map_err(thread_error)?;
    let mark =
        CommitMark::open(&database, page_bytes(&connection).map_err(open_error)?).map_err(thread_error)?;
    let wal = commit_mark::wal_of(&database);
    let files = OpenedFiles::of([folder.path(), &database, &wal, &folder.blobs()]).map_err(thread_error)?;
    let writer = Writer::start(WriterParts {
        connection,
        checkpointer,
        folder,
        files: Arc::new(files),
        mark,
        state: Arc::clone(&state),
        clock: Arc::clone(&clock),
    });
    let writer = Arc::new(writer.map_err(thread_error)?);
    let store = FolderStore::new(
        Arc::clone(&writer),
        Arc::clone(&readers),
        Arc::clone(&state),
        Arc::clone(&blobs),
        Arc::clone(&clock),
    );
    Ok(Embedded {
        store: Arc::new(store),
        catalogue: Arc::new(FolderCatalogue::new(Arc::clone(&readers), Arc::clone(&state))),
        queue: Arc::new(InProcessQueue::new(Arc::clone(&state))),
        blobs,
        writer,
        state,
        readers,
        clock,
        secret,
        recovery: Recovery { clean_shutdown, queued: recovered.queued, interrupted: recovered.interrupted },
    })
}

impl Embedded {
    #[must_use]
    pub fn store(&self) -> Arc<dyn JobStore> {
        Arc::clone(&self.store) as _
    }

    /// Finds and lists jobs.
    #[must_use]
    pub fn catalogue(&self) -> Arc<dyn JobCatalogue> {
        Arc::clone(&self.catalogue) as _
    }

    /// Delivers tickets.
    #[must_use]
    pub fn queue(&self) -> Arc<dyn JobQueue> {
        Arc::clone(&self.queue) as _
    }

    /// Stores large bodies.
    #[must_use]
    pub fn blobs(&self) -> Arc<dyn Blobs> {
        Arc::clone(&self.blobs) as _
    }

    /// Exports and imports jobs.
    #[must_use]
    pub fn archive(&self) -> Arc<dyn JobArchive> {
        let (writer, readers) = (Arc::clone(&self.writer), Arc::clone(&self.readers));
        Arc::new(FolderArchive { writer, readers, clock: Arc::clone(&self.clock) })
    }

    /// The health of the store and of the queue.
    #[must_use]
    pub fn probes(&self) -> Vec<Arc<dyn Probe>> {
        let store = DiskProbe { writer: Arc::clone(&self.writer), clock: Arc::clone(&self.clock) };
        let records = RecordsProbe { readers: Arc::clone(&self.readers) };
        vec![Arc::new(store), Arc::new(QueueProbe { state: Arc::clone(&self.state) }), Arc::new(records)]
    }

    /// The secret that ids of keyed jobs are derived with. It never changes for a folder.
    #[must_use]
    pub fn key_secret(&self) -> KeySecret {
        self.secret
    }

    /// What the open found of the previous process.
    #[must_use]
    pub const fn recovery(&self) -> Recovery {
        self.recovery
    }

    /// Shuts down cleanly: delivers no more tickets, writes all earlier changes, moves the log into the file.
    /// Later writes fail with a fault.
    pub async fn close(&self) -> Result<(), Fault> {
        JobQueue::close(&*self.queue);
        self.writer.close().await
    }
}

fn load_key_secret(connection: &Connection, configured: Option<KeySecret>) -> rusqlite::Result<KeySecret> {
    let stored: Option<[u8; 32]> = connection
        .query_row("SELECT value FROM meta WHERE name = 'key_secret'", [], |row| row.get(0))
        .optional()?;
    if let Some(secret) = stored {
        return Ok(KeySecret::new(secret));
    }
    let secret = configured.map_or_else(random_secret, Ok)?;
    connection
        .execute("INSERT INTO meta (name, value) VALUES ('key_secret', ?1)", [&secret.as_bytes()[..]])?;
    Ok(secret)
}

fn page_bytes(connection: &Connection) -> rusqlite::Result<usize> {
    connection.pragma_query_value(None, "page_size", |row| row.get::<_, u32>(0)).map(|bytes| bytes as usize)
}

fn random_secret() -> rusqlite::Result<KeySecret> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    Ok(KeySecret::new(secret))
}

/// Marks the folder as open, and returns whether it was closed cleanly before.
fn mark_open(connection: &Connection) -> rusqlite::Result<bool> {
    let closed: Option<[u8; 1]> = connection
        .query_row("SELECT value FROM meta WHERE name = 'closed'", [], |row| row.get(0))
        .optional()?;
    connection.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('closed', x'00')", [])?;
    Ok(closed.is_none_or(|flag| flag == [1]))
}
