//! Documents that this version cannot read: told once, counted, and left alone from then on.
//!
//! They are marked with our format, so that a later version, which may know how, looks at them again.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bson::{Bson, RawDocument, RawDocumentBuf, doc};

use crate::calls::Calls;
use crate::codec::record::{self, Stored};
use crate::error::Effect;
use crate::schema::{FORMAT, JOBS};

/// How many documents are remembered as told.
const TOLD: usize = 10_000;

/// What was set aside by this process.
pub struct Aside {
    calls: Arc<Calls>,
    count: AtomicU64,
    told: Mutex<HashSet<Vec<u8>>>,
}

impl Aside {
    /// Nothing yet.
    pub fn new(calls: Arc<Calls>) -> Self {
        Self { calls, count: AtomicU64::new(0), told: Mutex::default() }
    }

    /// How many documents this process could not read.
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// Reads a document for somebody who would change it. `None`: set aside, now or before.
    pub fn read(&self, document: &RawDocument) -> Option<Stored> {
        if document.get_i32("aside").is_ok_and(|format| format >= FORMAT) {
            return None;
        }
        record::read(document).inspect_err(|why| self.put(document, why)).ok()
    }

    /// Sets a document aside.
    pub fn put(&self, document: &RawDocument, why: &dyn std::error::Error) {
        let Ok(Some(id)) = document.get("_id") else { return };
        let Ok(id) = Bson::try_from(id) else { return };
        self.tell(document, why);
        let calls = Arc::clone(&self.calls);
        self.calls.tasks().spawn(async move {
            let marked = calls.run(Effect::Write, "set a document aside", |database| async move {
                let jobs = database.collection::<RawDocumentBuf>(JOBS);
                jobs.update_one(doc! { "_id": id }, doc! { "$set": { "aside": FORMAT } }).await
            });
            // Whoever meets it again tries again.
            if let Err(fault) = marked.await {
                tracing::debug!(%fault, "left where it is");
            }
        });
    }

    /// Tells of a document, once.
    pub fn tell(&self, document: &RawDocument, why: &dyn std::error::Error) {
        let id = document.get("_id").ok().flatten().map(|id| format!("{id:?}")).unwrap_or_default();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() < TOLD && told.insert(id.clone().into_bytes()) {
            drop(told);
            self.count.fetch_add(1, Ordering::Relaxed);
            let readable = record::id_of(document).map_or(id, |id| id.to_string());
            tracing::error!(job.id = readable, cause = %why, "this document is no job that this version can read; it is left alone");
        }
    }
}
