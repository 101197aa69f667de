//! Checkpoints: moves the write-ahead log into the database file, so that the log can start again from its beginning.
//!
//! A checkpoint takes tens of milliseconds of writing and syncing, and every caller of the writer would wait for it. So
//! a second thread moves most of the log while the writer goes on. The writer then moves the small remainder itself,
//! because the log starts again only when all of it has been moved.

use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use rusqlite::Connection;

use crate::engine::fault::is_broken_disk;

/// Pages in the log that start a checkpoint: 16 MiB, a few times a second at full load.
const CHECKPOINT_PAGES: u32 = 2048;

const IDLE: u8 = 0;
const RUNNING: u8 = 1;
/// The thread is done; the writer has to move the remainder.
const REMAINDER: u8 = 2;

/// The size of the log, and the thread that checkpoints it.
pub struct WalCheckpointer {
    /// Pages in the log after the last commit.
    pages: Arc<AtomicU32>,
    stage: Arc<AtomicU8>,
    thread: Mutex<Option<(SyncSender<()>, JoinHandle<()>)>>,
}

impl WalCheckpointer {
    /// Starts the thread, with a connection of its own.
    pub fn start(connection: Connection) -> std::io::Result<Self> {
        let (requests, inbox) = sync_channel(1);
        let stage = Arc::new(AtomicU8::new(IDLE));
        let thread_stage = Arc::clone(&stage);
        let thread =
            Builder::new().name("tally-log".into()).spawn(move || run(&connection, &inbox, &thread_stage))?;
        Ok(Self { pages: Arc::default(), stage, thread: Mutex::new(Some((requests, thread))) })
    }

    /// Records the size of the log at every commit of the writer's connection.
    pub fn watch(&self, connection: &mut Connection) -> rusqlite::Result<()> {
        let pages = Arc::clone(&self.pages);
        connection.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, now: std::ffi::c_int| {
            pages.store(u32::try_from(now).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        }))
    }

    /// How many frames the log had after the last commit.
    pub fn frames(&self) -> u32 {
        self.pages.load(Ordering::Relaxed)
    }

    /// Starts or finishes a checkpoint if it is time to. The writer calls it after it has replied to a batch.
    pub fn after_commit(&self, connection: &Connection) {
        match self.stage.load(Ordering::Acquire) {
            IDLE if self.pages.load(Ordering::Relaxed) >= CHECKPOINT_PAGES => self.request(),
            REMAINDER => {
                checkpoint(connection);
                self.pages.store(0, Ordering::Relaxed);
                self.stage.store(IDLE, Ordering::Release);
            }
            _ => {}
        }
    }

    fn request(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((requests, _)) = &*thread {
            self.stage.store(RUNNING, Ordering::Release);
            // An idle thread has an empty channel, so the send succeeds.
            let _ = requests.try_send(());
        }
    }

    /// Ends the thread after its current checkpoint.
    pub fn stop(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((requests, thread)) = thread {
            drop(requests);
            let _ = thread.join();
        }
    }
}

impl Drop for WalCheckpointer {
    fn drop(&mut self) {
        self.stop();
    }
}

fn run(connection: &Connection, inbox: &Receiver<()>, stage: &AtomicU8) {
    while let Ok(()) = inbox.recv() {
        checkpoint(connection);
        stage.store(REMAINDER, Ordering::Release);
    }
}

/// Moves the pages that no reader still needs in the log. Waits for no reader and no writer.
fn checkpoint(connection: &Connection) {
    match connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())) {
        Ok(()) => {}
        Err(error) if is_broken_disk(&error) => abort_process(&error),
        // A full disk: the writer soon fails and reports it. The next checkpoint with free space moves the log.
        Err(error) => tracing::debug!(%error, "the store's log could not be moved into its file"),
    }
}

/// After a failed sync the content of the disk is unknown. A second sync would report success falsely, because the
/// kernel has marked the pages clean. Changes that were answered before are safe; a restart reads the file again.
pub fn abort_process(error: &rusqlite::Error) -> ! {
    tracing::error!(%error, "the disk failed while the store was synced; stopping at once, start again to recover");
    std::process::abort();
}
