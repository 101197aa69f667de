//! Moves whole jobs out of the database and into it.

use async_trait::async_trait;
use bson::{RawDocumentBuf, doc};
use mongodb::options::ReadConcern;
use tally_jobs::archive::Parcel;
use tally_jobs::model::JobId;
use tally_jobs::ports::Archive;
use tally_kernel::Fault;
use uuid::Uuid;

use super::{JobsInMongo, unwritable};
use crate::codec::record::{self, Record, Stored, id_of, job_id};
use crate::error::Effect;
use crate::jobs::inserts::Inserted;
use crate::schema::JOBS;

const PACK: &str = "pack jobs";
const UNPACK: &str = "unpack a job";

#[async_trait]
impl Archive for JobsInMongo {
    async fn pack(&self, after: Option<JobId>, limit: usize) -> Result<Vec<Parcel>, Fault> {
        let mut after = after;
        loop {
            let documents = self.page(after, limit).await?;
            let Some(last) = documents.last() else { return Ok(Vec::new()) };
            after = id_of(last);
            let mut parcels = Vec::with_capacity(documents.len());
            for document in &documents {
                // Marks of forgotten jobs stay behind, and so does what cannot be read: it was told and counted.
                if let Some(Stored::Job(record)) = self.aside.read(document) {
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
        if self.finds.ask(job.id, UNPACK).await?.is_some() {
            return Ok(false);
        }
        let rest = self.histograms.keep(&job, rest, self.clock.now()).await?;
        let (seq, mark) = (self.numbers.seq(job.created_at), self.numbers.mark());
        let document = record::arrived(&job, content.as_ref(), seq, mark, rest.words.as_ref(), rest.parts);
        let document = document.map_err(|why| unwritable(UNPACK, why))?;
        Ok(self.inserts.ask(document, UNPACK).await? == Inserted::New)
    }
}

impl JobsInMongo {
    /// The next documents in the order of their ids.
    async fn page(&self, after: Option<JobId>, limit: usize) -> Result<Vec<RawDocumentBuf>, Fault> {
        // A comparison finds ids of its own type only, so strangers without an id of ours are not met.
        let filter = match after {
            Some(after) => doc! { "_id": { "$gt": job_id(after) } },
            None => doc! { "_id": { "$gte": job_id(JobId::new(Uuid::nil())) } },
        };
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let found = self.calls.run(Effect::Read, PACK, |database| async move {
            let jobs = database.collection::<RawDocumentBuf>(JOBS);
            let find = jobs.find(filter).sort(doc! { "_id": 1 }).limit(limit);
            let mut cursor = find.read_concern(ReadConcern::majority()).await?;
            let mut page = Vec::new();
            while cursor.advance().await? {
                page.push(cursor.current().to_owned());
            }
            Ok(page)
        });
        found.await
    }

    async fn parcel(&self, mut record: Record) -> Result<Parcel, Fault> {
        let rest = self.histograms.read(&mut record, PACK).await?;
        Ok(Parcel::of(record.job, record.content, rest, self.clock.now()))
    }
}
