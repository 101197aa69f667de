//! Carries out changes as SQL, inside the writer's transaction.
//!
//! Each begins with one statement that also checks what it expects; the rest follows only when that found it. So a
//! change that loses leaves nothing behind, and its neighbours in the batch do not notice.

mod statements;
mod sweep;

use rusqlite::{Connection, OptionalExtension, params};
use tally_jobs::model::{Content, Job, Source};
use tally_jobs::state::State;
use tally_jobs::words::WordList;

use crate::jobs::change::{
    Admit, Change, Claim, End, Expect, Forget, Outcome, Renew, Requeue, Revive, Unpack,
};
use crate::jobs::record::{kind_number, priority_number, state_number};
use statements::Statements;

/// What carries out changes of jobs on the writer's connection.
pub struct Applier<'c> {
    sql: Statements<'c>,
    /// The number of the newest job.
    newest: i64,
}

impl<'c> Applier<'c> {
    /// Prepares all statements.
    pub fn new(connection: &'c Connection) -> rusqlite::Result<Self> {
        let newest = connection
            .query_row("SELECT seq FROM jobs ORDER BY seq DESC LIMIT 1", [], |row| row.get(0))
            .optional()?;
        Ok(Self { sql: Statements::prepare(connection)?, newest: newest.unwrap_or(0) })
    }

    /// Carries out one change. An error leaves the transaction fit only to be rolled back.
    pub fn apply(&mut self, change: &Change) -> rusqlite::Result<Outcome> {
        match change {
            Change::Admit(admit) => self.admit(admit),
            Change::Claim(claim) => self.claim(claim),
            Change::Renew(renew) => self.renew(renew),
            Change::Requeue(requeue) => self.requeue(requeue),
            Change::End(end) => self.end(end),
            Change::Revive(revive) => self.revive(revive),
            Change::Forget(forget) => self.forget(forget),
            Change::Unpack(unpack) => self.unpack(unpack),
            Change::Sweep { now, limit } => self.sweep(*now, *limit),
        }
    }

    fn admit(&mut self, admit: &Admit) -> rusqlite::Result<Outcome> {
        let Some(seq) = self.enter(admit)? else { return Ok(Outcome::Lost) };
        self.wait(seq, &admit.waiting.job, None)?;
        Ok(Outcome::Admitted(seq))
    }

    fn unpack(&mut self, unpack: &Unpack) -> rusqlite::Result<Outcome> {
        let Some(seq) = self.enter(&unpack.admit)? else { return Ok(Outcome::Lost) };
        match &unpack.end {
            Some(end) => self.write_end(seq, end)?,
            None => self.wait(seq, &unpack.admit.waiting.job, unpack.failure.as_deref())?,
        }
        Ok(Outcome::Admitted(seq))
    }

    /// Writes what never changes of a new job, and what was handed in; `None` when its id exists.
    fn enter(&mut self, admit: &Admit) -> rusqlite::Result<Option<i64>> {
        let job = &admit.waiting.job;
        let seq = self.newest + 1;
        let (name, host) = match &job.source {
            Source::Text { .. } => (None, None),
            Source::File { name, .. } => (name.as_deref(), None),
            Source::Url(address) => (Some(address.as_str()), Some(address.host())),
        };
        let inserted = self.sql.insert_job.execute(params![
            seq,
            &job.id.uuid().as_bytes()[..],
            job.created_at.as_ms(),
            kind_number(&job.source),
            name,
            host,
            signed(job.source.bytes()),
            job.fingerprint.as_ref().map(|fingerprint| &fingerprint.0[..]),
            admit.asked,
        ])?;
        if inserted == 0 {
            return Ok(None);
        }
        self.newest = seq;
        match &admit.waiting.content {
            Some(Content::Inline(bytes)) => {
                self.sql.insert_content.execute(params![seq, &bytes[..], None::<&[u8]>])?;
            }
            Some(Content::Stored(blob)) => {
                self.sql.insert_content.execute(params![seq, None::<&[u8]>, &blob.0.as_bytes()[..]])?;
            }
            None => {}
        }
        for label in &job.settings.labels {
            self.sql.insert_label.execute(params![label.name, label.value, seq])?;
        }
        Ok(Some(seq))
    }

    /// Writes the state of a job that waits.
    fn wait(&mut self, seq: i64, job: &Job, failure: Option<&str>) -> rusqlite::Result<()> {
        self.sql.insert_live.execute(params![
            seq,
            &job.id.uuid().as_bytes()[..],
            priority_number(job.settings.priority),
            signed(job.epoch),
            job.attempts,
            job.crashes,
            job.due_at.as_ms(),
            signed(job.source.bytes()),
            job.started_at.map(|at| at.as_ms()),
            failure,
        ])?;
        Ok(())
    }

    fn claim(&mut self, claim: &Claim) -> rusqlite::Result<Outcome> {
        let next = &claim.next;
        let changed = self.sql.claim.execute(params![
            claim.expect.seq,
            state_number(claim.expect.state),
            signed(claim.expect.epoch),
            claim.lease_until.map(|until| until.as_ms()),
            signed(next.epoch),
            next.attempts,
            next.crashes,
            next.started_at.map(|at| at.as_ms()),
            next.lease_until.map(|at| at.as_ms()),
            claim.worker,
        ])?;
        Ok(done(changed))
    }

    fn renew(&mut self, renew: &Renew) -> rusqlite::Result<Outcome> {
        let expect = renew.expect;
        let changed =
            self.sql.renew.execute(params![expect.seq, signed(expect.epoch), renew.until.as_ms()])?;
        Ok(done(changed))
    }

    fn requeue(&mut self, requeue: &Requeue) -> rusqlite::Result<Outcome> {
        let next = &requeue.next;
        let changed = self.sql.requeue.execute(params![
            requeue.expect.seq,
            signed(requeue.expect.epoch),
            next.attempts,
            next.crashes,
            next.due_at.as_ms(),
            next.failure,
            next.started_at.map(|at| at.as_ms()),
        ])?;
        Ok(done(changed))
    }

    fn end(&mut self, end: &End) -> rusqlite::Result<Outcome> {
        if self.leave(&end.expect)? == 0 {
            return Ok(Outcome::Lost);
        }
        self.write_end(end.expect.seq, end)?;
        // Only what did not succeed can be run again, so only that still needs what was handed in.
        if end.state == State::Succeeded {
            self.sql.delete_content.execute([end.expect.seq])?;
        }
        Ok(Outcome::Done)
    }

    fn write_end(&mut self, seq: i64, end: &End) -> rusqlite::Result<()> {
        let last = &end.last;
        self.sql.insert_end.execute(params![
            seq,
            state_number(end.state),
            signed(last.epoch),
            last.attempts,
            last.crashes,
            last.due_at.as_ms(),
            last.started_at.map(|at| at.as_ms()),
            end.finished_at.as_ms(),
            end.expires_at.as_ms(),
            last.failure,
            end.report,
            end.top.as_ref().map(WordList::as_bytes),
        ])?;
        if let Some(rest) = &end.rest {
            self.sql.insert_rest.execute(params![seq, rest.as_bytes()])?;
        }
        Ok(())
    }

    fn revive(&mut self, revive: &Revive) -> rusqlite::Result<Outcome> {
        if self.leave(&revive.expect)? == 0 {
            return Ok(Outcome::Lost);
        }
        let next = &revive.next;
        self.sql.insert_live.execute(params![
            revive.expect.seq,
            &revive.ticket.id.uuid().as_bytes()[..],
            priority_number(revive.ticket.priority),
            signed(next.epoch),
            next.attempts,
            next.crashes,
            next.due_at.as_ms(),
            signed(revive.bytes),
            next.started_at.map(|at| at.as_ms()),
            next.failure,
        ])?;
        Ok(Outcome::Done)
    }

    fn forget(&mut self, forget: &Forget) -> rusqlite::Result<Outcome> {
        if self.leave(&forget.expect)? == 0 {
            return Ok(Outcome::Lost);
        }
        self.erase(forget.expect.seq)?;
        self.sql.insert_tombstone.execute(params![&forget.id.uuid().as_bytes()[..], forget.until.as_ms()])?;
        Ok(Outcome::Done)
    }

    /// Takes the row out of the table that it must be in; zero when it is not there as expected.
    fn leave(&mut self, expect: &Expect) -> rusqlite::Result<usize> {
        let gate = if expect.state.is_end() { &mut self.sql.leave_end } else { &mut self.sql.leave_live };
        gate.execute(params![expect.seq, state_number(expect.state), signed(expect.epoch)])
    }

    /// Removes every row of a job but those of its state.
    fn erase(&mut self, seq: i64) -> rusqlite::Result<()> {
        for statement in [
            &mut self.sql.delete_job,
            &mut self.sql.delete_content,
            &mut self.sql.delete_rest,
            &mut self.sql.delete_labels,
        ] {
            statement.execute([seq])?;
        }
        Ok(())
    }
}

fn done(changed: usize) -> Outcome {
    if changed == 0 { Outcome::Lost } else { Outcome::Done }
}

/// Numbers of the room that only count up from zero; no disk holds enough to overflow them.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
