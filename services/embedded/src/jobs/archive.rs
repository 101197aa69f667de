//! Moves whole jobs out of the folder and into it.

use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::Connection;
use tally_jobs::archive::Parcel;
use tally_jobs::model::JobId;
use tally_jobs::ports::Archive;
use tally_kernel::{Clock, Fault, Timestamp};
use uuid::Uuid;

use crate::engine::fault::refused;
use crate::engine::readers::{Read, Readers};
use crate::engine::writer::Writer;
use crate::jobs::change::{Change, Expect, Outcome, Unpack};
use crate::jobs::record::{self, Stored, Uuid16};
use crate::jobs::shelf::Waiting;
use crate::jobs::store::rows;

/// The archive of one folder.
pub struct ArchiveOfFolder {
    pub(crate) writer: Arc<Writer>,
    pub(crate) readers: Arc<Readers>,
    pub(crate) clock: Arc<dyn Clock>,
}

#[async_trait]
impl Archive for ArchiveOfFolder {
    async fn pack(&self, after: Option<JobId>, limit: usize) -> Result<Vec<Parcel>, Fault> {
        const DURING: &str = "pack jobs";
        let now = self.clock.now();
        self.readers.many(DURING, move |connection| pack(connection, after, limit, now, DURING)).await
    }

    async fn unpack(&self, parcel: Parcel) -> Result<bool, Fault> {
        const DURING: &str = "unpack a job";
        let Parcel { job, content, rest } = parcel;
        if self.readers.one(|connection| record::was_here(connection, job.id, DURING))? {
            return Ok(false);
        }
        let rest = (!rest.is_empty()).then_some(rest);
        let end = job.state.is_end().then(|| rows::end(Expect::as_in(0, &job), &job, rest));
        let failure = job.failure.as_ref().map(crate::jobs::codec::failure::write);
        let admit = rows::admit(Arc::new(Waiting { job, content }));
        let unpack = Change::Unpack(Box::new(Unpack { admit, end, failure }));
        Ok(matches!(self.writer.write(unpack, DURING).await?, Outcome::Admitted(_)))
    }
}

fn pack(
    connection: &Connection,
    after: Option<JobId>,
    limit: usize,
    now: Timestamp,
    during: &'static str,
) -> Read<Vec<Parcel>> {
    let sql = |error| refused(during, error);
    let after = after.map_or_else(Vec::new, |id| id.uuid().as_bytes().to_vec());
    let mut next =
        connection.prepare_cached("SELECT id FROM jobs WHERE id > ?1 ORDER BY id LIMIT ?2").map_err(sql)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let ids = next.query_map((after, limit), |row| row.get::<_, Uuid16>(0)).map_err(sql)?;
    let ids: Vec<Uuid> = ids.map(|id| id.map(|id| id.0)).collect::<Result<_, _>>().map_err(sql)?;
    let mut parcels = Vec::with_capacity(ids.len());
    for id in ids {
        // One that was forgotten since is not wanted.
        let Some(Stored { seq, job }) = record::by_id(connection, JobId::new(id), during)? else { continue };
        let content = record::content_of(connection, seq, during)?;
        let rest = record::rest_of(connection, seq, during)?;
        parcels.push(Parcel::of(job, content, rest, now));
    }
    Ok(parcels)
}
