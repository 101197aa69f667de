//! The SQL statements of all changes, prepared once.
//!
//! Knows the tables. The parameters are explained where they are bound.

use rusqlite::{Connection, Statement};

use crate::jobs::stored_job::NEWEST_GENERATION;

/// The prepared statements of the writer.
pub struct Statements<'c> {
    pub insert_job: Statement<'c>,
    pub insert_active: Statement<'c>,
    pub insert_content: Statement<'c>,
    pub insert_label: Statement<'c>,
    pub claim: Statement<'c>,
    pub renew: Statement<'c>,
    pub requeue: Statement<'c>,
    pub delete_expected_active: Statement<'c>,
    pub delete_expected_finished: Statement<'c>,
    pub insert_finished: Statement<'c>,
    pub replace_source: Statement<'c>,
    pub insert_attachment: Statement<'c>,
    pub insert_attribute: Statement<'c>,
    pub insert_tombstone: Statement<'c>,
    pub delete_job: Statement<'c>,
    pub delete_content: Statement<'c>,
    pub delete_attachments: Statement<'c>,
    pub delete_attributes: Statement<'c>,
    pub delete_labels: Statement<'c>,
    pub delete_finished: Statement<'c>,
    pub expired: Statement<'c>,
    pub blob_of: Statement<'c>,
    pub extend_tombstones: Statement<'c>,
    pub expire_tombstones: Statement<'c>,
    pub newest_generation: Statement<'c>,
    pub mark_generation: Statement<'c>,
}

impl<'c> Statements<'c> {
    pub fn prepare(connection: &'c Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            insert_job: connection.prepare(
                "INSERT INTO jobs (seq, id, created_at, owner, kind, subject, content_bytes, properties, \
                 fingerprint, asked, spec, source) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT (id) DO NOTHING",
            )?,
            insert_active: connection.prepare(
                "INSERT INTO active_jobs (seq, id, state, priority, epoch, attempts, crashes, due_at, content_bytes, \
                 started_at, failure, event_seq, history) \
                 VALUES (?1, ?2, 0, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )?,
            insert_content: connection
                .prepare("INSERT INTO contents (seq, bytes, blob, digest) VALUES (?1, ?2, ?3, ?4)")?,
            insert_label: connection.prepare("INSERT INTO labels (name, value, seq) VALUES (?1, ?2, ?3)")?,
            claim: connection.prepare(
                "UPDATE active_jobs SET state = 1, epoch = ?5, attempts = ?6, crashes = ?7, started_at = ?8, \
                 lease_until = ?9, history = ?10, event_seq = ?11 \
                 WHERE seq = ?1 AND state = ?2 AND epoch = ?3 AND lease_until IS ?4",
            )?,
            renew: connection
                .prepare("UPDATE active_jobs SET lease_until = ?3 WHERE seq = ?1 AND state = 1 AND epoch = ?2")?,
            requeue: connection.prepare(
                "UPDATE active_jobs SET state = 0, attempts = ?3, crashes = ?4, due_at = ?5, failure = ?6, \
                 started_at = ?7, event_seq = ?8, history = ?9, lease_until = NULL \
                 WHERE seq = ?1 AND state = 1 AND epoch = ?2",
            )?,
            delete_expected_active: connection.prepare("DELETE FROM active_jobs WHERE seq = ?1 AND state = ?2 AND epoch = ?3")?,
            delete_expected_finished: connection.prepare("DELETE FROM finished_jobs WHERE seq = ?1 AND state = ?2 AND epoch = ?3")?,
            insert_finished: connection.prepare(
                "INSERT INTO finished_jobs (seq, state, epoch, attempts, crashes, due_at, started_at, finished_at, \
                 expires_at, failure, summary, detail, event_seq, history) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
            )?,
            replace_source: connection
                .prepare("UPDATE jobs SET source = ?2 WHERE seq = ?1 AND source IS NOT ?2")?,
            insert_attachment: connection
                .prepare("INSERT INTO attachments (seq, name, bytes) VALUES (?1, ?2, ?3)")?,
            insert_attribute: connection
                .prepare("INSERT INTO attributes (name, value, seq) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?,
            insert_tombstone: connection
                .prepare("INSERT OR REPLACE INTO tombstones (id, until) VALUES (?1, ?2)")?,
            delete_job: connection.prepare("DELETE FROM jobs WHERE seq = ?1")?,
            delete_content: connection.prepare("DELETE FROM contents WHERE seq = ?1")?,
            delete_attachments: connection.prepare("DELETE FROM attachments WHERE seq = ?1")?,
            delete_attributes: connection.prepare("DELETE FROM attributes WHERE seq = ?1")?,
            delete_labels: connection.prepare("DELETE FROM labels WHERE seq = ?1")?,
            delete_finished: connection.prepare("DELETE FROM finished_jobs WHERE seq = ?1")?,
            expired: connection.prepare(
                "SELECT e.seq, j.id FROM finished_jobs e JOIN jobs j ON j.seq = e.seq \
                 WHERE e.expires_at <= ?1 ORDER BY e.expires_at LIMIT ?2",
            )?,
            blob_of: connection
                .prepare("SELECT blob FROM contents WHERE seq = ?1 AND blob IS NOT NULL")?,
            // The tombstone of a key's first job stays as long as the newest job of the key is here: it leads to that job.
            extend_tombstones: connection.prepare(
                "UPDATE tombstones SET until = ?2 WHERE id IN (SELECT t.id FROM tombstones t \
                 JOIN jobs j ON j.id = t.newest WHERE t.until <= ?1 ORDER BY t.until LIMIT ?3)",
            )?,
            newest_generation: connection.prepare(NEWEST_GENERATION)?,
            mark_generation: connection.prepare(
                "UPDATE tombstones SET generation = ?2, newest = ?3 WHERE id = ?1 AND coalesce(generation, 0) < ?2",
            )?,
            expire_tombstones: connection.prepare(
                "DELETE FROM tombstones WHERE id IN \
                 (SELECT id FROM tombstones WHERE until <= ?1 \
                 AND (newest IS NULL OR newest NOT IN (SELECT id FROM jobs)) ORDER BY until LIMIT ?2)",
            )?,
        })
    }
}
