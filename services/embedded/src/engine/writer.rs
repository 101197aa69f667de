//! The way to the one writer, and how it is.
//!
//! Knows the writer's thread from outside: its letters go in, its answers come back. What it does with them is the
//! desk's affair.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::{Builder, JoinHandle};

use rusqlite::Connection;
use tally_kernel::{Clock, Fault, FaultKind, Timestamp};
use tokio::sync::oneshot;

use crate::engine::desk::Desk;
use crate::engine::folder::Folder;
use crate::engine::log::LogMover;
use crate::jobs::board::Board;
use crate::jobs::change::{Change, Command, Outcome};

/// What comes to the writer.
pub enum Letter {
    /// A change, to be written with those beside it.
    Write(Command),
    /// The last letter: leave all in order.
    Close(oneshot::Sender<Result<(), Fault>>),
}

/// The way to the writer. Dropping it lets the writer finish what it has, and waits for that.
pub struct Writer {
    letters: Option<Sender<Letter>>,
    thread: Option<JoinHandle<()>>,
    pulse: Arc<Pulse>,
}

/// How the writer is, for health checks.
#[derive(Default)]
pub struct Pulse {
    /// When the batch that is being written was begun, in milliseconds; zero between batches.
    busy_since_ms: AtomicI64,
    full: AtomicBool,
}

impl Pulse {
    /// When the batch that is being written was begun.
    pub fn busy_since(&self) -> Option<Timestamp> {
        let ms = self.busy_since_ms.load(Ordering::Relaxed);
        (ms != 0).then(|| Timestamp::from_ms(ms))
    }

    /// A batch begins.
    pub fn begins(&self, now: Timestamp) {
        self.busy_since_ms.store(now.as_ms(), Ordering::Relaxed);
    }

    /// The batch is over.
    pub fn rests(&self) {
        self.busy_since_ms.store(0, Ordering::Relaxed);
    }

    /// Whether the disk was full when something was last written.
    pub fn is_full(&self) -> bool {
        self.full.load(Ordering::Relaxed)
    }

    /// Notes that the disk is full, or no longer is.
    pub fn set_full(&self, full: bool) {
        self.full.store(full, Ordering::Relaxed);
    }
}

impl Writer {
    /// Starts the thread. It keeps the folder's lock until it has ended.
    pub fn start(
        mut connection: Connection,
        log: LogMover,
        folder: Folder,
        board: Arc<Board>,
        clock: Arc<dyn Clock>,
    ) -> std::io::Result<Self> {
        let (letters, inbox) = channel();
        let pulse = Arc::new(Pulse::default());
        let its_pulse = Arc::clone(&pulse);
        let thread = Builder::new().name("tally-store".into()).spawn(move || {
            let served = log.watch(&mut connection).and_then(|()| {
                Desk::new(&connection, &log, &board, &*clock, &its_pulse)?.serve(&inbox);
                Ok(())
            });
            if let Err(error) = served {
                tracing::error!(%error, "the store's writer cannot start");
            }
            // In this order: the lock is the last thing to go.
            drop(log);
            drop(connection);
            drop(folder);
        })?;
        Ok(Self { letters: Some(letters), thread: Some(thread), pulse })
    }

    /// Has a change carried out. The answer comes when it is durable.
    pub async fn write(&self, change: Change, during: &'static str) -> Result<Outcome, Fault> {
        let (reply, answer) = oneshot::channel();
        self.send(Letter::Write(Command { change, reply }), during)?;
        let answered = answer.await.unwrap_or_else(|_| Err(stopped(during)));
        answered.map_err(|mut fault| {
            fault.during = during;
            fault
        })
    }

    /// Finishes what came before, moves the log into the file and notes that all is in order.
    pub async fn close(&self) -> Result<(), Fault> {
        const DURING: &str = "close the store";
        let (reply, answer) = oneshot::channel();
        self.send(Letter::Close(reply), DURING)?;
        answer.await.unwrap_or_else(|_| Err(stopped(DURING)))
    }

    /// How the writer is.
    pub fn pulse(&self) -> &Pulse {
        &self.pulse
    }

    fn send(&self, letter: Letter, during: &'static str) -> Result<(), Fault> {
        let letters = self.letters.as_ref().ok_or_else(|| stopped(during))?;
        letters
            .send(letter)
            .map_err(|_| Fault::because(FaultKind::Unavailable, during, "the store is closed"))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.letters = None;
        if let Some(thread) = self.thread.take() {
            // It panicked: that was said on stderr, and there is nobody left to tell.
            let _ = thread.join();
        }
    }
}

/// It took the letter and did not answer: the change may have been written.
fn stopped(during: &'static str) -> Fault {
    Fault::because(FaultKind::Unknown, during, "the store's writer has stopped")
}
