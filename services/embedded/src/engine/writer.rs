//! The handle of the writer's thread, and its health.
//!
//! Sends messages to the thread and receives its replies. What the thread does with them is in `write_batcher`.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use rusqlite::Connection;
use tally_kernel::{Clock, Fault, FaultKind, Timestamp};
use tokio::sync::oneshot;

use crate::engine::commit_guard::CommitGuard;
use crate::engine::commit_mark::CommitMark;
use crate::engine::data_folder::DataFolder;
use crate::engine::folder_watch::{FolderWatch, OpenedFiles};
use crate::engine::wal_checkpointer::WalCheckpointer;
use crate::engine::write_batcher::WriteBatcher;
use crate::jobs::queue_state::QueueState;
use crate::jobs::store_change::{ChangeOutcome, StoreChange, WriteCommand};

/// A message to the writer's thread.
pub enum WriterMessage {
    /// A change, to be written with others in one transaction.
    Write(WriteCommand),
    /// The last message: the thread records a clean shutdown and ends.
    Close(oneshot::Sender<Result<(), Fault>>),
}

/// The handle of the writer's thread. Dropping it waits until all messages that were sent are written.
pub struct Writer {
    messages: Option<Sender<WriterMessage>>,
    thread: Option<JoinHandle<()>>,
    health: Arc<WriterHealth>,
    files: Arc<OpenedFiles>,
    watch: Mutex<Option<FolderWatch>>,
}

/// What the writer's thread works with.
pub struct WriterParts {
    /// The only connection that writes.
    pub connection: Connection,
    /// Moves the log.
    pub checkpointer: WalCheckpointer,
    /// Locked as long as the thread runs.
    pub folder: DataFolder,
    /// Watches the files of the folder.
    pub files: Arc<OpenedFiles>,
    /// The mark of the last commit.
    pub mark: CommitMark,
    /// What memory knows of the rows.
    pub state: Arc<QueueState>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// The state of the writer, for health checks.
#[derive(Default)]
pub struct WriterHealth {
    /// When the current batch started, in milliseconds; zero between batches.
    busy_since_ms: AtomicI64,
    disk_full: AtomicBool,
    corrupt: AtomicBool,
}

impl WriterHealth {
    /// When the current batch started; `None` between batches.
    pub fn busy_since(&self) -> Option<Timestamp> {
        let ms = self.busy_since_ms.load(Ordering::Relaxed);
        (ms != 0).then(|| Timestamp::from_ms(ms))
    }

    /// Records the start of a batch.
    pub fn batch_started(&self, now: Timestamp) {
        self.busy_since_ms.store(now.as_ms(), Ordering::Relaxed);
    }

    /// Records the end of a batch.
    pub fn batch_finished(&self) {
        self.busy_since_ms.store(0, Ordering::Relaxed);
    }

    /// Whether the last write found the disk full.
    pub fn is_disk_full(&self) -> bool {
        self.disk_full.load(Ordering::Relaxed)
    }

    /// Whether a write found the database damaged.
    pub fn is_corrupt(&self) -> bool {
        self.corrupt.load(Ordering::Relaxed)
    }

    /// Records a damaged database. It stays damaged until the next start.
    pub fn set_corrupt(&self) {
        self.corrupt.store(true, Ordering::Relaxed);
    }

    /// Records whether the disk is full.
    pub fn set_disk_full(&self, full: bool) {
        self.disk_full.store(full, Ordering::Relaxed);
    }
}

impl Writer {
    /// Starts the thread. It keeps the folder's lock until it has ended.
    pub fn start(parts: WriterParts) -> std::io::Result<Self> {
        let WriterParts { mut connection, checkpointer, folder, files, mark, state, clock } = parts;
        let (messages, inbox) = channel();
        let mut guard = CommitGuard::new(Arc::clone(&files), mark);
        let watch = Mutex::new(Some(FolderWatch::start(Arc::clone(&files))?));
        let health = Arc::new(WriterHealth::default());
        let thread_health = Arc::clone(&health);
        let thread = Builder::new().name("tally-store".into()).spawn(move || {
            let ran = checkpointer.watch(&mut connection).and_then(|()| {
                let (health, guard) = (&*thread_health, &mut guard);
                WriteBatcher::new(&connection, &checkpointer, &state, &*clock, health, guard)?.run(&inbox);
                Ok(())
            });
            if let Err(error) = ran {
                tracing::error!(%error, "the store's writer cannot start");
            }
            // In this order: the lock is released last.
            drop(checkpointer);
            drop(connection);
            drop(folder);
        })?;
        Ok(Self { messages: Some(messages), thread: Some(thread), health, files, watch })
    }

    /// Writes a change. The reply comes when it is durable.
    pub async fn write(&self, change: StoreChange, during: &'static str) -> Result<ChangeOutcome, Fault> {
        let (reply, answer) = oneshot::channel();
        self.send(WriterMessage::Write(WriteCommand { change, reply }), during)?;
        let answered = answer.await.unwrap_or_else(|_| Err(stopped(during)));
        answered.map_err(|mut fault| {
            fault.during = during;
            fault
        })
    }

    /// Writes all earlier changes, moves the write-ahead log into the file and records a clean shutdown.
    pub async fn close(&self) -> Result<(), Fault> {
        const DURING: &str = "close the store";
        self.end_watch();
        let (reply, answer) = oneshot::channel();
        self.send(WriterMessage::Close(reply), DURING)?;
        answer.await.unwrap_or_else(|_| Err(stopped(DURING)))
    }

    /// The state of the writer.
    pub fn health(&self) -> &WriterHealth {
        &self.health
    }

    /// Whether the files of the folder are no longer behind its paths.
    pub fn is_folder_lost(&self) -> bool {
        self.files.are_lost()
    }

    /// The log is removed with the last connection.
    fn end_watch(&self) {
        self.watch.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    fn send(&self, message: WriterMessage, during: &'static str) -> Result<(), Fault> {
        let messages = self.messages.as_ref().ok_or_else(|| stopped(during))?;
        messages
            .send(message)
            .map_err(|_| Fault::because(FaultKind::Unavailable, during, "the store is closed"))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.end_watch();
        self.messages = None;
        if let Some(thread) = self.thread.take() {
            // An error is a panic, which was printed to stderr already.
            let _ = thread.join();
        }
    }
}

/// The thread accepted the message and did not reply: the change may have been written.
fn stopped(during: &'static str) -> Fault {
    Fault::because(FaultKind::Unknown, during, "the store's writer has stopped")
}
