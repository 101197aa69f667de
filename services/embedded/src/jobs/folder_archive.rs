//! Exports whole jobs from the folder and imports them.

use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::Connection;
use tally_jobs::export::{ExportedJob, Tombstone};
use tally_jobs::id::JobId;
use tally_jobs::ports::JobArchive;
use tally_kernel::{Clock, Fault, Timestamp};

use crate::engine::fault::sql_fault;
use crate::engine::reader_pool::{ReadResult, ReaderPool};
use crate::engine::writer::Writer;
use crate::jobs::folder_store::rows;
use crate::jobs::pending_job_cache::PendingJob;
use crate::jobs::store_change::{
    ChangeOutcome, ExpectedRow, ImportChange, ImportTombstone, MutableColumns, StoreChange,
};
use crate::jobs::stored_job::{self, StoredJob, Uuid16};

pub struct FolderArchive {
    pub(crate) writer: Arc<Writer>,
    pub(crate) readers: Arc<ReaderPool>,
    pub(crate) clock: Arc<dyn Clock>,
}

#[async_trait]
impl JobArchive for FolderArchive {
    async fn export(&self, after: Option<JobId>, limit: usize) -> Result<Vec<ExportedJob>, Fault> {
        const DURING: &str = "export jobs";
        let now = self.clock.now();
        self.readers.long_read(DURING, move |connection| export(connection, after, limit, now, DURING)).await
    }

    async fn export_tombstones(&self, after: Option<JobId>, limit: usize) -> Result<Vec<Tombstone>, Fault> {
        const DURING: &str = "export tombstones";
        self.readers.long_read(DURING, move |connection| tombstones(connection, after, limit, DURING)).await
    }

    async fn import(&self, exported: ExportedJob) -> Result<bool, Fault> {
        const DURING: &str = "import a job";
        let ExportedJob { job, content, attachments } = exported;
        if self.readers.short_read(|connection| stored_job::has_tombstone(connection, job.id, DURING))? {
            return Ok(false);
        }
        let finished =
            job.state.is_final().then(|| rows::finished(ExpectedRow::of(0, &job), &job, attachments));
        let columns = MutableColumns::of(&job);
        let admit = rows::admit(Arc::new(PendingJob { job, content }), None);
        let import = StoreChange::Import(Box::new(ImportChange { admit, finished, columns }));
        Ok(matches!(self.writer.write(import, DURING).await?, ChangeOutcome::Admitted(_)))
    }

    async fn import_tombstone(&self, tombstone: Tombstone) -> Result<bool, Fault> {
        const DURING: &str = "import a tombstone";
        let Tombstone { id, until } = tombstone;
        let known = self.readers.short_read(|connection| {
            Ok(stored_job::has_tombstone(connection, id, DURING)?
                || stored_job::by_id(connection, id, DURING)?.is_some())
        })?;
        if known {
            return Ok(false);
        }
        self.writer.write(StoreChange::ImportTombstone(ImportTombstone { id, until }), DURING).await?;
        Ok(true)
    }
}

fn export(
    connection: &Connection,
    after: Option<JobId>,
    limit: usize,
    now: Timestamp,
    during: &'static str,
) -> ReadResult<Vec<ExportedJob>> {
    let ids =
        page(connection, "SELECT id, 0 FROM jobs WHERE id > ?1 ORDER BY id LIMIT ?2", after, limit, during)?;
    let mut exported = Vec::with_capacity(ids.len());
    for (id, _) in ids {
        // A job that was removed meanwhile is left out.
        let Some(StoredJob { seq, job }) = stored_job::by_id(connection, id, during)? else { continue };
        let content = stored_job::content_of(connection, seq, during)?;
        let attachments = stored_job::attachments_of(connection, seq, during)?;
        exported.push(ExportedJob::of(job, content, attachments, now));
    }
    Ok(exported)
}

fn tombstones(
    connection: &Connection,
    after: Option<JobId>,
    limit: usize,
    during: &'static str,
) -> ReadResult<Vec<Tombstone>> {
    const SQL: &str = "SELECT id, until FROM tombstones WHERE id > ?1 ORDER BY id LIMIT ?2";
    let rows = page(connection, SQL, after, limit, during)?;
    Ok(rows.into_iter().map(|(id, until)| Tombstone { id, until: Timestamp::from_ms(until) }).collect())
}

/// The rows of one page: an id and a number.
fn page(
    connection: &Connection,
    sql: &str,
    after: Option<JobId>,
    limit: usize,
    during: &'static str,
) -> ReadResult<Vec<(JobId, i64)>> {
    let after = after.map_or_else(Vec::new, |id| id.uuid().as_bytes().to_vec());
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    connection
        .prepare_cached(sql)
        .and_then(|mut statement| {
            let rows = statement
                .query_map((after, limit), |row| Ok((JobId::new(row.get::<_, Uuid16>(0)?.0), row.get(1)?)))?;
            rows.collect()
        })
        .map_err(|error| sql_fault(during, error))
}
