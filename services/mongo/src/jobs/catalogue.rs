//! The read side: finds, lists and counts jobs. Clients see what a majority has.

use std::sync::Arc;

use async_trait::async_trait;
use bson::{RawDocumentBuf, doc};
use mongodb::options::ReadConcern;
use tally_jobs::id::JobId;
use tally_jobs::parts::AttachmentName;
use tally_jobs::ports::{Census, JobCatalogue, JobQuery, ListError, Lookup, WithAttachment};
use tally_jobs::record::Job;
use tally_jobs::state::JobState;
use tally_kernel::{Fault, FaultKind, OwnerId, Page, Slice, Timestamp};

use crate::codec::record::{self, Record, Stored};
use crate::codec::{date, moment};
use crate::db_executor::DbExecutor;
use crate::error::Effect;
use crate::jobs::attachments::Attachments;
use crate::jobs::backlog_limit::count_in_state;
use crate::jobs::find_by_id::FindById;
use crate::jobs::quarantine::Quarantine;
use crate::jobs::{cursor, list};
use crate::schema::JOBS;

/// The oldest waiting job is searched among this many jobs with the earliest `wake`.
const OLDEST_AMONG: i64 = 256;

/// The catalogue of one database.
pub struct MongoJobCatalogue {
    db: Arc<DbExecutor>,
    quarantine: Arc<Quarantine>,
    attachments: Arc<Attachments>,
    records: FindById,
    whole: FindById,
}

impl MongoJobCatalogue {
    /// Creates the catalogue.
    pub fn new(db: Arc<DbExecutor>, quarantine: Arc<Quarantine>, attachments: Arc<Attachments>) -> Self {
        let find = |fields| {
            let concern = ReadConcern::majority();
            FindById { db: Arc::clone(&db), fields, ends: true, concern }
        };
        let (records, whole) = (find(doc! { "content": 0, "attached": 0 }), find(doc! { "content": 0 }));
        Self { records, whole, db, quarantine, attachments }
    }

    async fn look_up(
        &self,
        find: &FindById,
        owner: &OwnerId,
        id: JobId,
        during: &'static str,
    ) -> Result<Lookup<Record>, Fault> {
        let Some(document) = find.one(id, during).await? else { return Ok(Lookup::Unknown) };
        match record::read(&document) {
            Ok(Stored::Job(record)) if record.job.owner != *owner => Ok(Lookup::Unknown),
            Ok(Stored::Job(record)) => Ok(Lookup::Found(*record)),
            Ok(Stored::Gone(_)) => Ok(Lookup::Gone),
            Err(why) => {
                self.quarantine.report_once(&document, &why);
                Err(Fault::because(FaultKind::Corrupt, during, why))
            }
        }
    }
}

#[async_trait]
impl JobCatalogue for MongoJobCatalogue {
    async fn find(&self, owner: &OwnerId, id: JobId) -> Result<Lookup<Job>, Fault> {
        Ok(match self.look_up(&self.records, owner, id, "find a job").await? {
            Lookup::Found(record) => Lookup::Found(record.job),
            Lookup::Gone => Lookup::Gone,
            Lookup::Unknown => Lookup::Unknown,
        })
    }

    async fn list(&self, query: &JobQuery, page: &Page) -> Result<Slice<Job>, ListError> {
        let before = match &page.cursor {
            Some(given) => Some(cursor::read(given).ok_or(ListError::BadCursor)?),
            None => None,
        };
        Ok(list::page(&self.db, &self.quarantine, query, before, page.limit).await?)
    }

    async fn find_with_attachment(
        &self,
        owner: &OwnerId,
        id: JobId,
        name: &AttachmentName,
    ) -> Result<Lookup<WithAttachment>, Fault> {
        const DURING: &str = "read an attachment";
        Ok(match self.look_up(&self.whole, owner, id, DURING).await? {
            Lookup::Found(record) => {
                let bytes = self.attachments.read(&record, name, DURING).await?;
                Lookup::Found(WithAttachment { job: record.job, bytes })
            }
            Lookup::Gone => Lookup::Gone,
            Lookup::Unknown => Lookup::Unknown,
        })
    }

    async fn census(&self) -> Result<Census, Fault> {
        let census = self.db.run(Effect::Read, "count waiting jobs", |database| async move {
            let queued = count_in_state(&database, JobState::Queued).await?;
            let running = count_in_state(&database, JobState::Running).await?;
            let jobs = database.collection::<RawDocumentBuf>(JOBS);
            // The longest waiting job has one of the earliest `wake` times. Walks the index of times, skipping
            // running jobs.
            let waits =
                doc! { "wake": { "$gt": date(Timestamp::from_ms(0)) }, "finished": null, "lease": null };
            let oldest = jobs.find(waits).sort(doc! { "wake": 1 }).projection(doc! { "due": 1 });
            let mut cursor = oldest.limit(OLDEST_AMONG).await?;
            let mut oldest_due_at: Option<Timestamp> = None;
            while cursor.advance().await? {
                let due = cursor.current().get_datetime("due").ok().map(moment);
                oldest_due_at = oldest_due_at.into_iter().chain(due).min();
            }
            Ok(Census { queued, running, oldest_due_at })
        });
        census.await
    }
}
