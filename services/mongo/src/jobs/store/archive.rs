//! Exports and imports whole jobs and tombstones.

use std::collections::BTreeMap;

use async_trait::async_trait;
use bson::{Document, RawDocumentBuf, doc};
use futures_util::TryStreamExt;
use mongodb::options::ReadConcern;
use tally_jobs::export::{ExportedJob, Tombstone};
use tally_jobs::id::JobId;
use tally_jobs::ports::JobArchive;
use tally_kernel::{Fault, Timestamp};
use uuid::Uuid;

use super::MongoJobStore;
use crate::codec::record::{self, Admitted, Record, Stored, end_id, id_of, job_id, name_of, wake_of};
use crate::error::Effect;
use crate::jobs::inserts::InsertOutcome;
use crate::schema::{GONE, JOBS};

const EXPORT: &str = "export jobs";
const EXPORT_TOMBSTONES: &str = "export tombstones";
const IMPORT: &str = "import a job";
const IMPORT_TOMBSTONE: &str = "import a tombstone";

#[async_trait]
impl JobArchive for MongoJobStore {
    async fn export(&self, after: Option<JobId>, limit: usize) -> Result<Vec<ExportedJob>, Fault> {
        let mut after = after;
        loop {
            let documents = self.page(doc! {}, after, limit, EXPORT).await?;
            let Some(last) = documents.last() else { return Ok(Vec::new()) };
            after = id_of(last);
            let mut exported = Vec::with_capacity(documents.len());
            for document in &documents {
                // Unreadable documents are not exported; they were logged and counted.
                if let Some(Stored::Job(record)) = self.quarantine.read(document) {
                    exported.push(self.export_job(*record).await?);
                }
            }
            if !exported.is_empty() || after.is_none() {
                return Ok(exported);
            }
        }
    }

    async fn export_tombstones(&self, after: Option<JobId>, limit: usize) -> Result<Vec<Tombstone>, Fault> {
        let documents = self.page(doc! { "state": GONE }, after, limit, EXPORT_TOMBSTONES).await?;
        let tombstone = |document: &RawDocumentBuf| match self.quarantine.read(document)? {
            Stored::Gone(tombstone) => Some(Tombstone { id: id_of(document)?, until: tombstone.until }),
            Stored::Job(_) => None,
        };
        Ok(documents.iter().filter_map(tombstone).collect())
    }

    async fn import(&self, exported: ExportedJob) -> Result<bool, Fault> {
        let ExportedJob { job, content, attachments } = exported;
        if self.find.one(job.id, IMPORT).await?.is_some() {
            return Ok(false);
        }
        let attachments = self.attachments.write(&job, attachments, self.clock.now()).await?;
        let (seq, mark) = (self.sequence.seq(job.created_at), self.sequence.mark());
        let with = Admitted { seq, wake: wake_of(&job), by: None, mark };
        let document = record::arrived(&job, content.as_ref(), &attachments, with);
        Ok(self.inserts.call(document, IMPORT).await? == InsertOutcome::New)
    }

    async fn import_tombstone(&self, tombstone: Tombstone) -> Result<bool, Fault> {
        let Tombstone { id, until } = tombstone;
        if self.find.one(id, IMPORT_TOMBSTONE).await?.is_some() {
            return Ok(false);
        }
        let (now, mark): (Timestamp, i64) = (self.clock.now(), self.sequence.mark());
        let document = record::tombstone(job_id(id), until, now, 0, mark);
        Ok(self.inserts.call(document, IMPORT_TOMBSTONE).await? == InsertOutcome::New)
    }
}

impl MongoJobStore {
    /// The next documents in the order of job ids.
    async fn page(
        &self,
        filter: Document,
        after: Option<JobId>,
        limit: usize,
        during: &'static str,
    ) -> Result<Vec<RawDocumentBuf>, Fault> {
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
            let mut filter = filter.clone();
            filter.insert("_id", ids);
            let found = self.db.run(Effect::Read, during, move |database| async move {
                let jobs = database.collection::<RawDocumentBuf>(JOBS);
                let find = jobs.find(filter).sort(doc! { "_id": 1 }).limit(limit_or_max);
                find.read_concern(ReadConcern::majority()).await?.try_collect::<Vec<_>>().await
            });
            for document in found.await? {
                if let Some((id, _)) = name_of(&document).filter(|(_, is_end)| *is_end == are_completions) {
                    page.entry(id).or_insert(document);
                }
            }
        }
        Ok(page.into_values().take(limit).collect())
    }

    async fn export_job(&self, record: Record) -> Result<ExportedJob, Fault> {
        let attachments = self.attachments.read_all(&record, EXPORT).await?;
        Ok(ExportedJob::of(record.job, record.content, attachments, self.clock.now()))
    }
}
