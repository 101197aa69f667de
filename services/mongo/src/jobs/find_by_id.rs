//! Finds documents by id, many in one query.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use async_trait::async_trait;
use bson::{Binary, Document, RawDocument, RawDocumentBuf, doc};
use mongodb::options::ReadConcern;
use tally_jobs::id::JobId;
use tally_kernel::Fault;

use crate::batcher::BatchOperation;
use crate::codec::record::{both_ids, job_id, name_of};
use crate::db_executor::DbExecutor;
use crate::error::{Effect, SharedFault};
use crate::schema::JOBS;

const DURING: &str = "read jobs";

/// Finds job documents.
pub struct FindById {
    /// The database.
    pub db: Arc<DbExecutor>,
    /// The projection; empty for all fields.
    pub fields: Document,
    /// Whether to look for finished jobs too: a success may be stored under its completion id.
    pub ends: bool,
    /// The read concern. Decisions read the primary as it is now; clients see what a majority has.
    pub concern: ReadConcern,
}

#[async_trait]
impl BatchOperation for FindById {
    type Item = JobId;
    type Output = Option<RawDocumentBuf>;
    const EFFECT: Effect = Effect::Read;
    // Reads wait for no journal, and a query for many ids costs the server little more than one for one id.
    const MAX_CONCURRENT: usize = 1;

    fn bytes(_: &JobId) -> usize {
        // The reply is larger than the request: a record with a small text.
        32 << 10
    }

    async fn execute(
        &self,
        items: Vec<JobId>,
    ) -> Result<Vec<Result<Self::Output, SharedFault>>, SharedFault> {
        let mut found = self.read(&items).await?;
        if self.ends && found.len() < items.len() {
            // A job may have finished between reading its two ids, which may be on two shards.
            let missing: Vec<JobId> = items.iter().filter(|id| !found.contains_key(id)).copied().collect();
            found.extend(self.read(&missing).await?);
        }
        Ok(items.iter().map(|id| Ok(found.get(id).cloned())).collect())
    }
}

impl FindById {
    /// The documents of these jobs. An open document wins over a completion.
    pub async fn read(&self, ids: &[JobId]) -> Result<HashMap<JobId, RawDocumentBuf>, Fault> {
        let wanted: Vec<Binary> = match self.ends {
            true => ids.iter().flat_map(|id| both_ids(*id)).collect(),
            false => ids.iter().map(|id| job_id(*id)).collect(),
        };
        // All results in the first batch: an open cursor would cost another round trip.
        let all = u32::try_from(wanted.len() + 1).unwrap_or(u32::MAX);
        let (fields, concern) = (self.fields.clone(), self.concern.clone());
        let found = self.db.run(Effect::Read, DURING, |database| async move {
            let jobs = database.collection::<RawDocumentBuf>(JOBS);
            let find = jobs.find(doc! { "_id": { "$in": wanted } }).projection(fields);
            let mut cursor = find.read_concern(concern).batch_size(all).await?;
            let mut found = HashMap::new();
            while cursor.advance().await? {
                let document = cursor.current();
                if let Some((id, is_end)) = name_of(document) {
                    put(&mut found, id, is_end, document);
                }
            }
            Ok(found)
        });
        found.await
    }
}

/// Adds a document, unless it is a completion and the open document is there.
pub fn put(found: &mut HashMap<JobId, RawDocumentBuf>, id: JobId, is_end: bool, document: &RawDocument) {
    match found.entry(id) {
        Entry::Vacant(entry) => {
            entry.insert(document.to_owned());
        }
        Entry::Occupied(mut entry) if !is_end => {
            entry.insert(document.to_owned());
        }
        Entry::Occupied(_) => {}
    }
}
