//! Moves the write-ahead log into the file, so that the log can begin anew.
//!
//! Doing that takes tens of milliseconds of writing and syncing, and whoever waits for the writer would wait for it. So
//! a thread beside the writer moves most of it while the writer goes on; the writer itself then moves the little that
//! came meanwhile, because the log begins anew only at a moment when all of it has been moved.

use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use rusqlite::Connection;

use crate::engine::fault::is_broken_disk;

/// How many pages the log may hold before it is moved: 16 MiB, some times a second at full load.
const MOVED_AT: u32 = 2048;

const IDLE: u8 = 0;
const MOVING: u8 = 1;
const MOVED: u8 = 2;

/// The log, and the thread that moves it.
pub struct LogMover {
    /// How many pages the log held after the last commit.
    pages: Arc<AtomicU32>,
    stage: Arc<AtomicU8>,
    thread: Mutex<Option<(SyncSender<()>, JoinHandle<()>)>>,
}

impl LogMover {
    /// Starts the thread, with a connection of its own.
    pub fn start(connection: Connection) -> std::io::Result<Self> {
        let (orders, inbox) = sync_channel(1);
        let stage = Arc::new(AtomicU8::new(IDLE));
        let its_stage = Arc::clone(&stage);
        let thread =
            Builder::new().name("tally-log".into()).spawn(move || serve(&connection, &inbox, &its_stage))?;
        Ok(Self { pages: Arc::default(), stage, thread: Mutex::new(Some((orders, thread))) })
    }

    /// Has the writer's connection tell how long the log has become.
    pub fn watch(&self, connection: &mut Connection) -> rusqlite::Result<()> {
        let pages = Arc::clone(&self.pages);
        connection.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, now: std::ffi::c_int| {
            pages.store(u32::try_from(now).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        }))
    }

    /// Does what is to be done, after the writer has answered a batch.
    pub fn after_commit(&self, connection: &Connection) {
        match self.stage.load(Ordering::Acquire) {
            IDLE if self.pages.load(Ordering::Relaxed) >= MOVED_AT => self.order(),
            MOVED => {
                move_log(connection);
                self.pages.store(0, Ordering::Relaxed);
                self.stage.store(IDLE, Ordering::Release);
            }
            _ => {}
        }
    }

    fn order(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((orders, _)) = &*thread {
            self.stage.store(MOVING, Ordering::Release);
            // Idle means that it waits for an order, so there is room for one.
            let _ = orders.try_send(());
        }
    }

    /// Ends the thread, after what it is doing.
    pub fn stop(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((orders, thread)) = thread {
            drop(orders);
            let _ = thread.join();
        }
    }
}

impl Drop for LogMover {
    fn drop(&mut self) {
        self.stop();
    }
}

fn serve(connection: &Connection, inbox: &Receiver<()>, stage: &AtomicU8) {
    while let Ok(()) = inbox.recv() {
        move_log(connection);
        stage.store(MOVED, Ordering::Release);
    }
}

/// Moves what no reader needs where it is. Waits for nobody.
fn move_log(connection: &Connection) {
    match connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())) {
        Ok(()) => {}
        Err(error) if is_broken_disk(&error) => die(&error),
        // A full disk, which the writer soon meets and tells: the log is moved when there is room.
        Err(error) => tracing::debug!(%error, "the store's log could not be moved into its file"),
    }
}

/// After a failed sync nobody knows what is on the disk, and asking again gives a false yes: the kernel has marked the
/// pages clean. What was answered before is safe; everything else is found out by reading the file anew.
pub fn die(error: &rusqlite::Error) -> ! {
    tracing::error!(%error, "the disk failed while the store was synced; stopping at once, start again to recover");
    std::process::abort();
}
