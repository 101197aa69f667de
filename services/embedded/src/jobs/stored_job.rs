//! Reads rows as records, and maps values to columns.
//!
//! Knows the columns. The engine decides which record may follow which.

use bytes::Bytes;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row};
use tally_jobs::codec::{Unreadable, asked, failure, history};
use tally_jobs::content::{Content, StoredBody};
use tally_jobs::id::{BlobId, JobId};
use tally_jobs::key::Fingerprint;
use tally_jobs::options::Priority;
use tally_jobs::parts::{Attachment, AttachmentName, Parts};
use tally_jobs::record::{Job, Kind, Properties};
use tally_jobs::state::JobState;
use tally_kernel::{Lease, OwnerId, Timestamp};
use uuid::Uuid;

use crate::engine::fault::{corrupt, sql_fault};
use crate::engine::reader_pool::ReadResult;

/// A job and its number in the order of admission.
#[derive(Debug)]
pub struct StoredJob {
    /// The number.
    pub seq: i64,
    /// The record.
    pub job: Job,
}

/// One statement, so that a job that finishes meanwhile is seen in one of the two tables, never in none.
macro_rules! select {
    ($detail:literal, $rest:literal) => {
        concat!(
            "SELECT j.seq, j.id, j.created_at, j.owner, j.kind, j.subject, j.content_bytes, j.properties, \
             j.fingerprint, j.asked, j.spec, j.source, coalesce(a.state, f.state), coalesce(a.epoch, f.epoch), \
             coalesce(a.attempts, f.attempts), coalesce(a.crashes, f.crashes), coalesce(a.due_at, f.due_at), \
             coalesce(a.started_at, f.started_at), a.lease_until, f.finished_at, coalesce(a.failure, f.failure), \
             coalesce(a.event_seq, f.event_seq), coalesce(a.history, f.history), \
             coalesce(f.summary, CAST(f.summary_text AS BLOB)), ",
            $detail,
            " FROM jobs j LEFT JOIN active_jobs a ON a.seq = j.seq LEFT JOIN finished_jobs f ON f.seq = j.seq ",
            $rest
        )
    };
}

/// Finds a job by its id.
pub const BY_ID: &str = select!("f.detail", "WHERE j.id = ?1");
const BY_SEQ_WITHOUT_DETAIL: &str = select!("NULL", "WHERE j.seq = ?1");

pub fn by_id(connection: &Connection, id: JobId, during: &'static str) -> ReadResult<Option<StoredJob>> {
    let mut statement = connection.prepare_cached(BY_ID).map_err(|error| sql_fault(during, error))?;
    let found = statement.query_row([&id.uuid().as_bytes()[..]], |row| Ok(stored(row, during)));
    found.optional().map_err(|error| sql_fault(during, error))?.transpose()
}

/// The job with this number, without its detail.
pub fn by_seq(connection: &Connection, seq: i64, during: &'static str) -> ReadResult<Option<StoredJob>> {
    let mut statement =
        connection.prepare_cached(BY_SEQ_WITHOUT_DETAIL).map_err(|error| sql_fault(during, error))?;
    let found = statement.query_row([seq], |row| Ok(stored(row, during)));
    found.optional().map_err(|error| sql_fault(during, error))?.transpose()
}

/// The submitted bytes of this job, while they are kept.
pub fn content_of(connection: &Connection, seq: i64, during: &'static str) -> ReadResult<Option<Content>> {
    let found = connection
        .prepare_cached("SELECT bytes, blob, digest FROM contents WHERE seq = ?1")
        .and_then(|mut statement| statement.query_row([seq], content).optional());
    found.map(Option::flatten).map_err(|error| sql_fault(during, error))
}

fn content(row: &Row<'_>) -> rusqlite::Result<Option<Content>> {
    if let Some(blob) = row.get::<_, Option<Uuid16>>(1)? {
        return Ok(Some(Content::Stored(StoredBody { id: BlobId(blob.0), digest: row.get(2)? })));
    }
    Ok(row.get::<_, Option<Vec<u8>>>(0)?.map(|bytes| Content::Inline(bytes.into())))
}

pub fn attachment_of(
    connection: &Connection,
    seq: i64,
    name: &AttachmentName,
    during: &'static str,
) -> ReadResult<Option<Bytes>> {
    connection
        .prepare_cached("SELECT bytes FROM attachments WHERE seq = ?1 AND name = ?2")
        .and_then(|mut statement| {
            statement.query_row((seq, name.as_str()), |row| row.get::<_, Vec<u8>>(0)).optional()
        })
        .map(|bytes| bytes.map(Bytes::from))
        .map_err(|error| sql_fault(during, error))
}

pub fn attachments_of(
    connection: &Connection,
    seq: i64,
    during: &'static str,
) -> ReadResult<Vec<Attachment>> {
    let rows: Vec<(String, Vec<u8>)> = connection
        .prepare_cached("SELECT name, bytes FROM attachments WHERE seq = ?1 ORDER BY name")
        .and_then(|mut statement| statement.query_map([seq], |row| Ok((row.get(0)?, row.get(1)?)))?.collect())
        .map_err(|error| sql_fault(during, error))?;
    let attachment = |(name, bytes): (String, Vec<u8>)| {
        let name = AttachmentName::parse(&name).ok_or_else(|| corrupt(during, "an attachment's name"))?;
        Ok(Attachment { name, bytes: bytes.into() })
    };
    rows.into_iter().map(attachment).collect()
}

/// Whether a job with this id was removed and has a tombstone.
pub fn has_tombstone(connection: &Connection, id: JobId, during: &'static str) -> ReadResult<bool> {
    connection
        .prepare_cached("SELECT 1 FROM tombstones WHERE id = ?1")
        .and_then(|mut statement| statement.exists([&id.uuid().as_bytes()[..]]))
        .map_err(|error| sql_fault(during, error))
}

/// The newest generation of a key whose first job had this id, when the job was removed.
pub fn newest_generation(
    connection: &Connection,
    id: JobId,
    during: &'static str,
) -> ReadResult<Option<u32>> {
    connection
        .prepare_cached(NEWEST_GENERATION)
        .and_then(|mut statement| {
            statement.query_row([&id.uuid().as_bytes()[..]], |row| row.get(0)).optional()
        })
        .map_err(|error| sql_fault(during, error))
}

pub const NEWEST_GENERATION: &str = "SELECT coalesce(generation, 0) FROM tombstones WHERE id = ?1";

/// The number of a state in the tables.
pub const fn state_number(state: JobState) -> i64 {
    match state {
        JobState::Queued => 0,
        JobState::Running => 1,
        JobState::Succeeded => 2,
        JobState::Failed => 3,
        JobState::Cancelled => 4,
    }
}

/// The number of a priority in the tables.
pub const fn priority_number(priority: Priority) -> i64 {
    match priority {
        Priority::High => 0,
        Priority::Normal => 1,
        Priority::Low => 2,
    }
}

/// The priority of a number in the tables.
pub fn priority(number: i64) -> Result<Priority, Unreadable> {
    match number {
        0 => Ok(Priority::High),
        1 => Ok(Priority::Normal),
        2 => Ok(Priority::Low),
        _ => Err(Unreadable::Range("priority")),
    }
}

/// The properties of a job as one number: cost * 4 + lazy claim * 2 + bundled.
pub fn properties_number(properties: Properties) -> i64 {
    i64::from(properties.cost) * 4 + i64::from(properties.lazy_claim) * 2 + i64::from(properties.bundled)
}

fn properties(number: i64) -> Result<Properties, Unreadable> {
    let cost = u32::try_from(number >> 2).map_err(|_| Unreadable::Range("cost"))?;
    Ok(Properties { cost, bundled: number & 1 != 0, lazy_claim: number & 2 != 0 })
}

/// Sixteen bytes of an id.
pub struct Uuid16(pub Uuid);

impl rusqlite::types::FromSql for Uuid16 {
    fn column_result(value: ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
        <[u8; 16]>::column_result(value).map(|bytes| Self(Uuid::from_bytes(bytes)))
    }
}

fn stored(row: &Row<'_>, during: &'static str) -> ReadResult<StoredJob> {
    read_row(row).map_err(|error| match error {
        RowError::Sql(error) => sql_fault(during, error),
        RowError::Value(error) => corrupt(during, error.to_string()),
    })
}

enum RowError {
    Sql(rusqlite::Error),
    Value(Unreadable),
}

impl From<rusqlite::Error> for RowError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<Unreadable> for RowError {
    fn from(error: Unreadable) -> Self {
        Self::Value(error)
    }
}

fn read_row(row: &Row<'_>) -> Result<StoredJob, RowError> {
    let time = |column| row.get::<_, Option<i64>>(column).map(|ms| ms.map(Timestamp::from_ms));
    let created_at = Timestamp::from_ms(row.get(2)?);
    let owner = text(row, 3)?.map_or(Some(OwnerId::LOCAL), OwnerId::parse);
    let asked = asked::read(text(row, 9)?)?;
    let job = Job {
        id: JobId::new(row.get::<_, Uuid16>(1)?.0),
        owner: owner.ok_or(Unreadable::Range("owner"))?,
        kind: Kind::stored(text(row, 4)?.unwrap_or_default()),
        state: state(row.get(12)?)?,
        options: asked.options,
        subject: text(row, 5)?.map(Into::into),
        attributes: asked.attributes,
        properties: properties(row.get(7)?)?,
        parts: Parts {
            spec: part(row, 10)?,
            source: part(row, 11)?,
            summary: part(row, 23)?,
            detail: part(row, 24)?,
        },
        content_bytes: u64::try_from(row.get::<_, i64>(6)?).map_err(|_| Unreadable::Range("size"))?,
        fingerprint: row.get::<_, Option<[u8; 32]>>(8)?.map(Fingerprint),
        request: asked.request,
        created_at,
        due_at: Timestamp::from_ms(row.get(16)?),
        started_at: time(17)?,
        finished_at: time(19)?,
        attempts: row.get(14)?,
        crashes: row.get(15)?,
        epoch: u64::try_from(row.get::<_, i64>(13)?).map_err(|_| Unreadable::Range("epoch"))?,
        event_seq: row.get(21)?,
        lease: time(18)?.map(|until| Lease { until }),
        history: history::read(text(row, 22)?, created_at)?,
        failure: text(row, 20)?.map(failure::read).transpose()?,
    };
    Ok(StoredJob { seq: row.get(0)?, job })
}

fn part(row: &Row<'_>, column: usize) -> rusqlite::Result<Bytes> {
    let bytes = row.get_ref(column)?.as_blob_or_null()?;
    Ok(bytes.map(Bytes::copy_from_slice).unwrap_or_default())
}

fn state(number: i64) -> Result<JobState, Unreadable> {
    JobState::ALL.into_iter().find(|state| state_number(*state) == number).ok_or(Unreadable::Range("state"))
}

fn text<'row>(row: &'row Row<'_>, column: usize) -> rusqlite::Result<Option<&'row str>> {
    Ok(row.get_ref(column)?.as_str_or_null()?)
}
