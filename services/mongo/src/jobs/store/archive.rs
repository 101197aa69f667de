//! Exports and imports whole jobs.

use std::collections::BTreeMap;

use async_trait::async_trait;
use bson::{RawDocumentBuf, doc};
use mongodb::options::ReadConcern;
use tally_jobs::archive::Parcel;
use tally_jobs::model::JobId;
use tally_jobs::ports::Archive;
use tally_kernel::Fault;
use uuid::Uuid;

use super::{MongoJobStore, unwritable};
use crate::codec::record::{self, Record, Stored, end_id, id_of, job_id, name_of};
use crate::error::Effect;
use crate::jobs::inserts::InsertOutcome;
use crate::schema::JOBS;

const EXPORT: &str = "export jobs";
const IMPORT: &str = "import a job";

#[async_trait]
impl Archive for MongoJobStore {
    async fn pack(&self, after: Option<JobId>, limit: usize) -> Result<Vec<Parcel>, Fault> {
        let mut after = after;
        loop {
            let documents = self.page(after, limit).await?;
            let Some(last) = documents.last() else { return Ok(Vec::new()) };
            after = id_of(last);
            let mut parcels = Vec::with_capacity(documents.len());
            for document in &documents {
                // Tombstones are not exported. Neither are unreadable documents; they were logged and counted.
                if let Some(Stored::Job(record)) = self.quarantine.read(document) {
                    parcels.push(self.parcel(*record).await?);
                }
            }
            if !parcels.is_empty() || after.is_none() {
                return Ok(parcels);
            }
        }
    }

    async fn unpack(&self, parcel: Parcel) -> Result<bool, Fault> {
        let Parcel { job, content, rest } = parcel;
        if self.find.call(job.id, IMPORT).await?.is_some() {
            return Ok(false);
        }
        let rest = self.word_parts.write(&job, rest, self.clock.now()).await?;
        let (seq, mark) = (self.sequence.seq(job.created_at), self.sequence.mark());
        let document = record::arrived(&job, content.as_ref(), seq, mark, rest.words.as_ref(), rest.parts);
        let document = document.map_err(|why| unwritable(IMPORT, why))?;
        Ok(self.inserts.call(document, IMPORT).await? == InsertOutcome::New)
    }
}

impl MongoJobStore {
    /// The next documents in the order of job ids.
    async fn page(&self, after: Option<JobId>, limit: usize) -> Result<Vec<RawDocumentBuf>, Fault> {
        // A comparison matches only ids of its own type, so foreign ids are skipped; shorter ids sort first. Open
        // documents are read first, so that a job which completes meanwhile is found as a completion.
        let first = JobId::new(Uuid::nil());
        let (open, completed) = match after {
            Some(after) => (doc! { "$gt": job_id(after) }, doc! { "$gt": end_id(after) }),
            None => (doc! { "$gte": job_id(first) }, doc! { "$gte": end_id(first) }),
        };
        let limit_or_max = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut page = BTreeMap::new();
        for (ids, are_completions) in [(open, false), (completed, true)] {
            let found = self.db.run(Effect::Read, EXPORT, move |database| async move {
                let jobs = database.collection::<RawDocumentBuf>(JOBS);
                let find = jobs.find(doc! { "_id": ids }).sort(doc! { "_id": 1 }).limit(limit_or_max);
                let mut cursor = find.read_concern(ReadConcern::majority()).await?;
                let mut found = Vec::new();
                while cursor.advance().await? {
                    found.push(cursor.current().to_owned());
                }
                Ok(found)
            });
            for document in found.await? {
                if let Some((id, _)) = name_of(&document).filter(|(_, is_end)| *is_end == are_completions) {
                    page.entry(id).or_insert(document);
                }
            }
        }
        Ok(page.into_values().take(limit).collect())
    }

    async fn parcel(&self, mut record: Record) -> Result<Parcel, Fault> {
        let rest = self.word_parts.read(&mut record, EXPORT).await?;
        Ok(Parcel::of(record.job, record.content, rest, self.clock.now()))
    }
}
