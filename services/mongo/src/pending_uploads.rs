//! Pending uploads: stored bodies and parts of attachments that no job owns yet.
//!
//! Each one is registered before its first byte is written and checked after a day. So a process that dies between
//! writing a body and writing its job leaves no garbage, and a resource that a job owns is never checked again.

use std::sync::Arc;
use std::time::Duration;

use bson::{Document, doc};
use tally_jobs::id::{BlobId, JobId};
use tally_jobs::state::JobState;
use tally_kernel::{Fault, Timestamp};

use crate::codec::record::{IntoUuid, blob_id, job_id};
use crate::codec::{date, signed};
use crate::db_executor::DbExecutor;
use crate::error::Effect;
use crate::schema::{GONE, JOBS, PENDING_UPLOADS, durable};

/// How long an upload may exist without a job. Long, so that a slow submit never loses its body.
const UNOWNED: Duration = Duration::from_secs(24 * 3600);
/// Maximum uploads checked in one query.
const PAGE_SIZE: i64 = 500;

/// Data outside the job's document that a job comes to own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnedResource {
    /// A stored body.
    Body(BlobId),
    /// The parts of long attachments.
    Attachments {
        job: JobId,
        /// The epoch of the completion that owns the parts.
        epoch: u64,
        /// Number of parts.
        parts: i32,
    },
}

impl OwnedResource {
    fn id(self) -> bson::Bson {
        match self {
            Self::Body(blob) => blob_id(blob).into(),
            Self::Attachments { job, epoch, .. } => {
                doc! { "job": job_id(job), "epoch": signed(epoch) }.into()
            }
        }
    }

    fn read(document: &Document) -> Option<Self> {
        match document.get("_id")? {
            bson::Bson::Binary(id) => id.to_uuid().ok().map(|id| Self::Body(BlobId(id.into_uuid()))),
            bson::Bson::Document(id) => {
                let bson::Bson::Binary(job) = id.get("job")? else { return None };
                Some(Self::Attachments {
                    job: JobId::new(job.to_uuid().ok()?.into_uuid()),
                    epoch: u64::try_from(id.get_i64("epoch").ok()?).ok()?,
                    parts: document.get_i32("parts").ok()?,
                })
            }
            _ => None,
        }
    }

    /// A filter for the job that owns it.
    fn owner(self) -> Document {
        match self {
            Self::Body(blob) => owner_of(blob),
            Self::Attachments { job, epoch, parts } => {
                doc! { "_id": job_id(job), "epoch": signed(epoch), "parts": parts, "finished": { "$exists": true } }
            }
        }
    }
}

/// A filter for the job that owns a body and may still read it.
pub fn owner_of(blob: BlobId) -> Document {
    doc! { "blob": blob_id(blob), "state": { "$nin": [GONE, JobState::Succeeded.as_str()] } }
}

/// The registered uploads.
pub struct PendingUploads {
    /// The database.
    pub db: Arc<DbExecutor>,
}

impl PendingUploads {
    /// Registers a resource that is about to be written.
    pub async fn register(&self, resource: OwnedResource, now: Timestamp) -> Result<(), Fault> {
        let mut note = doc! { "_id": resource.id(), "since": date(now) };
        if let OwnedResource::Attachments { parts, .. } = resource {
            note.insert("parts", parts);
        }
        let noted = self.db.run(Effect::Write, "register an upload", |database| async move {
            let notes = database.collection::<Document>(PENDING_UPLOADS);
            let id = note.get("_id").cloned();
            notes.replace_one(doc! { "_id": id }, note).upsert(true).write_concern(durable()).await
        });
        noted.await.map(drop)
    }

    /// Removes the registration: a job owns the resource, or it was deleted.
    pub async fn unregister(&self, resource: OwnedResource) -> Result<(), Fault> {
        let id = resource.id();
        let ended = self.db.run(Effect::Write, "unregister an upload", |database| async move {
            database.collection::<Document>(PENDING_UPLOADS).delete_one(doc! { "_id": id }).await
        });
        ended.await.map(drop)
    }

    /// Uploads older than a day that no job owns. Registrations of owned ones are removed.
    pub async fn orphans(&self, now: Timestamp) -> Result<Vec<OwnedResource>, Fault> {
        let mut orphans = Vec::new();
        for resource in self.old(now).await? {
            if self.is_owned(resource.owner()).await? {
                self.unregister(resource).await?;
            } else {
                orphans.push(resource);
            }
        }
        Ok(orphans)
    }

    async fn old(&self, now: Timestamp) -> Result<Vec<OwnedResource>, Fault> {
        let until = now.before(UNOWNED);
        let old = self.db.run(Effect::Read, "check pending uploads", |database| async move {
            let notes = database.collection::<Document>(PENDING_UPLOADS);
            let old = doc! { "since": { "$lte": date(until) } };
            let mut cursor = notes.find(old).sort(doc! { "since": 1 }).limit(PAGE_SIZE).await?;
            let mut resources = Vec::new();
            while cursor.advance().await? {
                resources.extend(OwnedResource::read(&cursor.deserialize_current()?));
            }
            Ok(resources)
        });
        old.await
    }

    /// Whether a job matches this filter.
    pub async fn is_owned(&self, owner: Document) -> Result<bool, Fault> {
        let found = self.db.run(Effect::Read, "find the owner of an upload", |database| async move {
            let jobs = database.collection::<Document>(JOBS);
            jobs.find_one(owner).projection(doc! { "_id": 1 }).await
        });
        found.await.map(|found| found.is_some())
    }
}
