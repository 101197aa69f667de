//! The SQL of all changes, prepared once.
//!
//! Knows the tables; what the parameters mean stands where they are bound.

use rusqlite::{Connection, Statement};

/// The statements.
pub struct Statements<'c> {
    pub insert_job: Statement<'c>,
    pub insert_live: Statement<'c>,
    pub insert_content: Statement<'c>,
    pub insert_label: Statement<'c>,
    pub claim: Statement<'c>,
    pub renew: Statement<'c>,
    pub requeue: Statement<'c>,
    pub leave_live: Statement<'c>,
    pub leave_end: Statement<'c>,
    pub insert_end: Statement<'c>,
    pub insert_rest: Statement<'c>,
    pub insert_tombstone: Statement<'c>,
    pub delete_job: Statement<'c>,
    pub delete_content: Statement<'c>,
    pub delete_rest: Statement<'c>,
    pub delete_labels: Statement<'c>,
    pub delete_end: Statement<'c>,
    pub expired: Statement<'c>,
    pub blob_of: Statement<'c>,
    pub expire_tombstones: Statement<'c>,
}

impl<'c> Statements<'c> {
    /// Prepares them.
    pub fn prepare(connection: &'c Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            insert_job: connection.prepare(
                "INSERT INTO jobs (seq, id, created_at, kind, name, host, bytes, fingerprint, asked) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (id) DO NOTHING",
            )?,
            insert_live: connection.prepare(
                "INSERT INTO live (seq, id, state, priority, epoch, attempts, crashes, due_at, bytes, started_at, \
                 failure) VALUES (?1, ?2, 0, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?,
            insert_content: connection.prepare("INSERT INTO contents (seq, bytes, blob) VALUES (?1, ?2, ?3)")?,
            insert_label: connection.prepare("INSERT INTO labels (name, value, seq) VALUES (?1, ?2, ?3)")?,
            claim: connection.prepare(
                "UPDATE live SET state = 1, epoch = ?5, attempts = ?6, crashes = ?7, started_at = ?8, \
                 lease_until = ?9, worker = ?10 \
                 WHERE seq = ?1 AND state = ?2 AND epoch = ?3 AND lease_until IS ?4",
            )?,
            renew: connection
                .prepare("UPDATE live SET lease_until = ?3 WHERE seq = ?1 AND state = 1 AND epoch = ?2")?,
            requeue: connection.prepare(
                "UPDATE live SET state = 0, attempts = ?3, crashes = ?4, due_at = ?5, failure = ?6, \
                 started_at = ?7, lease_until = NULL, worker = NULL WHERE seq = ?1 AND state = 1 AND epoch = ?2",
            )?,
            leave_live: connection.prepare("DELETE FROM live WHERE seq = ?1 AND state = ?2 AND epoch = ?3")?,
            leave_end: connection.prepare("DELETE FROM ends WHERE seq = ?1 AND state = ?2 AND epoch = ?3")?,
            insert_end: connection.prepare(
                "INSERT INTO ends (seq, state, epoch, attempts, crashes, due_at, started_at, finished_at, \
                 expires_at, failure, report, top) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )?,
            insert_rest: connection.prepare("INSERT INTO rests (seq, words) VALUES (?1, ?2)")?,
            insert_tombstone: connection
                .prepare("INSERT OR REPLACE INTO tombstones (id, until) VALUES (?1, ?2)")?,
            delete_job: connection.prepare("DELETE FROM jobs WHERE seq = ?1")?,
            delete_content: connection.prepare("DELETE FROM contents WHERE seq = ?1")?,
            delete_rest: connection.prepare("DELETE FROM rests WHERE seq = ?1")?,
            delete_labels: connection.prepare("DELETE FROM labels WHERE seq = ?1")?,
            delete_end: connection.prepare("DELETE FROM ends WHERE seq = ?1")?,
            expired: connection.prepare(
                "SELECT e.seq, j.id FROM ends e JOIN jobs j ON j.seq = e.seq \
                 WHERE e.expires_at <= ?1 ORDER BY e.expires_at LIMIT ?2",
            )?,
            blob_of: connection
                .prepare("SELECT blob FROM contents WHERE seq = ?1 AND blob IS NOT NULL")?,
            expire_tombstones: connection.prepare(
                "DELETE FROM tombstones WHERE id IN \
                 (SELECT id FROM tombstones WHERE until <= ?1 ORDER BY until LIMIT ?2)",
            )?,
        })
    }
}
