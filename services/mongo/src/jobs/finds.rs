//! Finds documents by id, many in one query.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use bson::{Document, RawDocumentBuf, doc};
use mongodb::options::ReadConcern;
use tally_jobs::model::JobId;
use tally_kernel::Fault;

use crate::calls::Calls;
use crate::codec::record::{id_of, job_id};
use crate::error::{Effect, SharedFault};
use crate::group::Batch;
use crate::schema::JOBS;

const DURING: &str = "read jobs";

/// A way of finding.
pub struct Finds {
    /// The way to the database.
    pub calls: Arc<Calls>,
    /// Which fields are wanted; all when empty.
    pub fields: Document,
    /// What may be seen: what is decided by is read from the primary as it is now, what is told to clients is what a
    /// majority has.
    pub concern: ReadConcern,
}

#[async_trait]
impl Batch for Finds {
    type Ask = JobId;
    type Answer = Option<RawDocumentBuf>;
    const EFFECT: Effect = Effect::Read;
    // Nothing is made durable here, and a find of many costs the server little more than one of one.
    const AT_ONCE: usize = 1;

    fn bytes(_: &JobId) -> usize {
        // What comes back is more: a record with a small text.
        32 << 10
    }

    async fn carry_out(
        &self,
        asks: Vec<JobId>,
    ) -> Result<Vec<Result<Self::Answer, SharedFault>>, SharedFault> {
        let found = self.read(&asks).await?;
        Ok(asks.iter().map(|id| Ok(found.get(id).cloned())).collect())
    }
}

impl Finds {
    /// The documents of these ids, as far as there are any.
    pub async fn read(&self, ids: &[JobId]) -> Result<HashMap<JobId, RawDocumentBuf>, Fault> {
        let filter = doc! { "_id": { "$in": ids.iter().map(|id| job_id(*id)).collect::<Vec<_>>() } };
        let (fields, concern) = (self.fields.clone(), self.concern.clone());
        // All in the first batch: a cursor that lives on would cost a round trip.
        let all = u32::try_from(ids.len() + 1).unwrap_or(u32::MAX);
        let found = self.calls.run(Effect::Read, DURING, |database| async move {
            let jobs = database.collection::<RawDocumentBuf>(JOBS);
            let mut cursor =
                jobs.find(filter).projection(fields).read_concern(concern).batch_size(all).await?;
            let mut found = HashMap::new();
            while cursor.advance().await? {
                let document = cursor.current();
                if let Some(id) = id_of(document) {
                    found.insert(id, document.to_owned());
                }
            }
            Ok(found)
        });
        found.await
    }
}
