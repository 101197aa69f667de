//! Opens a data folder and hands out the ports on it.
//!
//! Knows the order of a start and of an end; what each part does is theirs.

use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension};
use tally_jobs::key::KeySecret;
use tally_jobs::ports::{Archive, Blobs, JobCatalogue, JobQueue, JobStore};
use tally_kernel::{Clock, Fault, Ids, Probe};

use crate::blobs::BlobFolder;
use crate::engine::database::{open_mover, open_writer};
use crate::engine::folder::Folder;
use crate::engine::log::LogMover;
use crate::engine::readers::Readers;
use crate::engine::writer::Writer;
use crate::error::OpenError;
use crate::jobs::archive::ArchiveOfFolder;
use crate::jobs::board::Board;
use crate::jobs::catalogue::CatalogueOfFolder;
use crate::jobs::queue::QueueInMemory;
use crate::jobs::recover::recover;
use crate::jobs::store::JobsInFolder;
use crate::options::Options;
use crate::probe::{QueueProbe, StoreProbe};

/// An open data folder. It is ours until this and every port that it handed out are dropped.
pub struct Embedded {
    store: Arc<JobsInFolder>,
    catalogue: Arc<CatalogueOfFolder>,
    queue: Arc<QueueInMemory>,
    blobs: Arc<BlobFolder>,
    writer: Arc<Writer>,
    board: Arc<Board>,
    readers: Arc<Readers>,
    clock: Arc<dyn Clock>,
    secret: KeySecret,
    recovery: Recovery,
}

/// What an open found of the time before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// Whether the folder had been closed in order, or is new.
    pub in_order: bool,
    /// Jobs that waited.
    pub waiting: u64,
    /// Jobs that ran when their process died; they wait again.
    pub interrupted: u64,
}

/// Opens the data folder, making it if need be: takes its lock, brings it to today's format, and puts every job that
/// waited, or ran when its process died, back into its line.
///
/// `clock` gives the times of files and of the start, `ids` the names of files.
pub fn open(
    folder: &Path,
    options: Options,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
) -> Result<Embedded, OpenError> {
    let folder = Folder::take(folder)?;
    let database = folder.database();
    let blobs = BlobFolder::open(folder.blobs(), Arc::clone(&clock), ids)
        .map_err(|error| OpenError::from_io(&folder.blobs(), error))?;
    let blobs = Arc::new(blobs);
    let connection = open_writer(&database, &options)?;
    let refused = |error| OpenError::from_sql(&database, error);
    let secret = secret_of(&connection, options.key_secret).map_err(refused)?;
    let in_order = begin(&connection).map_err(refused)?;
    let board = Arc::new(Board::new(options));
    let found = recover(&connection, &board, clock.now()).map_err(refused)?;
    let readers = Arc::new(Readers::open(&database)?);
    let no_thread = |error| OpenError::from_io(&database, error);
    let log = LogMover::start(open_mover(&database)?).map_err(no_thread)?;
    let writer = Writer::start(connection, log, folder, Arc::clone(&board), Arc::clone(&clock));
    let writer = Arc::new(writer.map_err(no_thread)?);
    let store = JobsInFolder::new(
        Arc::clone(&writer),
        Arc::clone(&readers),
        Arc::clone(&board),
        Arc::clone(&blobs),
        Arc::clone(&clock),
    );
    Ok(Embedded {
        store: Arc::new(store),
        catalogue: Arc::new(CatalogueOfFolder::new(Arc::clone(&readers), Arc::clone(&board))),
        queue: Arc::new(QueueInMemory::new(Arc::clone(&board))),
        blobs,
        writer,
        board,
        readers,
        clock,
        secret,
        recovery: Recovery { in_order, waiting: found.waiting, interrupted: found.interrupted },
    })
}

impl Embedded {
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

    /// Where tickets wait.
    #[must_use]
    pub fn queue(&self) -> Arc<dyn JobQueue> {
        Arc::clone(&self.queue) as _
    }

    /// Where large bodies are kept.
    #[must_use]
    pub fn blobs(&self) -> Arc<dyn Blobs> {
        Arc::clone(&self.blobs) as _
    }

    /// What moves whole jobs.
    #[must_use]
    pub fn archive(&self) -> Arc<dyn Archive> {
        let (writer, readers) = (Arc::clone(&self.writer), Arc::clone(&self.readers));
        Arc::new(ArchiveOfFolder { writer, readers, clock: Arc::clone(&self.clock) })
    }

    /// How the folder is: the store and the queue.
    #[must_use]
    pub fn probes(&self) -> Vec<Arc<dyn Probe>> {
        let store = StoreProbe { writer: Arc::clone(&self.writer), clock: Arc::clone(&self.clock) };
        vec![Arc::new(store), Arc::new(QueueProbe { board: Arc::clone(&self.board) })]
    }

    /// The secret that ids of keyed jobs are derived with: made once, kept for as long as the folder lives.
    #[must_use]
    pub fn key_secret(&self) -> KeySecret {
        self.secret
    }

    /// What the open found.
    #[must_use]
    pub const fn recovery(&self) -> Recovery {
        self.recovery
    }

    /// Ends in order: no ticket is handed out any more, what was asked before is written, the file is left whole.
    /// Calls that come later are answered with a fault.
    pub async fn close(&self) -> Result<(), Fault> {
        JobQueue::close(&*self.queue);
        self.writer.close().await
    }
}

fn secret_of(connection: &Connection, given: Option<KeySecret>) -> rusqlite::Result<KeySecret> {
    let kept: Option<[u8; 32]> = connection
        .query_row("SELECT value FROM meta WHERE name = 'key_secret'", [], |row| row.get(0))
        .optional()?;
    if let Some(secret) = kept {
        return Ok(KeySecret::new(secret));
    }
    let secret = given.map_or_else(by_chance, Ok)?;
    connection
        .execute("INSERT INTO meta (name, value) VALUES ('key_secret', ?1)", [&secret.as_bytes()[..]])?;
    Ok(secret)
}

fn by_chance() -> rusqlite::Result<KeySecret> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    Ok(KeySecret::new(secret))
}

/// Whether the folder was closed in order. From now on it is not, until it is closed.
fn begin(connection: &Connection) -> rusqlite::Result<bool> {
    let closed: Option<[u8; 1]> = connection
        .query_row("SELECT value FROM meta WHERE name = 'closed'", [], |row| row.get(0))
        .optional()?;
    connection.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('closed', x'00')", [])?;
    Ok(closed.is_none_or(|mark| mark == [1]))
}
