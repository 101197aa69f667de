//! The writer at work: one transaction for whatever has gathered, one sync, then all the answers.
//!
//! Knows when to write and what a failure means; what is written comes as commands. There is no timer: a transaction
//! takes in what comes while it is being filled and ends when nothing more has come. So a lone command never waits for
//! company, and a crowd shares its syncs.

use std::sync::mpsc::Receiver;

use rusqlite::{Connection, Statement};
use tally_kernel::{Clock, Fault, FaultKind};
use tokio::sync::oneshot;

use crate::engine::fault::{is_broken_disk, refused};
use crate::engine::log::{LogMover, die};
use crate::engine::writer::{Letter, Pulse};
use crate::jobs::apply::Applier;
use crate::jobs::board::Board;
use crate::jobs::change::{Command, Outcome};

/// The most commands of a transaction: filling it takes some milliseconds, more than any sync of a healthy disk.
const AT_ONCE: usize = 512;

/// The writer's desk.
pub struct Desk<'c> {
    connection: &'c Connection,
    begin: Statement<'c>,
    commit: Statement<'c>,
    jobs: Applier<'c>,
    log: &'c LogMover,
    board: &'c Board,
    clock: &'c dyn Clock,
    pulse: &'c Pulse,
}

type Reply = oneshot::Sender<Result<(), Fault>>;

/// Commands that are written together.
#[derive(Default)]
struct Batch {
    commands: Vec<Command>,
    outcomes: Vec<Outcome>,
    /// Came while the batch was filled, and ends it.
    close: Option<Reply>,
}

impl<'c> Desk<'c> {
    /// Prepares all statements.
    pub fn new(
        connection: &'c Connection,
        log: &'c LogMover,
        board: &'c Board,
        clock: &'c dyn Clock,
        pulse: &'c Pulse,
    ) -> rusqlite::Result<Self> {
        Ok(Self {
            connection,
            begin: connection.prepare("BEGIN IMMEDIATE")?,
            commit: connection.prepare("COMMIT")?,
            jobs: Applier::new(connection)?,
            log,
            board,
            clock,
            pulse,
        })
    }

    /// Works until everybody who could write a letter is gone, or says so.
    pub fn serve(&mut self, inbox: &Receiver<Letter>) {
        while let Ok(letter) = inbox.recv() {
            let mut close = None;
            match letter {
                Letter::Close(reply) => close = Some(reply),
                Letter::Write(first) => {
                    self.pulse.begins(self.clock.now());
                    close = self.settle(first, inbox).or(close);
                    self.log.after_commit(self.connection);
                    self.pulse.rests();
                }
            }
            if let Some(reply) = close {
                let closed = self.close().map_err(|error| refused("close the store", error));
                // Nobody waits for it any more: fine.
                let _ = reply.send(closed);
                return;
            }
        }
    }

    /// Writes a command with those that come meanwhile, and answers them. When that fails as a whole, each is tried
    /// alone: so that one that cannot be written takes nobody with it.
    fn settle(&mut self, first: Command, inbox: &Receiver<Letter>) -> Option<Reply> {
        let mut batch = Batch { commands: vec![first], ..Batch::default() };
        match self.write(&mut batch, Some(inbox)) {
            Ok(()) => self.answer(&mut batch),
            Err(error) if batch.commands.len() == 1 => self.refuse(batch.commands.drain(..), &error),
            Err(error) => {
                tracing::debug!(%error, commands = batch.commands.len(), "a batch failed and is written one by one");
                for command in batch.commands.drain(..) {
                    let mut alone = Batch { commands: vec![command], ..Batch::default() };
                    match self.write(&mut alone, None) {
                        Ok(()) => self.answer(&mut alone),
                        Err(error) => self.refuse(alone.commands.drain(..), &error),
                    }
                }
            }
        }
        batch.close
    }

    /// One transaction: all of it is durable, or none.
    fn write(&mut self, batch: &mut Batch, inbox: Option<&Receiver<Letter>>) -> rusqlite::Result<()> {
        self.begin.execute([])?;
        let written = self.fill(batch, inbox).and_then(|()| {
            let committed = self.commit.execute([]);
            committed.map(drop).inspect_err(|error| {
                if is_broken_disk(error) {
                    die(error);
                }
            })
        });
        if written.is_err() && !self.connection.is_autocommit() {
            // Ours to undo unless SQLite has done so; an error here shows again at the next begin.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        written
    }

    fn fill(&mut self, batch: &mut Batch, inbox: Option<&Receiver<Letter>>) -> rusqlite::Result<()> {
        let mut done = 0;
        loop {
            for command in &batch.commands[done..] {
                batch.outcomes.push(self.jobs.apply(&command.change)?);
            }
            done = batch.commands.len();
            match inbox.filter(|_| done < AT_ONCE).map(Receiver::try_recv) {
                Some(Ok(Letter::Write(next))) => batch.commands.push(next),
                Some(Ok(Letter::Close(reply))) => {
                    batch.close = Some(reply);
                    return Ok(());
                }
                Some(Err(_)) | None => return Ok(()),
            }
        }
    }

    fn answer(&self, batch: &mut Batch) {
        self.pulse.set_full(false);
        // Memory first: who is answered may look at it at once.
        self.board.committed(batch.commands.iter().map(|command| &command.change).zip(&batch.outcomes));
        for (command, outcome) in batch.commands.drain(..).zip(batch.outcomes.drain(..)) {
            // Its caller went away; the change is done all the same.
            let _ = command.reply.send(Ok(outcome));
        }
    }

    fn refuse(&self, commands: impl Iterator<Item = Command>, error: &rusqlite::Error) {
        // A full disk is said once, not for each of a million submits.
        if !self.pulse.is_full() {
            tracing::warn!(%error, "the store could not write");
        }
        for command in commands {
            self.board.failed(&command.change);
            let fault = fault_of(error);
            if fault.kind == FaultKind::Overloaded {
                self.pulse.set_full(true);
            }
            let _ = command.reply.send(Err(fault));
        }
    }

    fn close(&mut self) -> rusqlite::Result<()> {
        self.log.stop();
        self.connection.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('closed', x'01')", [])?;
        self.connection.execute_batch("PRAGMA optimize")?;
        self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
    }
}

/// `rusqlite::Error` cannot be cloned, and every member of a failed batch wants a cause.
fn fault_of(error: &rusqlite::Error) -> Fault {
    const DURING: &str = "write to the store";
    let copy = match error {
        rusqlite::Error::SqliteFailure(code, text) => rusqlite::Error::SqliteFailure(*code, text.clone()),
        other => rusqlite::Error::ToSqlConversionFailure(other.to_string().into()),
    };
    refused(DURING, copy)
}
