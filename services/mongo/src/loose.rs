//! What was begun and no job owns yet: each is noted before its first byte is written, and looked through after a day.
//!
//! So a process that dies between a body and its job, or between long words and the end they belong to, leaves nothing
//! behind for ever; and nothing that a job owns is ever looked at twice.

use std::sync::Arc;
use std::time::Duration;

use bson::{Document, doc};
use tally_jobs::model::{BlobId, JobId};
use tally_jobs::state::State;
use tally_kernel::{Fault, Timestamp};

use crate::calls::Calls;
use crate::codec::record::{IntoUuid, blob_id, job_id};
use crate::codec::{date, signed};
use crate::error::Effect;
use crate::schema::{GONE, JOBS, LOOSE, durable};

/// How long a body may stand without a job: a slow submit is never robbed.
const UNOWNED: Duration = Duration::from_secs(24 * 3600);
/// How many are looked through at once.
const AT_ONCE: i64 = 500;

/// Something that a job is to own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    /// A stored body.
    Body(BlobId),
    /// The parts of a long histogram.
    Words {
        /// The job.
        job: JobId,
        /// The epoch of its end.
        epoch: u64,
        /// How many.
        parts: i32,
    },
}

impl Thing {
    fn id(self) -> bson::Bson {
        match self {
            Self::Body(blob) => blob_id(blob).into(),
            Self::Words { job, epoch, .. } => doc! { "job": job_id(job), "epoch": signed(epoch) }.into(),
        }
    }

    fn read(document: &Document) -> Option<Self> {
        match document.get("_id")? {
            bson::Bson::Binary(id) => id.to_uuid().ok().map(|id| Self::Body(BlobId(id.into_uuid()))),
            bson::Bson::Document(id) => {
                let bson::Bson::Binary(job) = id.get("job")? else { return None };
                Some(Self::Words {
                    job: JobId::new(job.to_uuid().ok()?.into_uuid()),
                    epoch: u64::try_from(id.get_i64("epoch").ok()?).ok()?,
                    parts: document.get_i32("parts").ok()?,
                })
            }
            _ => None,
        }
    }

    /// The job that owns it.
    fn owner(self) -> Document {
        match self {
            Self::Body(blob) => owner_of(blob),
            Self::Words { job, epoch, parts } => {
                doc! { "_id": job_id(job), "epoch": signed(epoch), "parts": parts, "finished": { "$exists": true } }
            }
        }
    }
}

/// The job that owns a body: one that may still read it.
pub fn owner_of(blob: BlobId) -> Document {
    doc! { "blob": blob_id(blob), "state": { "$nin": [GONE, State::Succeeded.as_str()] } }
}

/// The notes.
pub struct Loose {
    /// The way to the database.
    pub calls: Arc<Calls>,
}

impl Loose {
    /// Notes a thing that is about to be written.
    pub async fn begin(&self, thing: Thing, now: Timestamp) -> Result<(), Fault> {
        let mut note = doc! { "_id": thing.id(), "since": date(now) };
        if let Thing::Words { parts, .. } = thing {
            note.insert("parts", parts);
        }
        let noted = self.calls.run(Effect::Write, "note what is begun", |database| async move {
            let notes = database.collection::<Document>(LOOSE);
            let id = note.get("_id").cloned();
            notes.replace_one(doc! { "_id": id }, note).upsert(true).write_concern(durable()).await
        });
        noted.await.map(drop)
    }

    /// Forgets the note: the thing is owned, or gone.
    pub async fn end(&self, thing: Thing) -> Result<(), Fault> {
        let id = thing.id();
        let ended = self.calls.run(Effect::Write, "forget a note", |database| async move {
            database.collection::<Document>(LOOSE).delete_one(doc! { "_id": id }).await
        });
        ended.await.map(drop)
    }

    /// The things that stand for a day and are not owned. Notes of those that are owned are forgotten.
    pub async fn orphans(&self, now: Timestamp) -> Result<Vec<Thing>, Fault> {
        let mut orphans = Vec::new();
        for thing in self.old(now).await? {
            if self.is_owned(thing.owner()).await? {
                self.end(thing).await?;
            } else {
                orphans.push(thing);
            }
        }
        Ok(orphans)
    }

    async fn old(&self, now: Timestamp) -> Result<Vec<Thing>, Fault> {
        let until = now.before(UNOWNED);
        let old = self.calls.run(Effect::Read, "look through notes", |database| async move {
            let notes = database.collection::<Document>(LOOSE);
            let old = doc! { "since": { "$lte": date(until) } };
            let mut cursor = notes.find(old).sort(doc! { "since": 1 }).limit(AT_ONCE).await?;
            let mut things = Vec::new();
            while cursor.advance().await? {
                things.extend(Thing::read(&cursor.deserialize_current()?));
            }
            Ok(things)
        });
        old.await
    }

    /// Whether there is a job like this.
    pub async fn is_owned(&self, owner: Document) -> Result<bool, Fault> {
        let found = self.calls.run(Effect::Read, "look for an owner", |database| async move {
            let jobs = database.collection::<Document>(JOBS);
            jobs.find_one(owner).projection(doc! { "_id": 1 }).await
        });
        found.await.map(|found| found.is_some())
    }
}
