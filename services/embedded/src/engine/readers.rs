//! Connections that read beside the writer.
//!
//! A read of one job touches some ten pages, nearly always in memory: some tens of microseconds, about what it costs to
//! hand it to another thread and back. So it runs where it is asked for. A read of many jobs goes to a thread that may
//! block.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use tally_kernel::{Fault, FaultKind};

use crate::engine::database::open_reader;
use crate::error::OpenError;

/// How many short reads may run at once; those beyond it wait some microseconds for one of them.
const FOR_ONE: usize = 4;
/// How many long reads may run at once.
const FOR_MANY: usize = 2;

/// The pool.
pub struct Readers {
    one: Lane,
    many: Arc<Lane>,
}

/// What a read may answer: its value, or that the database or a value in it is at fault.
pub type Read<T> = Result<T, Fault>;

impl Readers {
    /// Opens the connections.
    pub fn open(file: &Path) -> Result<Self, OpenError> {
        Ok(Self { one: Lane::open(file, FOR_ONE)?, many: Arc::new(Lane::open(file, FOR_MANY)?) })
    }

    /// Reads one thing, here and now.
    pub fn one<T>(&self, read: impl FnOnce(&Connection) -> Read<T>) -> Read<T> {
        read(&self.one.lock())
    }

    /// Reads many things, on a thread that may block.
    pub async fn many<T: Send + 'static>(
        &self,
        during: &'static str,
        read: impl FnOnce(&Connection) -> Read<T> + Send + 'static,
    ) -> Read<T> {
        let lane = Arc::clone(&self.many);
        let reading = tokio::task::spawn_blocking(move || read(&lane.lock()));
        reading.await.unwrap_or_else(|error| Err(Fault::because(FaultKind::Unavailable, during, error)))
    }
}

/// Connections that are taken in turn.
struct Lane {
    connections: Vec<Mutex<Connection>>,
    turn: AtomicUsize,
}

impl Lane {
    fn open(file: &Path, count: usize) -> Result<Self, OpenError> {
        let connections = (0..count).map(|_| open_reader(file).map(Mutex::new));
        Ok(Self { connections: connections.collect::<Result<_, _>>()?, turn: AtomicUsize::new(0) })
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        if let Some(free) = self.connections.iter().find_map(|connection| connection.try_lock().ok()) {
            return free;
        }
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.connections.len();
        // A read that panicked has dropped its statements; the connection is as good as before.
        self.connections[turn].lock().unwrap_or_else(PoisonError::into_inner)
    }
}
