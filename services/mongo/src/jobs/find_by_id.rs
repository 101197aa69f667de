//! Finds documents by id.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use bson::{Binary, Document, RawDocument, RawDocumentBuf, doc};
use mongodb::options::ReadConcern;
use tally_jobs::id::JobId;
use tally_kernel::Fault;

use crate::codec::record::{both_ids, job_id, name_of};
use crate::db_executor::DbExecutor;
use crate::error::Effect;
use crate::schema::JOBS;

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

impl FindById {
    pub async fn one(&self, id: JobId, during: &'static str) -> Result<Option<RawDocumentBuf>, Fault> {
        let mut found = self.many(&[id], during).await?;
        if self.ends && found.is_empty() {
            // The job may have finished between reading its two ids, which may be on two shards.
            found = self.many(&[id], during).await?;
        }
        Ok(found.remove(&id))
    }

    /// The documents of these jobs. An open document wins over a completion.
    pub async fn many(
        &self,
        ids: &[JobId],
        during: &'static str,
    ) -> Result<HashMap<JobId, RawDocumentBuf>, Fault> {
        let wanted: Vec<Binary> = match self.ends {
            true => ids.iter().flat_map(|id| both_ids(*id)).collect(),
            false => ids.iter().map(|id| job_id(*id)).collect(),
        };
        // All results in the first batch: an open cursor would cost another round trip.
        let all = u32::try_from(wanted.len() + 1).unwrap_or(u32::MAX);
        let (fields, concern) = (self.fields.clone(), self.concern.clone());
        let found = self.db.run(Effect::Read, during, |database| async move {
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
