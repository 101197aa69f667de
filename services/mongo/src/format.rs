//! The format of all jobs of a database: a setting, so that a start need not look at every job.

use bson::{RawDocumentBuf, doc};
use mongodb::Database;
use mongodb::error::{ErrorKind, Result as DriverResult, WriteFailure};

use crate::codec::FormatError;
use crate::codec::record::name_of;
use crate::schema::{FORMAT, FORMAT_SETTING, JOBS, SETTINGS, durable};

/// The server's error code for a duplicate `_id`.
const DUPLICATE_KEY: i32 = 11000;

/// Checks that all jobs are of this version's format. A database without the setting is new, or of an earlier version:
/// its jobs are read once.
pub async fn check(database: &Database) -> DriverResult<Result<(), FormatError>> {
    match stored(database).await? {
        Some(FORMAT) => return Ok(Ok(())),
        Some(newer) if newer > FORMAT => return Ok(Err(FormatError::Newer(newer))),
        _ => {}
    }
    if let Some(older) = oldest_found(database).await? {
        return Ok(Err(FormatError::Older(older)));
    }
    store(database).await.map(Ok)
}

/// The stored setting.
pub async fn stored(database: &Database) -> DriverResult<Option<i32>> {
    let settings = database.collection::<RawDocumentBuf>(SETTINGS);
    let found = settings.find_one(doc! { "_id": FORMAT_SETTING }).await?;
    Ok(found.and_then(|found| found.get_i32("value").ok()))
}

/// Notes that all jobs are of this version's format.
pub async fn store(database: &Database) -> DriverResult<()> {
    let settings = database.collection::<RawDocumentBuf>(SETTINGS);
    let (this, value) = (doc! { "_id": FORMAT_SETTING }, doc! { "$set": { "value": FORMAT } });
    match settings.update_one(this, value).upsert(true).write_concern(durable()).await {
        // Another process created it at the same time.
        Err(error) if !is_duplicate(&error.kind) => Err(error),
        _ => Ok(()),
    }
}

/// The format of a job that is older than this version's, if there is one.
pub async fn oldest_found(database: &Database) -> DriverResult<Option<i32>> {
    let jobs = database.collection::<RawDocumentBuf>(JOBS);
    let mut cursor = jobs.find(doc! { "v": { "$lt": FORMAT } }).projection(doc! { "v": 1 }).await?;
    while cursor.advance().await? {
        let document = cursor.current();
        // A document with another id is not ours.
        if let (Some(_), Ok(format)) = (name_of(document), document.get_i32("v")) {
            return Ok(Some(format));
        }
    }
    Ok(None)
}

/// Whether a write failed because its `_id` exists.
pub fn is_duplicate(kind: &ErrorKind) -> bool {
    matches!(kind, ErrorKind::Write(WriteFailure::WriteError(error)) if error.code == DUPLICATE_KEY)
}
