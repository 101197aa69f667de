//! Finds documents by id, many in one query.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use async_trait::async_trait;
use bson::{Binary, Document, RawDocument, RawDocumentBuf, doc};
use mongodb::options::ReadConcern;
use tally_jobs::model::JobId;
use tally_kernel::Fault;

use crate::calls::Calls;
use crate::codec::record::{both_ids, job_id, name_of};
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
    /// Whether ended jobs are wanted as well: a success may stand under an id of its own.
    pub ends: bool,
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
        let mut found = self.read(&asks).await?;
        if self.ends && found.len() < asks.len() {
            // One that ended between the looks at its two places; they may be on two servers.
            let missing: Vec<JobId> = asks.iter().filter(|id| !found.contains_key(id)).copied().collect();
            found.extend(self.read(&missing).await?);
        }
        Ok(asks.iter().map(|id| Ok(found.get(id).cloned())).collect())
    }
}

impl Finds {
    /// The documents of these jobs, as far as there are any. One that is open is the truth, whatever else there is.
    pub async fn read(&self, ids: &[JobId]) -> Result<HashMap<JobId, RawDocumentBuf>, Fault> {
        let wanted: Vec<Binary> = match self.ends {
            true => ids.iter().flat_map(|id| both_ids(*id)).collect(),
            false => ids.iter().map(|id| job_id(*id)).collect(),
        };
        // All in the first batch: a cursor that lives on would cost a round trip.
        let all = u32::try_from(wanted.len() + 1).unwrap_or(u32::MAX);
        let (fields, concern) = (self.fields.clone(), self.concern.clone());
        let found = self.calls.run(Effect::Read, DURING, |database| async move {
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

/// Keeps a document, unless it is of an end and the job's own is there.
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
