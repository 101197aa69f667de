//! Converts the jobs of earlier formats, for `tally migrate`.
//!
//! No process of the cluster may run meanwhile. Each document is replaced by a compare-and-swap, so a migration that
//! broke off is started again, and a second one changes nothing.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use bson::raw::{RawBsonRef, cstr};
use bson::{Bson, Document, RawDocument, RawDocumentBuf, doc, rawdoc};
use mongodb::Database;
use mongodb::error::{Error as DriverError, ErrorKind, Result as DriverResult};
use serde_json::{Map, Value};
use tally_jobs::export::ExportedJob;
use tally_jobs::id::JobId;
use tally_jobs::parts::Attachment;
use tally_jobs::state::JobState;
use tally_kernel::{Clock, Fault, FaultKind, Lease};

use crate::batcher::BatchOperation;
use crate::codec::record::{self, Admitted, AttachmentPlace, Change, PlacedAttachment, name_of, wake_of};
use crate::codec::{FormatError, moment};
use crate::db_executor::DbExecutor;
use crate::error::{ConnectError, parse};
use crate::format;
use crate::jobs::attachments::Attachments;
use crate::jobs::compare_and_swap::{CompareAndSwap, CompareAndSwaps};
use crate::options::Options;
use crate::pending_uploads::PendingUploads;
use crate::schema::{FORMAT, FORMER_INDEXES, GONE, JOBS};
use crate::sequence::Sequence;
use crate::startup::{client_of, database_of, reason};

/// The operation's name in faults.
const DURING: &str = "migrate jobs";
/// Maximum documents of one command.
const BATCH: usize = 200;
/// Maximum bytes of one command, unless a single document is larger. The server takes 48 MB.
const BATCH_BYTES: usize = 8 << 20;
/// Minimum timeout of one command: a batch takes longer than a call for one job.
const CALL_TIMEOUT: Duration = Duration::from_secs(60);
/// The server's error codes for an index and for a collection that are not there.
const NOT_FOUND: [i32; 2] = [27, 26];

/// The outcome of a migration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Migrated {
    /// Jobs and tombstones that were converted.
    pub converted: u64,
    /// Jobs and tombstones that were left as they are: they have this version's format.
    pub unchanged: u64,
}

/// A migration stopped. What was converted until then stays converted.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The address is unusable.
    #[error(transparent)]
    Address(#[from] ConnectError),
    /// The database has a later format.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The database did not do what was asked.
    #[error("{}", reason(&.0.kind))]
    Database(#[from] DriverError),
    /// A write or a part of an attachment failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// A job cannot be converted.
    #[error("the job {id} cannot be converted")]
    Job {
        id: JobId,
        /// Why.
        source: Box<dyn StdError + Send + Sync>,
    },
}

/// Converts every job that has an earlier format. `convert` is given the document in canonical Extended JSON and the
/// joined bytes of its parts in `words`, where it has parts; it returns these bytes unchanged as an attachment.
/// `progress` is told how many jobs are done, of how many.
///
/// # Errors
/// See [`MigrateError`]; the migration may be started again.
pub async fn migrate<E: StdError + Send + Sync + 'static>(
    options: Options,
    clock: Arc<dyn Clock>,
    convert: impl Fn(&Map<String, Value>, Option<Vec<u8>>) -> Result<ExportedJob, E>,
    mut progress: impl FnMut(u64, u64),
) -> Result<Migrated, MigrateError> {
    let client = client_of(&parse(&options.uri)?, &options).await?;
    let database = database_of(&client);
    if let Some(newer) = format::stored(&database).await?.filter(|stored| *stored > FORMAT) {
        return Err(FormatError::Newer(newer).into());
    }
    let db = DbExecutor::new(
        options.call_timeout.max(CALL_TIMEOUT),
        options.server_timeout,
        options.max_in_flight,
    );
    db.ready(database.clone());
    let pending_uploads = Arc::new(PendingUploads { db: Arc::clone(&db) });
    let sequence = Sequence::new().map_err(|error| ConnectError::NoChance(error.to_string()))?;
    let attachments = Attachments { db: Arc::clone(&db), pending_uploads };
    let migration = Migration { database, db: Arc::clone(&db), attachments, sequence, clock, convert };
    let migrated = migration.run(&mut progress).await;
    db.close().await;
    migrated
}

/// A running migration.
struct Migration<F> {
    database: Database,
    db: Arc<DbExecutor>,
    attachments: Attachments,
    sequence: Sequence,
    clock: Arc<dyn Clock>,
    convert: F,
}

impl<F, E> Migration<F>
where
    F: Fn(&Map<String, Value>, Option<Vec<u8>>) -> Result<ExportedJob, E>,
    E: StdError + Send + Sync + 'static,
{
    async fn run(&self, progress: &mut impl FnMut(u64, u64)) -> Result<Migrated, MigrateError> {
        let jobs = self.database.collection::<RawDocumentBuf>(JOBS);
        let older = doc! { "v": { "$lt": FORMAT } };
        let total = jobs.count_documents(older.clone()).await?;
        let unchanged = jobs.count_documents(doc! { "v": FORMAT }).await?;
        let mut converted = 0;
        progress(converted, total);
        let (mut batch, mut bytes) = (Vec::new(), 0);
        // A replaced document matches no longer, so the cursor gives each one once.
        let mut cursor = jobs.find(older).await?;
        while cursor.advance().await? {
            // A document with another id is not ours.
            let Some((id, is_end)) = name_of(cursor.current()) else { continue };
            let swap = self.swap(id, is_end, cursor.current()).await?;
            bytes += swap.update.as_bytes().len();
            batch.push(swap);
            if batch.len() == BATCH || bytes >= BATCH_BYTES {
                converted += self.write(std::mem::take(&mut batch)).await?;
                bytes = 0;
                progress(converted, total);
            }
        }
        converted += self.write(batch).await?;
        progress(converted, total);
        self.drop_former_indexes().await?;
        if let Some(left) = format::oldest_found(&self.database).await? {
            // A process of an earlier version is running.
            return Err(FormatError::Older(left).into());
        }
        format::store(&self.database).await?;
        Ok(Migrated { converted, unchanged })
    }

    async fn write(&self, batch: Vec<CompareAndSwap>) -> Result<u64, MigrateError> {
        if batch.is_empty() {
            return Ok(0);
        }
        let outcomes = CompareAndSwaps { db: Arc::clone(&self.db) }.execute(batch).await;
        let outcomes = outcomes.map_err(|fault| fault.one(DURING))?;
        let mut written = 0;
        for outcome in outcomes {
            written += u64::from(outcome.map_err(|fault| fault.one(DURING))?);
        }
        Ok(written)
    }

    /// The replacement of a document.
    async fn swap(
        &self,
        id: JobId,
        is_end: bool,
        document: &RawDocument,
    ) -> Result<CompareAndSwap, MigrateError> {
        let unusable = |source| MigrateError::Job { id, source };
        let mark = self.sequence.mark();
        let update = match document.get_str("state") {
            Ok(GONE) => tombstone(document, mark).map_err(|error| unusable(error.into()))?,
            _ => {
                let open = self.converted(id, document, mark).await?;
                let change = Change::default();
                let whole = if is_end { change.made_end_of(id, &open) } else { Ok(open) };
                whole.map_err(|error| unusable(error.into()))?
            }
        };
        let mut expect = RawDocumentBuf::new();
        for name in [cstr!("_id"), cstr!("v"), cstr!("mark")] {
            let value = document.get(name).map_err(|error| unusable(error.into()))?;
            expect.append(name, value.unwrap_or(RawBsonRef::Null));
        }
        Ok(CompareAndSwap { id, expect, update, mark })
    }

    /// The document of a job, under the id of an open job.
    async fn converted(
        &self,
        id: JobId,
        document: &RawDocument,
        mark: i64,
    ) -> Result<RawDocumentBuf, MigrateError> {
        let unusable = |source| MigrateError::Job { id, source };
        let parts = document.get_i32("parts").unwrap_or_default();
        let joined = match parts {
            0 => None,
            parts => {
                let epoch = document.get_i64("epoch").ok().and_then(|epoch| u64::try_from(epoch).ok());
                Some(self.attachments.parts(id, epoch.unwrap_or_default(), 0..parts, DURING).await?)
            }
        };
        let json = extended_json(document).map_err(|error| unusable(error.into()))?;
        let converted = (self.convert)(&json, joined.clone()).map_err(|error| unusable(error.into()))?;
        let ExportedJob { mut job, content, attachments } = converted;
        let seq = document.get_i64("seq").map_err(|error| unusable(error.into()))?;
        if job.state == JobState::Running {
            // Its worker is gone. The next claim counts that, as before.
            job.lease = document.get_datetime("lease").ok().map(|until| Lease { until: moment(until) });
        }
        let attachments = match joined {
            None => self.attachments.write(&job, attachments, self.clock.now()).await?,
            Some(joined) => vec![in_these_parts(attachments, &joined, parts)?],
        };
        let wake = document.get_datetime("wake").map_or_else(|_| wake_of(&job), moment);
        let with = Admitted { seq, wake, by: document.get_i64("by").ok(), mark };
        Ok(record::arrived(&job, content.as_ref(), &attachments, with))
    }

    async fn drop_former_indexes(&self) -> DriverResult<()> {
        for name in FORMER_INDEXES {
            match self.database.collection::<Document>(JOBS).drop_index(name).await {
                Err(error) if !is_not_found(&error.kind) => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

/// The attachment whose bytes are in the parts that are there. They are not written again.
fn in_these_parts(
    attachments: Vec<Attachment>,
    joined: &[u8],
    parts: i32,
) -> Result<PlacedAttachment, Fault> {
    match <[Attachment; 1]>::try_from(attachments) {
        Ok([Attachment { name, bytes }]) if bytes == joined => {
            Ok(PlacedAttachment { name, place: AttachmentPlace::Parts(parts) })
        }
        _ => Err(Fault::because(FaultKind::Corrupt, DURING, "the conversion changed the parts of a job")),
    }
}

/// The same tombstone in this version's format.
fn tombstone(document: &RawDocument, mark: i64) -> bson::error::Result<RawDocumentBuf> {
    let mut tombstone = rawdoc! {};
    for field in document {
        let (name, value) = field?;
        match name.as_str() {
            "v" => tombstone.append(name, FORMAT),
            "mark" => tombstone.append(name, mark),
            "aside" => {}
            _ => tombstone.append(name, value),
        }
    }
    Ok(tombstone)
}

fn extended_json(document: &RawDocument) -> bson::error::Result<Map<String, Value>> {
    let document = Document::try_from(document)?;
    match Bson::Document(document).into_canonical_extjson() {
        Value::Object(fields) => Ok(fields),
        _ => Ok(Map::new()),
    }
}

fn is_not_found(kind: &ErrorKind) -> bool {
    matches!(kind, ErrorKind::Command(answer) if NOT_FOUND.contains(&answer.code))
}
