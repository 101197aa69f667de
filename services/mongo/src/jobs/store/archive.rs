//! Moves whole jobs out of the database and into it.

use std::collections::BTreeMap;

use async_trait::async_trait;
use bson::{RawDocumentBuf, doc};
use mongodb::options::ReadConcern;
use tally_jobs::archive::Parcel;
use tally_jobs::model::JobId;
use tally_jobs::ports::Archive;
use tally_kernel::Fault;
use uuid::Uuid;

use super::{JobsInMongo, unwritable};
use crate::codec::record::{self, Record, Stored, end_id, id_of, job_id, name_of};
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
    /// The next documents in the order of their jobs.
    async fn page(&self, after: Option<JobId>, limit: usize) -> Result<Vec<RawDocumentBuf>, Fault> {
        // A comparison finds ids of its own type only, so strangers without an id of ours are not met; the shorter ids come
        // before the longer. What is open is looked at first, so that one which ends meanwhile is met at its end.
        let nobody = JobId::new(Uuid::nil());
        let (open, ends) = match after {
            Some(after) => (doc! { "$gt": job_id(after) }, doc! { "$gt": end_id(after) }),
            None => (doc! { "$gte": job_id(nobody) }, doc! { "$gte": end_id(nobody) }),
        };
        let most = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut page = BTreeMap::new();
        for (ids, are_ends) in [(open, false), (ends, true)] {
            let found = self.calls.run(Effect::Read, PACK, move |database| async move {
                let jobs = database.collection::<RawDocumentBuf>(JOBS);
                let find = jobs.find(doc! { "_id": ids }).sort(doc! { "_id": 1 }).limit(most);
                let mut cursor = find.read_concern(ReadConcern::majority()).await?;
                let mut found = Vec::new();
                while cursor.advance().await? {
                    found.push(cursor.current().to_owned());
                }
                Ok(found)
            });
            for document in found.await? {
                if let Some((id, _)) = name_of(&document).filter(|(_, is_end)| *is_end == are_ends) {
                    page.entry(id).or_insert(document);
                }
            }
        }
        Ok(page.into_values().take(limit).collect())
    }

    async fn parcel(&self, mut record: Record) -> Result<Parcel, Fault> {
        let rest = self.histograms.read(&mut record, PACK).await?;
        Ok(Parcel::of(record.job, record.content, rest, self.clock.now()))
    }
}
