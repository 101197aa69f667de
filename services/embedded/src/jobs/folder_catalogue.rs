//! Finds and lists jobs.
//!
//! Never writes and never waits for the writer, so a full disk or a slow sync does not affect it.

use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::Connection;
use tally_jobs::id::JobId;
use tally_jobs::parts::AttachmentName;
use tally_jobs::ports::{Census, JobCatalogue, JobQuery, ListError, Lookup, WithAttachment};
use tally_jobs::record::Job;
use tally_jobs::state::JobState;
use tally_kernel::{Fault, OwnerId, Page, Slice, Timestamp};

use crate::engine::fault::sql_fault;
use crate::engine::reader_pool::{ReadResult, ReaderPool};
use crate::jobs::job_listing::JobListing;
use crate::jobs::queue_state::QueueState;
use crate::jobs::stored_job::StoredJob;
use crate::jobs::{cursor, stored_job};

/// The oldest due time is searched among this many queued jobs, in the order of admission.
const OLDEST_SCAN: i64 = 10_000;

pub struct FolderCatalogue {
    readers: Arc<ReaderPool>,
    state: Arc<QueueState>,
}

impl FolderCatalogue {
    /// The catalogue over these parts.
    pub fn new(readers: Arc<ReaderPool>, state: Arc<QueueState>) -> Self {
        Self { readers, state }
    }
}

#[async_trait]
impl JobCatalogue for FolderCatalogue {
    async fn find(&self, owner: &OwnerId, id: JobId) -> Result<Lookup<Job>, Fault> {
        self.readers.short_read(|connection| {
            Ok(match look_up(connection, owner, id, "find a job")? {
                Lookup::Found(stored) => Lookup::Found(stored.job),
                Lookup::Gone => Lookup::Gone,
                Lookup::Unknown => Lookup::Unknown,
            })
        })
    }

    async fn list(&self, query: &JobQuery, page: &Page) -> Result<Slice<Job>, ListError> {
        let before = match &page.cursor {
            Some(cursor) => cursor::read(cursor).ok_or(ListError::BadCursor)?,
            None => i64::MAX,
        };
        let running = match query.state {
            Some(JobState::Running) => {
                self.state.lock().running.values().map(|running| running.seq).collect()
            }
            _ => Vec::new(),
        };
        let listing = JobListing { query: query.clone(), before, limit: page.limit, running };
        let page = self.readers.long_read("list jobs", move |connection| listing.read(connection)).await?;
        if page.unreadable > 0 {
            self.readers.damage().report();
        }
        Ok(page)
    }

    async fn find_with_attachment(
        &self,
        owner: &OwnerId,
        id: JobId,
        name: &AttachmentName,
    ) -> Result<Lookup<WithAttachment>, Fault> {
        const DURING: &str = "read an attachment";
        let (owner, name) = (owner.clone(), name.clone());
        let read = move |connection: &Connection| match look_up(connection, &owner, id, DURING)? {
            Lookup::Found(StoredJob { seq, job }) => {
                let bytes = stored_job::attachment_of(connection, seq, &name, DURING)?;
                Ok(Lookup::Found(WithAttachment { job, bytes }))
            }
            Lookup::Gone => Ok(Lookup::Gone),
            Lookup::Unknown => Ok(Lookup::Unknown),
        };
        self.readers.long_read(DURING, read).await
    }

    async fn census(&self) -> Result<Census, Fault> {
        const DURING: &str = "count queued jobs";
        let (queued, running) = {
            let state = self.state.lock();
            (state.queued, state.running.len() as u64)
        };
        let oldest = if queued == 0 { None } else { self.readers.long_read(DURING, oldest_due).await? };
        Ok(Census { queued, running, oldest_due_at: oldest })
    }
}

fn look_up(
    connection: &Connection,
    owner: &OwnerId,
    id: JobId,
    during: &'static str,
) -> ReadResult<Lookup<StoredJob>> {
    match stored_job::by_id(connection, id, during)? {
        Some(stored) if stored.job.owner == *owner => Ok(Lookup::Found(stored)),
        Some(_) => Ok(Lookup::Unknown),
        None if stored_job::has_tombstone(connection, id, during)? => Ok(Lookup::Gone),
        None => Ok(Lookup::Unknown),
    }
}

fn oldest_due(connection: &Connection) -> ReadResult<Option<Timestamp>> {
    const SQL: &str =
        "SELECT min(due_at) FROM (SELECT due_at FROM active_jobs WHERE state = 0 ORDER BY seq LIMIT ?1)";
    let read = connection
        .prepare_cached(SQL)
        .and_then(|mut statement| statement.query_row([OLDEST_SCAN], |row| row.get::<_, Option<i64>>(0)));
    read.map(|ms| ms.map(Timestamp::from_ms)).map_err(|error| sql_fault("count queued jobs", error))
}
