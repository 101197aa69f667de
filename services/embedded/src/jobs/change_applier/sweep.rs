//! Removes jobs whose retention is over, and tombstones that are old enough.

use rusqlite::{OptionalExtension, params};
use tally_jobs::id::BlobId;
use tally_kernel::Timestamp;

use super::{ChangeApplier, signed};
use crate::jobs::folder_store::TOMBSTONE_RETENTION;
use crate::jobs::store_change::ChangeOutcome;
use crate::jobs::stored_job::Uuid16;

impl ChangeApplier<'_> {
    pub(super) fn sweep(&mut self, now: Timestamp, limit: usize) -> rusqlite::Result<ChangeOutcome> {
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
            self.sql.delete_finished.execute([seq])?;
            self.delete_rows(*seq)?;
            let until = now.after(TOMBSTONE_RETENTION);
            self.sql.insert_tombstone.execute(params![&id.0.as_bytes()[..], until.as_ms()])?;
        }
        let until = now.after(TOMBSTONE_RETENTION);
        self.sql.extend_tombstones.execute(params![now.as_ms(), until.as_ms(), limit])?;
        self.sql.expire_tombstones.execute(params![now.as_ms(), limit])?;
        Ok(ChangeOutcome::Swept(expired.len(), blobs))
    }
}
