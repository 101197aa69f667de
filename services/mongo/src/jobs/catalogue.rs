//! Reading jobs. Never writes; what it tells is what a majority has.

use std::sync::Arc;

use async_trait::async_trait;
use bson::{RawDocumentBuf, doc};
use mongodb::options::ReadConcern;
use tally_count::Histogram;
use tally_jobs::model::{Job, JobId};
use tally_jobs::ports::{Census, JobCatalogue, JobQuery, ListError, Lookup};
use tally_jobs::state::State;
use tally_kernel::{Fault, FaultKind, Page, Slice, Timestamp};

use crate::calls::Calls;
use crate::codec::record::{self, Record, Stored};
use crate::codec::{date, moment};
use crate::error::Effect;
use crate::group::Group;
use crate::jobs::aside::Aside;
use crate::jobs::finds::Finds;
use crate::jobs::histogram::Histograms;
use crate::jobs::{cursor, list, room};
use crate::schema::JOBS;

/// The oldest waiting job is looked for among so many that are to be looked at first.
const OLDEST_AMONG: i64 = 256;

/// The catalogue of one database.
pub struct CatalogueOfMongo {
    calls: Arc<Calls>,
    aside: Arc<Aside>,
    histograms: Arc<Histograms>,
    records: Arc<Group<Finds>>,
    whole: Arc<Group<Finds>>,
}

impl CatalogueOfMongo {
    /// The catalogue over these parts.
    pub fn new(calls: Arc<Calls>, aside: Arc<Aside>, histograms: Arc<Histograms>) -> Self {
        let find = |fields| {
            let concern = ReadConcern::majority();
            let finds = Finds { calls: Arc::clone(&calls), fields, ends: true, concern };
            Group::new(finds, Arc::clone(&calls))
        };
        let (records, whole) = (find(doc! { "content": 0, "rest": 0 }), find(doc! { "content": 0 }));
        Self { records, whole, calls, aside, histograms }
    }

    async fn look_up(
        &self,
        finds: &Arc<Group<Finds>>,
        id: JobId,
        during: &'static str,
    ) -> Result<Lookup<Record>, Fault> {
        let Some(document) = finds.ask(id, during).await? else { return Ok(Lookup::Unknown) };
        match record::read(&document) {
            Ok(Stored::Job(record)) => Ok(Lookup::Found(*record)),
            Ok(Stored::Gone(_)) => Ok(Lookup::Gone),
            Err(why) => {
                self.aside.tell(&document, &why);
                Err(Fault::because(FaultKind::Corrupt, during, why))
            }
        }
    }

    /// Every word of a record that succeeded.
    async fn histogram(&self, mut record: Record, during: &'static str) -> Result<Option<Histogram>, Fault> {
        let rest = self.histograms.read(&mut record, during).await?;
        let Some(report) = record.job.report else { return Ok(None) };
        Ok(Some(report.histogram(&rest)))
    }
}

#[async_trait]
impl JobCatalogue for CatalogueOfMongo {
    async fn find(&self, id: JobId) -> Result<Lookup<Job>, Fault> {
        Ok(match self.look_up(&self.records, id, "find a job").await? {
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
        Ok(list::page(&self.calls, &self.aside, query, before, page.limit).await?)
    }

    async fn words(&self, id: JobId) -> Result<Lookup<Option<Histogram>>, Fault> {
        const DURING: &str = "read the words of a job";
        Ok(match self.look_up(&self.whole, id, DURING).await? {
            Lookup::Found(record) => Lookup::Found(self.histogram(record, DURING).await?),
            Lookup::Gone => Lookup::Gone,
            Lookup::Unknown => Lookup::Unknown,
        })
    }

    async fn census(&self) -> Result<Census, Fault> {
        let census = self.calls.run(Effect::Read, "count waiting jobs", |database| async move {
            let queued = room::in_state(&database, State::Queued).await?;
            let running = room::in_state(&database, State::Running).await?;
            let jobs = database.collection::<RawDocumentBuf>(JOBS);
            // Who waits longest is among the first to be looked at. A walk along the times, past what runs.
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
