//! Quarantine of documents that this version cannot read: logged once, counted, then skipped.
//!
//! The marker holds our format, so that a later version, which may be able to read the document, tries it again.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bson::{Bson, RawDocument, RawDocumentBuf, doc};

use crate::codec::record::{self, Stored};
use crate::db_executor::DbExecutor;
use crate::error::Effect;
use crate::schema::{FORMAT, JOBS};

/// Maximum documents remembered as logged.
const MAX_REPORTED: usize = 10_000;

/// The quarantine of this process.
pub struct Quarantine {
    db: Arc<DbExecutor>,
    count: AtomicU64,
    reported: Mutex<HashSet<Vec<u8>>>,
}

impl Quarantine {
    pub fn new(db: Arc<DbExecutor>) -> Self {
        Self { db, count: AtomicU64::new(0), reported: Mutex::default() }
    }

    /// Number of documents that this process could not read.
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// Reads a document that is to be changed. `None`: it is quarantined, now or before.
    pub fn read(&self, document: &RawDocument) -> Option<Stored> {
        if document.get_i32("aside").is_ok_and(|format| format >= FORMAT) {
            return None;
        }
        record::read(document).inspect_err(|why| self.add(document, why)).ok()
    }

    /// Marks a document as quarantined, in the background.
    pub fn add(&self, document: &RawDocument, why: &dyn std::error::Error) {
        let Ok(Some(id)) = document.get("_id") else { return };
        let Ok(id) = Bson::try_from(id) else { return };
        self.report_once(document, why);
        let db = Arc::clone(&self.db);
        self.db.tasks().spawn(async move {
            let marked = db.run(Effect::Write, "quarantine a document", |database| async move {
                let jobs = database.collection::<RawDocumentBuf>(JOBS);
                jobs.update_one(doc! { "_id": id }, doc! { "$set": { "aside": FORMAT } }).await
            });
            // The next read of the document tries again.
            if let Err(fault) = marked.await {
                tracing::debug!(%fault, "the document was not marked as quarantined");
            }
        });
    }

    /// Logs and counts a document, once.
    pub fn report_once(&self, document: &RawDocument, why: &dyn std::error::Error) {
        let id = document.get("_id").ok().flatten().map(|id| format!("{id:?}")).unwrap_or_default();
        let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        if reported.len() < MAX_REPORTED && reported.insert(id.clone().into_bytes()) {
            drop(reported);
            self.count.fetch_add(1, Ordering::Relaxed);
            let readable = record::id_of(document).map_or(id, |id| id.to_string());
            tracing::error!(job.id = readable, cause = %why, "this version cannot read the document as a job; it is quarantined");
        }
    }
}
