//! Read-only connections, used beside the writer.
//!
//! Reading one job touches about ten pages, nearly always in memory. That takes tens of microseconds, about as long as
//! a switch to another thread and back, so it runs on the calling thread. Reading many jobs runs on a thread that may
//! block.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use tally_kernel::{Fault, FaultKind};

use crate::engine::database::open_reader;
use crate::error::OpenError;

/// How many short reads may run at once; more of them wait some microseconds.
const SHORT_READERS: usize = 4;
/// How many long reads may run at once.
const LONG_READERS: usize = 2;

/// Connections for short and for long reads.
pub struct ReaderPool {
    short: ConnectionSet,
    long: Arc<ConnectionSet>,
    damage: Arc<DamageReport>,
}

/// Whether something was read that is damaged. It stays until the next start.
#[derive(Default)]
pub struct DamageReport(AtomicBool);

impl DamageReport {
    /// Records damage.
    pub fn report(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether damage was found.
    pub fn is_found(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn report_of<T>(&self, read: ReadResult<T>) -> ReadResult<T> {
        read.inspect_err(|fault| {
            if fault.kind == FaultKind::Corrupt {
                self.report();
            }
        })
    }
}

/// The result of a read: its value, or the fault of the database or of a stored value.
pub type ReadResult<T> = Result<T, Fault>;

impl ReaderPool {
    /// Opens the connections.
    pub fn open(file: &Path) -> Result<Self, OpenError> {
        let short = ConnectionSet::open(file, SHORT_READERS)?;
        let long = Arc::new(ConnectionSet::open(file, LONG_READERS)?);
        Ok(Self { short, long, damage: Arc::default() })
    }

    /// What was found damaged.
    pub fn damage(&self) -> &DamageReport {
        &self.damage
    }

    /// Reads one job, on the calling thread.
    pub fn short_read<T>(&self, read: impl FnOnce(&Connection) -> ReadResult<T>) -> ReadResult<T> {
        self.damage.report_of(read(&self.short.lock()))
    }

    /// Reads many jobs or large values, on a thread that may block.
    pub async fn long_read<T: Send + 'static>(
        &self,
        during: &'static str,
        read: impl FnOnce(&Connection) -> ReadResult<T> + Send + 'static,
    ) -> ReadResult<T> {
        let (connections, damage) = (Arc::clone(&self.long), Arc::clone(&self.damage));
        let reading = tokio::task::spawn_blocking(move || damage.report_of(read(&connections.lock())));
        reading.await.unwrap_or_else(|error| Err(Fault::because(FaultKind::Unavailable, during, error)))
    }
}

/// Equal connections: a free one is used, else they are used in turn.
struct ConnectionSet {
    connections: Vec<Mutex<Connection>>,
    turn: AtomicUsize,
}

impl ConnectionSet {
    fn open(file: &Path, count: usize) -> Result<Self, OpenError> {
        let connections = (0..count).map(|_| open_reader(file).map(Mutex::new));
        Ok(Self { connections: connections.collect::<Result<_, _>>()?, turn: AtomicUsize::new(0) })
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        if let Some(free) = self.connections.iter().find_map(|connection| connection.try_lock().ok()) {
            return free;
        }
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.connections.len();
        // A read that panicked has dropped its statements; the connection is still good.
        self.connections[turn].lock().unwrap_or_else(PoisonError::into_inner)
    }
}
