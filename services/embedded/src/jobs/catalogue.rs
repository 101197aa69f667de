//! Reading jobs.
//!
//! Never writes, and never waits for the writer: a full disk or a slow sync does not touch it.

use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::Connection;
use tally_count::Histogram;
use tally_jobs::model::{Job, JobId};
use tally_jobs::ports::{Census, JobCatalogue, JobQuery, ListError, Lookup};
use tally_jobs::state::State;
use tally_kernel::{Fault, Page, Slice, Timestamp};

use crate::engine::fault::refused;
use crate::engine::readers::{Read, Readers};
use crate::jobs::board::Board;
use crate::jobs::list::Listing;
use crate::jobs::{cursor, record};

/// The oldest waiting job is looked for among so many that were admitted first.
const OLDEST_AMONG: i64 = 10_000;

/// The catalogue of one folder.
pub struct CatalogueOfFolder {
    readers: Arc<Readers>,
    board: Arc<Board>,
}

impl CatalogueOfFolder {
    /// The catalogue over these parts.
    pub fn new(readers: Arc<Readers>, board: Arc<Board>) -> Self {
        Self { readers, board }
    }
}

#[async_trait]
impl JobCatalogue for CatalogueOfFolder {
    async fn find(&self, id: JobId) -> Result<Lookup<Job>, Fault> {
        const DURING: &str = "find a job";
        self.readers.one(|connection| match record::by_id(connection, id, DURING)? {
            Some(stored) => Ok(Lookup::Found(stored.job)),
            None => absent(connection, id, DURING),
        })
    }

    async fn list(&self, query: &JobQuery, page: &Page) -> Result<Slice<Job>, ListError> {
        let before = match &page.cursor {
            Some(given) => cursor::read(given).ok_or(ListError::BadCursor)?,
            None => i64::MAX,
        };
        let running = match query.state {
            Some(State::Running) => self.board.lock().running.values().map(|running| running.seq).collect(),
            _ => Vec::new(),
        };
        let listing = Listing { query: query.clone(), before, limit: page.limit, running };
        let listed = self.readers.many("list jobs", move |connection| listing.read(connection)).await?;
        Ok(listed)
    }

    async fn words(&self, id: JobId) -> Result<Lookup<Option<Histogram>>, Fault> {
        const DURING: &str = "read the words of a job";
        let read = move |connection: &Connection| {
            let Some(stored) = record::by_id(connection, id, DURING)? else {
                return absent(connection, id, DURING);
            };
            let Some(report) = stored.job.report else { return Ok(Lookup::Found(None)) };
            let rest = record::rest_of(connection, stored.seq, DURING)?;
            Ok(Lookup::Found(Some(report.histogram(&rest))))
        };
        self.readers.many(DURING, read).await
    }

    async fn census(&self) -> Result<Census, Fault> {
        const DURING: &str = "count waiting jobs";
        let (queued, running) = {
            let state = self.board.lock();
            (state.queued, state.running.len() as u64)
        };
        let oldest = if queued == 0 { None } else { self.readers.many(DURING, oldest_due).await? };
        Ok(Census { queued, running, oldest_due_at: oldest })
    }
}

fn absent<T>(connection: &Connection, id: JobId, during: &'static str) -> Read<Lookup<T>> {
    let was_here = record::was_here(connection, id, during)?;
    Ok(if was_here { Lookup::Gone } else { Lookup::Unknown })
}

fn oldest_due(connection: &Connection) -> Read<Option<Timestamp>> {
    const SQL: &str =
        "SELECT min(due_at) FROM (SELECT due_at FROM live WHERE state = 0 ORDER BY seq LIMIT ?1)";
    let read = connection
        .prepare_cached(SQL)
        .and_then(|mut statement| statement.query_row([OLDEST_AMONG], |row| row.get::<_, Option<i64>>(0)));
    read.map(|ms| ms.map(Timestamp::from_ms)).map_err(|error| refused("count waiting jobs", error))
}
