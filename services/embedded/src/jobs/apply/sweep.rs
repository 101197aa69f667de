//! Forgets jobs whose time is over, and at last that they were ever here.

use rusqlite::{OptionalExtension, params};
use tally_jobs::model::BlobId;
use tally_kernel::Timestamp;

use super::{Applier, signed};
use crate::jobs::change::Outcome;
use crate::jobs::record::Uuid16;
use crate::jobs::store::REMEMBERED;

impl Applier<'_> {
    pub(super) fn sweep(&mut self, now: Timestamp, limit: usize) -> rusqlite::Result<Outcome> {
        let limit = signed(limit as u64);
        let expired: Vec<(i64, Uuid16)> = self
            .sql
            .expired
            .query_map(params![now.as_ms(), limit], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        let mut blobs = Vec::new();
        for (seq, id) in &expired {
            let blob = self.sql.blob_of.query_row([seq], |row| row.get::<_, Uuid16>(0)).optional()?;
            blobs.extend(blob.map(|blob| BlobId(blob.0)));
            self.sql.delete_end.execute([seq])?;
            self.erase(*seq)?;
            let until = now.after(REMEMBERED);
            self.sql.insert_tombstone.execute(params![&id.0.as_bytes()[..], until.as_ms()])?;
        }
        self.sql.expire_tombstones.execute(params![now.as_ms(), limit])?;
        Ok(Outcome::Swept(expired.len(), blobs))
    }
}
