//! Writes changes with SQL, inside the writer's transaction.
//!
//! The first statement of a change also checks the row that it expects. The other statements run only if that matched,
//! so a change with a conflict writes nothing and does not affect the rest of the batch.

mod statements;
mod sweep;

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, params};
use tally_jobs::content::Content;
use tally_jobs::id::JobId;
use tally_jobs::record::Ticket;
use tally_jobs::state::JobState;

use crate::jobs::store_change::{
    AdmitChange, ChangeOutcome, ClaimChange, DeleteChange, ExpectedRow, FinishedRow, ImportChange,
    ImportTombstone, MutableColumns, RenewChange, ReopenChange, RequeueChange, StoreChange,
};
use crate::jobs::stored_job::{priority_number, properties_number, state_number};
use statements::Statements;

/// Writes changes of jobs on the writer's connection.
pub struct ChangeApplier<'c> {
    sql: Statements<'c>,
    /// The number of the newest job.
    newest: i64,
}

impl<'c> ChangeApplier<'c> {
    /// Prepares all statements.
    pub fn new(connection: &'c Connection) -> rusqlite::Result<Self> {
        let newest = connection
            .query_row("SELECT seq FROM jobs ORDER BY seq DESC LIMIT 1", [], |row| row.get(0))
            .optional()?;
        Ok(Self { sql: Statements::prepare(connection)?, newest: newest.unwrap_or(0) })
    }

    /// Writes one change. After an error the transaction must be rolled back.
    pub fn apply(&mut self, change: &StoreChange) -> rusqlite::Result<ChangeOutcome> {
        match change {
            StoreChange::Admit(admit) => self.admit(admit),
            StoreChange::Claim(claim) => self.claim(claim),
            StoreChange::Renew(renew) => self.renew(renew),
            StoreChange::Requeue(requeue) => self.requeue(requeue),
            StoreChange::Finish(finished) => self.finish(finished),
            StoreChange::Reopen(reopen) => self.reopen(reopen),
            StoreChange::Delete(delete) => self.delete(delete),
            StoreChange::Import(import) => self.import(import),
            StoreChange::ImportTombstone(import) => self.import_tombstone(import),
            StoreChange::Sweep { now, limit } => self.sweep(*now, *limit),
        }
    }

    fn admit(&mut self, admit: &AdmitChange) -> rusqlite::Result<ChangeOutcome> {
        let job = &admit.pending.job;
        // Only an id that a key gave may come again.
        if job.fingerprint.is_some()
            && let Some(newest) = self.newest_generation(job.id)?
        {
            return Ok(ChangeOutcome::Gone(newest));
        }
        let Some(seq) = self.insert(admit)? else { return Ok(ChangeOutcome::Conflict) };
        if let Some(generation) = admit.generation {
            let [first, newest] = [generation.first.uuid(), job.id.uuid()].map(uuid::Uuid::into_bytes);
            self.sql.mark_generation.execute(params![&first[..], generation.number, &newest[..]])?;
        }
        self.insert_active(seq, job.ticket(), job.content_bytes, &MutableColumns::of(job))?;
        Ok(ChangeOutcome::Admitted(seq))
    }

    fn newest_generation(&mut self, id: JobId) -> rusqlite::Result<Option<u32>> {
        self.sql.newest_generation.query_row([&id.uuid().as_bytes()[..]], |row| row.get(0)).optional()
    }

    fn import(&mut self, import: &ImportChange) -> rusqlite::Result<ChangeOutcome> {
        let Some(seq) = self.insert(&import.admit)? else { return Ok(ChangeOutcome::Conflict) };
        let job = &import.admit.pending.job;
        match &import.finished {
            Some(finished) => self.insert_finished(seq, finished)?,
            None => self.insert_active(seq, job.ticket(), job.content_bytes, &import.columns)?,
        }
        Ok(ChangeOutcome::Admitted(seq))
    }

    fn import_tombstone(&mut self, import: &ImportTombstone) -> rusqlite::Result<ChangeOutcome> {
        self.sql.insert_tombstone.execute(params![&import.id.uuid().as_bytes()[..], import.until.as_ms()])?;
        Ok(ChangeOutcome::Applied)
    }

    /// Writes the immutable columns of a new job, and the submitted bytes; `None` when its id exists.
    fn insert(&mut self, admit: &AdmitChange) -> rusqlite::Result<Option<i64>> {
        let job = &admit.pending.job;
        let seq = self.newest + 1;
        let inserted = self.sql.insert_job.execute(params![
            seq,
            &job.id.uuid().as_bytes()[..],
            job.created_at.as_ms(),
            job.owner.stored(),
            job.kind.as_str(),
            job.subject.as_deref(),
            signed(job.content_bytes),
            properties_number(job.properties),
            job.fingerprint.as_ref().map(|fingerprint| &fingerprint.0[..]),
            admit.asked,
            part(&job.parts.spec),
            part(&job.parts.source),
        ])?;
        if inserted == 0 {
            return Ok(None);
        }
        self.newest = seq;
        match &admit.pending.content {
            Some(Content::Inline(bytes)) => {
                self.sql.insert_content.execute(params![seq, &bytes[..], None::<&[u8]>, None::<&[u8]>])?;
            }
            Some(Content::Stored(body)) => {
                let digest = body.digest.as_ref().map(|digest| &digest[..]);
                self.sql.insert_content.execute(params![
                    seq,
                    None::<&[u8]>,
                    &body.id.0.as_bytes()[..],
                    digest
                ])?;
            }
            None => {}
        }
        for label in &job.options.labels {
            self.sql.insert_label.execute(params![label.name, label.value, seq])?;
        }
        for attribute in &job.attributes {
            self.sql.insert_attribute.execute(params![&*attribute.name, attribute.value, seq])?;
        }
        Ok(Some(seq))
    }

    /// Writes the row of a queued job.
    fn insert_active(
        &mut self,
        seq: i64,
        ticket: Ticket,
        content_bytes: u64,
        columns: &MutableColumns,
    ) -> rusqlite::Result<()> {
        self.sql.insert_active.execute(params![
            seq,
            &ticket.id.uuid().as_bytes()[..],
            priority_number(ticket.priority),
            signed(columns.epoch),
            columns.attempts,
            columns.crashes,
            columns.due_at.as_ms(),
            signed(content_bytes),
            columns.started_at.map(|at| at.as_ms()),
            columns.failure,
            columns.event_seq,
            columns.history,
        ])?;
        Ok(())
    }

    fn claim(&mut self, claim: &ClaimChange) -> rusqlite::Result<ChangeOutcome> {
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
            next.history,
            next.event_seq,
        ])?;
        Ok(outcome_of(changed))
    }

    fn renew(&mut self, renew: &RenewChange) -> rusqlite::Result<ChangeOutcome> {
        let expect = renew.expect;
        let changed =
            self.sql.renew.execute(params![expect.seq, signed(expect.epoch), renew.until.as_ms()])?;
        Ok(outcome_of(changed))
    }

    fn requeue(&mut self, requeue: &RequeueChange) -> rusqlite::Result<ChangeOutcome> {
        let next = &requeue.next;
        let changed = self.sql.requeue.execute(params![
            requeue.expect.seq,
            signed(requeue.expect.epoch),
            next.attempts,
            next.crashes,
            next.due_at.as_ms(),
            next.failure,
            next.started_at.map(|at| at.as_ms()),
            next.event_seq,
            next.history,
        ])?;
        Ok(outcome_of(changed))
    }

    fn finish(&mut self, finished: &FinishedRow) -> rusqlite::Result<ChangeOutcome> {
        if self.delete_expected(&finished.expect)? == 0 {
            return Ok(ChangeOutcome::Conflict);
        }
        self.insert_finished(finished.expect.seq, finished)?;
        // Only jobs that did not succeed can be retried, so only they still need the submitted bytes.
        if finished.state == JobState::Succeeded {
            if finished.replaces_source {
                self.sql.replace_source.execute(params![finished.expect.seq, part(&finished.source)])?;
            }
            self.sql.delete_content.execute([finished.expect.seq])?;
        }
        Ok(ChangeOutcome::Applied)
    }

    fn insert_finished(&mut self, seq: i64, finished: &FinishedRow) -> rusqlite::Result<()> {
        let last = &finished.last;
        self.sql.insert_finished.execute(params![
            seq,
            state_number(finished.state),
            signed(last.epoch),
            last.attempts,
            last.crashes,
            last.due_at.as_ms(),
            last.started_at.map(|at| at.as_ms()),
            finished.finished_at.as_ms(),
            finished.expires_at.as_ms(),
            last.failure,
            part(&finished.summary),
            part(&finished.detail),
            last.event_seq,
            last.history,
        ])?;
        for attachment in &finished.attachments {
            self.sql.insert_attachment.execute(params![
                seq,
                attachment.name.as_str(),
                &attachment.bytes[..]
            ])?;
        }
        Ok(())
    }

    fn reopen(&mut self, reopen: &ReopenChange) -> rusqlite::Result<ChangeOutcome> {
        if self.delete_expected(&reopen.expect)? == 0 {
            return Ok(ChangeOutcome::Conflict);
        }
        self.insert_active(reopen.expect.seq, reopen.ticket, reopen.content_bytes, &reopen.next)?;
        Ok(ChangeOutcome::Applied)
    }

    fn delete(&mut self, delete: &DeleteChange) -> rusqlite::Result<ChangeOutcome> {
        if self.delete_expected(&delete.expect)? == 0 {
            return Ok(ChangeOutcome::Conflict);
        }
        self.delete_rows(delete.expect.seq)?;
        self.sql.insert_tombstone.execute(params![&delete.id.uuid().as_bytes()[..], delete.until.as_ms()])?;
        Ok(ChangeOutcome::Applied)
    }

    /// Deletes the expected row from its table; zero when there is no such row.
    fn delete_expected(&mut self, expect: &ExpectedRow) -> rusqlite::Result<usize> {
        let statement = if expect.state.is_final() {
            &mut self.sql.delete_expected_finished
        } else {
            &mut self.sql.delete_expected_active
        };
        statement.execute(params![expect.seq, state_number(expect.state), signed(expect.epoch)])
    }

    /// Deletes the rows of a job except the one of its state.
    fn delete_rows(&mut self, seq: i64) -> rusqlite::Result<()> {
        for statement in [
            &mut self.sql.delete_job,
            &mut self.sql.delete_content,
            &mut self.sql.delete_attachments,
            &mut self.sql.delete_attributes,
            &mut self.sql.delete_labels,
        ] {
            statement.execute([seq])?;
        }
        Ok(())
    }
}

/// An empty part is stored as NULL.
fn part(bytes: &Bytes) -> Option<&[u8]> {
    (!bytes.is_empty()).then_some(&bytes[..])
}

fn outcome_of(changed: usize) -> ChangeOutcome {
    if changed == 0 { ChangeOutcome::Conflict } else { ChangeOutcome::Applied }
}

/// Counters start from zero and never come near the limit of `i64`.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
