//! Group commit: the writer's thread puts all waiting commands into one transaction, syncs once, then replies to all.
//!
//! Knows when to write and what a failure means; the commands say what to write. There is no timer: a transaction
//! takes in the commands that arrive while it is being filled, and ends when the inbox is empty. So a single command
//! never waits for others, and many commands share a sync.

use std::sync::mpsc::Receiver;

use rusqlite::{Connection, Statement};
use tally_kernel::{Clock, Fault, FaultKind};
use tokio::sync::oneshot;

use crate::engine::commit_guard::CommitGuard;
use crate::engine::fault::{is_broken_disk, sql_fault};
use crate::engine::wal_checkpointer::{WalCheckpointer, abort_process};
use crate::engine::writer::{WriterHealth, WriterMessage};
use crate::jobs::change_applier::ChangeApplier;
use crate::jobs::queue_state::QueueState;
use crate::jobs::store_change::{ChangeOutcome, WriteCommand};

/// The most commands of a transaction: filling it takes some milliseconds, more than any sync of a healthy disk.
const MAX_BATCH: usize = 512;
const WRITE: &str = "write to the store";

/// Runs the writer's thread.
pub struct WriteBatcher<'c> {
    connection: &'c Connection,
    begin: Statement<'c>,
    commit: Statement<'c>,
    applier: ChangeApplier<'c>,
    checkpointer: &'c WalCheckpointer,
    state: &'c QueueState,
    clock: &'c dyn Clock,
    health: &'c WriterHealth,
    guard: &'c mut CommitGuard,
}

type CloseReply = oneshot::Sender<Result<(), Fault>>;

/// Commands that are written together.
#[derive(Default)]
struct WriteBatch {
    commands: Vec<WriteCommand>,
    outcomes: Vec<ChangeOutcome>,
    /// A close request that arrived while the batch was filled; it ends the batch.
    close: Option<CloseReply>,
}

impl WriteBatch {
    fn of(command: WriteCommand) -> Self {
        Self { commands: vec![command], ..Self::default() }
    }
}

impl<'c> WriteBatcher<'c> {
    /// Prepares all statements.
    pub fn new(
        connection: &'c Connection,
        checkpointer: &'c WalCheckpointer,
        state: &'c QueueState,
        clock: &'c dyn Clock,
        health: &'c WriterHealth,
        guard: &'c mut CommitGuard,
    ) -> rusqlite::Result<Self> {
        Ok(Self {
            connection,
            begin: connection.prepare("BEGIN IMMEDIATE")?,
            commit: connection.prepare("COMMIT")?,
            applier: ChangeApplier::new(connection)?,
            checkpointer,
            state,
            clock,
            health,
            guard,
        })
    }

    /// Runs until all senders are dropped or a close message arrives.
    pub fn run(&mut self, inbox: &Receiver<WriterMessage>) {
        while let Ok(message) = inbox.recv() {
            let mut close = None;
            match message {
                WriterMessage::Close(reply) => close = Some(reply),
                WriterMessage::Write(first) => {
                    self.health.batch_started(self.clock.now());
                    close = self.write_and_reply(first, inbox).or(close);
                    self.checkpointer.after_commit(self.connection);
                    self.health.batch_finished();
                }
            }
            if let Some(reply) = close {
                let closed = self.close();
                // The caller may have stopped waiting; that is fine.
                let _ = reply.send(closed);
                return;
            }
        }
    }

    /// Writes a command with those that arrive meanwhile, and replies to them. If the batch fails, each command is
    /// written in a transaction of its own, so that one bad command does not fail the others.
    fn write_and_reply(
        &mut self,
        first: WriteCommand,
        inbox: &Receiver<WriterMessage>,
    ) -> Option<CloseReply> {
        let mut batch = WriteBatch::of(first);
        if !self.guard.may_write() {
            self.reply_lost(batch.commands.drain(..), FaultKind::Unavailable);
            return None;
        }
        match self.write(&mut batch, Some(inbox)) {
            Ok(()) => self.reply(&mut batch),
            Err(error) if batch.commands.len() == 1 => self.reply_error(batch.commands.drain(..), &error),
            Err(error) => {
                tracing::debug!(%error, commands = batch.commands.len(), "a batch failed and is written one by one");
                for command in batch.commands.drain(..) {
                    let mut single = WriteBatch::of(command);
                    match self.write(&mut single, None) {
                        Ok(()) => self.reply(&mut single),
                        Err(error) => self.reply_error(single.commands.drain(..), &error),
                    }
                }
            }
        }
        batch.close
    }

    /// One transaction: all of it is durable, or none.
    fn write(
        &mut self,
        batch: &mut WriteBatch,
        inbox: Option<&Receiver<WriterMessage>>,
    ) -> rusqlite::Result<()> {
        self.begin.execute([])?;
        let written = self.fill(batch, inbox).and_then(|()| {
            let committed = self.commit.execute([]);
            committed.map(drop).inspect_err(|error| {
                if is_broken_disk(error) {
                    abort_process(error);
                }
            })
        });
        if written.is_err() && !self.connection.is_autocommit() {
            // SQLite rolls back by itself after some errors only. An error here shows again at the next BEGIN.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        written
    }

    fn fill(
        &mut self,
        batch: &mut WriteBatch,
        inbox: Option<&Receiver<WriterMessage>>,
    ) -> rusqlite::Result<()> {
        let mut applied = 0;
        loop {
            for command in &batch.commands[applied..] {
                batch.outcomes.push(self.applier.apply(&command.change)?);
            }
            applied = batch.commands.len();
            match inbox.filter(|_| applied < MAX_BATCH).map(Receiver::try_recv) {
                Some(Ok(WriterMessage::Write(next))) => batch.commands.push(next),
                Some(Ok(WriterMessage::Close(reply))) => {
                    batch.close = Some(reply);
                    return Ok(());
                }
                Some(Err(_)) | None => return Ok(()),
            }
        }
    }

    fn reply(&mut self, batch: &mut WriteBatch) {
        if !self.guard.committed(self.checkpointer.frames()) {
            // It was written to a folder that is no longer there, or was removed just behind it.
            return self.reply_lost(batch.commands.drain(..), FaultKind::Unknown);
        }
        self.health.set_disk_full(false);
        // Memory first: a caller may read it as soon as it has the reply.
        self.state.record_commit(batch.commands.iter().map(|command| &command.change).zip(&batch.outcomes));
        for (command, outcome) in batch.commands.drain(..).zip(batch.outcomes.drain(..)) {
            // The caller may have gone away; the change is durable all the same.
            let _ = command.reply.send(Ok(outcome));
        }
    }

    fn reply_error(&self, commands: impl Iterator<Item = WriteCommand>, error: &rusqlite::Error) {
        // A full disk is logged once, not for each of a million submits.
        if !self.health.is_disk_full() {
            tracing::warn!(%error, "the store could not write");
        }
        for command in commands {
            self.state.record_failure(&command.change);
            let fault = write_fault(error);
            match fault.kind {
                FaultKind::Overloaded => self.health.set_disk_full(true),
                FaultKind::Corrupt => self.health.set_corrupt(),
                _ => {}
            }
            let _ = command.reply.send(Err(fault));
        }
    }

    fn reply_lost(&self, commands: impl Iterator<Item = WriteCommand>, kind: FaultKind) {
        for command in commands {
            self.state.record_failure(&command.change);
            let cause = "the data folder was removed, replaced or unmounted";
            let _ = command.reply.send(Err(Fault::because(kind, WRITE, cause)));
        }
    }

    fn close(&mut self) -> Result<(), Fault> {
        const DURING: &str = "close the store";
        let failed = |error| sql_fault(DURING, error);
        self.checkpointer.stop();
        self.connection
            .execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('closed', x'01')", [])
            .map_err(failed)?;
        self.connection.execute_batch("PRAGMA optimize").map_err(failed)?;
        self.guard.close().map_err(|error| Fault::because(FaultKind::Unavailable, DURING, error))?;
        self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(failed)
    }
}

/// `rusqlite::Error` cannot be cloned, and each command of a failed batch needs its cause.
fn write_fault(error: &rusqlite::Error) -> Fault {
    let copy = match error {
        rusqlite::Error::SqliteFailure(code, text) => rusqlite::Error::SqliteFailure(*code, text.clone()),
        other => rusqlite::Error::ToSqlConversionFailure(other.to_string().into()),
    };
    sql_fault(WRITE, copy)
}
