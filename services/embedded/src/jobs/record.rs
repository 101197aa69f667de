//! Rows of the tables as records of the room, and the other way round.
//!
//! Knows columns. Which row may become which is decided elsewhere.

use std::sync::Arc;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row};
use tally_jobs::address::PublicUrl;
use tally_jobs::key::Fingerprint;
use tally_jobs::model::{BlobId, Content, Job, JobId, Source};
use tally_jobs::report::Report;
use tally_jobs::settings::Priority;
use tally_jobs::state::State;
use tally_jobs::words::WordList;
use tally_kernel::{Lease, Timestamp};
use uuid::Uuid;

use crate::engine::fault::{corrupt, refused};
use crate::engine::readers::Read;
use crate::jobs::codec::{Unreadable, asked, failure, report};

/// A job and its number in the order of admission.
#[derive(Debug)]
pub struct Stored {
    /// The number.
    pub seq: i64,
    /// The record.
    pub job: Job,
}

/// One statement, so that a job that ends meanwhile is seen either before or after that and never in neither table.
macro_rules! select {
    ($top:literal, $rest:literal) => {
        concat!(
            "SELECT j.seq, j.id, j.created_at, j.kind, j.name, j.bytes, j.fingerprint, j.asked, \
             coalesce(l.state, e.state), coalesce(l.epoch, e.epoch), coalesce(l.attempts, e.attempts), \
             coalesce(l.crashes, e.crashes), coalesce(l.due_at, e.due_at), coalesce(l.started_at, e.started_at), \
             l.lease_until, e.finished_at, coalesce(l.failure, e.failure), e.report, ",
            $top,
            " FROM jobs j LEFT JOIN live l ON l.seq = j.seq LEFT JOIN ends e ON e.seq = j.seq ",
            $rest
        )
    };
}

/// Finds a job by its id.
pub const BY_ID: &str = select!("e.top", "WHERE j.id = ?1");
const BY_SEQ_WITHOUT_WORDS: &str = select!("NULL", "WHERE j.seq = ?1");

/// The job with this id.
pub fn by_id(connection: &Connection, id: JobId, during: &'static str) -> Read<Option<Stored>> {
    let mut statement = connection.prepare_cached(BY_ID).map_err(|error| refused(during, error))?;
    let found = statement.query_row([&id.uuid().as_bytes()[..]], |row| Ok(stored(row, during)));
    found.optional().map_err(|error| refused(during, error))?.transpose()
}

/// The job with this number, without its words.
pub fn by_seq(connection: &Connection, seq: i64, during: &'static str) -> Read<Option<Stored>> {
    let mut statement =
        connection.prepare_cached(BY_SEQ_WITHOUT_WORDS).map_err(|error| refused(during, error))?;
    let found = statement.query_row([seq], |row| Ok(stored(row, during)));
    found.optional().map_err(|error| refused(during, error))?.transpose()
}

/// What was handed in with this job, while it is kept.
pub fn content_of(connection: &Connection, seq: i64, during: &'static str) -> Read<Option<Content>> {
    let found = connection
        .prepare_cached("SELECT bytes, blob FROM contents WHERE seq = ?1")
        .and_then(|mut statement| {
            statement
                .query_row([seq], |row| {
                    Ok((row.get::<_, Option<Vec<u8>>>(0)?, row.get::<_, Option<Uuid16>>(1)?))
                })
                .optional()
        })
        .map_err(|error| refused(during, error))?;
    Ok(found.and_then(|(bytes, blob)| match (bytes, blob) {
        (_, Some(blob)) => Some(Content::Stored(BlobId(blob.0))),
        (Some(bytes), None) => Some(Content::Inline(bytes.into())),
        (None, None) => None,
    }))
}

/// The words of its histogram after those that the record shows.
pub fn rest_of(connection: &Connection, seq: i64, during: &'static str) -> Read<WordList> {
    let mut statement = connection
        .prepare_cached("SELECT words FROM rests WHERE seq = ?1")
        .map_err(|error| refused(during, error))?;
    let bytes = statement.query_row([seq], |row| row.get::<_, Vec<u8>>(0)).optional();
    let bytes = bytes.map_err(|error| refused(during, error))?;
    WordList::from_some(bytes).map_err(|error| corrupt(during, error.to_string()))
}

/// Whether a job with this id was here once and is remembered as that.
pub fn was_here(connection: &Connection, id: JobId, during: &'static str) -> Read<bool> {
    connection
        .prepare_cached("SELECT 1 FROM tombstones WHERE id = ?1")
        .and_then(|mut statement| statement.exists([&id.uuid().as_bytes()[..]]))
        .map_err(|error| refused(during, error))
}

/// The number of a state on disk.
pub const fn state_number(state: State) -> i64 {
    match state {
        State::Queued => 0,
        State::Running => 1,
        State::Succeeded => 2,
        State::Failed => 3,
        State::Cancelled => 4,
    }
}

/// The number of a class on disk.
pub const fn priority_number(priority: Priority) -> i64 {
    match priority {
        Priority::High => 0,
        Priority::Normal => 1,
        Priority::Low => 2,
    }
}

/// Reads the number of a class.
pub fn priority(number: i64) -> Result<Priority, Unreadable> {
    match number {
        0 => Ok(Priority::High),
        1 => Ok(Priority::Normal),
        2 => Ok(Priority::Low),
        _ => Err(Unreadable::Range("priority")),
    }
}

/// The number of a source's kind on disk.
pub const fn kind_number(source: &Source) -> i64 {
    match source {
        Source::Text { .. } => 0,
        Source::File { .. } => 1,
        Source::Url(_) => 2,
    }
}

/// Sixteen bytes of an id.
pub struct Uuid16(pub Uuid);

impl rusqlite::types::FromSql for Uuid16 {
    fn column_result(value: ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
        <[u8; 16]>::column_result(value).map(|bytes| Self(Uuid::from_bytes(bytes)))
    }
}

fn stored(row: &Row<'_>, during: &'static str) -> Read<Stored> {
    read_row(row).map_err(|error| match error {
        RowError::Sql(error) => refused(during, error),
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

fn read_row(row: &Row<'_>) -> Result<Stored, RowError> {
    let moment = |column| row.get::<_, Option<i64>>(column).map(|ms| ms.map(Timestamp::from_ms));
    let asked = asked::read(text(row, 7)?)?;
    let failure = text(row, 16)?.map(failure::read).transpose()?;
    let job = Job {
        id: JobId::new(row.get::<_, Uuid16>(1)?.0),
        state: state(row.get(8)?)?,
        source: source(row, asked.content_type)?,
        settings: asked.settings,
        fingerprint: row.get::<_, Option<[u8; 32]>>(6)?.map(Fingerprint),
        request: asked.request,
        created_at: Timestamp::from_ms(row.get(2)?),
        due_at: Timestamp::from_ms(row.get(12)?),
        started_at: moment(13)?,
        finished_at: moment(15)?,
        attempts: row.get(10)?,
        crashes: row.get(11)?,
        epoch: u64::try_from(row.get::<_, i64>(9)?).map_err(|_| Unreadable::Range("epoch"))?,
        lease: moment(14)?.map(|until| Lease { until }),
        report: read_report(row)?,
        failure,
    };
    Ok(Stored { seq: row.get(0)?, job })
}

fn read_report(row: &Row<'_>) -> Result<Option<Arc<Report>>, RowError> {
    let Some(text) = text(row, 17)? else { return Ok(None) };
    let top = row.get_ref(18)?.as_blob_or_null().map_err(rusqlite::Error::from)?;
    let top = WordList::from_some(top.map(<[u8]>::to_vec)).map_err(Unreadable::from)?;
    Ok(Some(Arc::new(report::read(text, top)?)))
}

fn source(row: &Row<'_>, content_type: Option<String>) -> Result<Source, RowError> {
    let bytes = u64::try_from(row.get::<_, i64>(5)?).map_err(|_| Unreadable::Range("size"))?;
    match row.get::<_, i64>(3)? {
        0 => Ok(Source::Text { bytes }),
        1 => Ok(Source::File { name: row.get(4)?, content_type, bytes }),
        2 => {
            let address = PublicUrl::parse(text(row, 4)?.unwrap_or_default());
            Ok(Source::Url(address.map_err(|_| Unreadable::Range("address"))?))
        }
        _ => Err(Unreadable::Range("kind of source").into()),
    }
}

fn state(number: i64) -> Result<State, Unreadable> {
    State::ALL.into_iter().find(|state| state_number(*state) == number).ok_or(Unreadable::Range("state"))
}

fn text<'row>(row: &'row Row<'_>, column: usize) -> rusqlite::Result<Option<&'row str>> {
    Ok(row.get_ref(column)?.as_str_or_null()?)
}
