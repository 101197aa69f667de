//! The database schema: collections, fields, indexes, and the write concern.
//!
//! | collection | one document is | notes |
//! |---|---|---|
//! | `jobs` | a job, or the tombstone of a deleted job | `_id` is the job's id. An idempotency key determines the id, so the unique `_id` is enough. A job without a key that succeeded may be stored under the *completion id*: the job's id and one byte, 17 bytes. It counts only when no document exists under the job's id: the completion is inserted, then the open job is deleted |
//! | `words` | a part of a long histogram | `_id` is the job's id, the epoch and the part number: 28 bytes |
//! | `bodies.files`, `bodies.chunks` | a stored body in GridFS layout | any GridFS tool reads them |
//! | `loose` | a pending upload: a body or a histogram that no job owned when its write began | checked after a day |
//! | `processes` | a process that admits jobs | `until` is its outbox watermark: every job it admitted up to then has been published |
//! | `settings` | shared by all processes: the secret of idempotency keys | |
//!
//! Fields of a job:
//!
//! | fields | meaning |
//! |---|---|
//! | `v` | format of the document |
//! | `seq` | position in the order of admission |
//! | `source`, `asked`, `labels`, `request`, `print`, `created` | set at admission, never changed |
//! | `content` or `blob` | the submitted text, or the id of the stored body |
//! | `state`, `epoch`, `attempts`, `crashes`, `due`, `started`, `finished`, `lease`, `failure` | the state of the job |
//! | `report`, `top`, `rest` or `parts` | the result |
//! | `wake` | when the relay or the sweep should look at the job next |
//! | `mark` | the id of the last change. A batch reads it back to learn which of its changes were applied |
//! | `by` | the process that admitted the job, while that process tracks its message |
//! | `relay_by`, `relay_until` | the relay that publishes the job at the moment |
//! | `aside` | quarantine: the format of the version that could not read the document |
//!
//! On a sharded cluster, shard `jobs`, `words` and `loose` by `{_id: "hashed"}` and `bodies.chunks` by
//! `{files_id: 1, n: 1}`. Every write names `_id`. The only other unique index is the one of `bodies.chunks`, and that is
//! its shard key.

use std::time::Duration;

use bson::raw::RawDocumentBuf;
use bson::{Document, doc, rawdoc};
use mongodb::options::{Acknowledgment, WriteConcern};

/// The newest document format that this version reads. Raise it only when older versions must not touch the new
/// documents; a new field alone needs no new format.
pub const FORMAT: i32 = 2;
/// The format of a document under the job's id. A document under a completion id has the next format, so that versions
/// without completion ids leave it alone.
pub const FORMAT_OF_JOBS: i32 = 1;

/// Jobs and tombstones.
pub const JOBS: &str = "jobs";
/// Parts of long histograms.
pub const WORDS: &str = "words";
/// Stored bodies: one document per body.
pub const FILES: &str = "bodies.files";
/// The bytes of stored bodies.
pub const CHUNKS: &str = "bodies.chunks";
/// Pending uploads.
pub const PENDING_UPLOADS: &str = "loose";
/// One outbox watermark per process.
pub const PROCESSES: &str = "processes";
/// Settings shared by all processes.
pub const SETTINGS: &str = "settings";

/// The state of a tombstone.
pub const GONE: &str = "gone";

/// Timeout of waiting for a majority.
const MAJORITY_WITHIN: Duration = Duration::from_secs(5);

/// The write concern of every durable write: in the journals of a majority. Without `j` a single node answers from memory.
pub fn durable() -> WriteConcern {
    WriteConcern::builder().w(Acknowledgment::Majority).journal(true).w_timeout(MAJORITY_WITHIN).build()
}

/// The same as a document, for raw commands.
pub fn durable_command() -> RawDocumentBuf {
    rawdoc! { "w": "majority", "j": true, "wtimeout": i32::try_from(MAJORITY_WITHIN.as_millis()).unwrap_or(i32::MAX) }
}

/// A collection and its indexes, as `createIndexes` takes them.
pub struct Collection {
    /// The collection's name.
    pub name: &'static str,
    /// Its indexes except the one on `_id`.
    pub indexes: Vec<Document>,
}

/// All indexes. Creating an index that exists changes nothing.
pub fn collections() -> Vec<Collection> {
    let only_with = |field: &str| doc! { field: { "$exists": true } };
    vec![
        Collection {
            name: JOBS,
            indexes: vec![
                // For the relay (open jobs) and the sweep (finished jobs).
                doc! { "name": "by_time", "key": { "wake": 1 } },
                // For lists of one or all states, and for counts per state.
                doc! { "name": "by_age", "key": { "state": 1, "seq": -1, "_id": -1 } },
                doc! { "name": "by_host", "key": { "source.host": 1, "seq": -1, "_id": -1 },
                "partialFilterExpression": only_with("source.host") },
                doc! { "name": "by_label", "key": { "labels": 1, "seq": -1, "_id": -1 },
                "partialFilterExpression": only_with("labels") },
                // Finds the job that owns a body.
                doc! { "name": "by_blob", "key": { "blob": 1 }, "partialFilterExpression": only_with("blob") },
            ],
        },
        Collection {
            name: FILES,
            indexes: vec![
                doc! { "name": "filename_1_uploadDate_1", "key": { "filename": 1, "uploadDate": 1 } },
            ],
        },
        Collection {
            name: CHUNKS,
            indexes: vec![
                doc! { "name": "files_id_1_n_1", "key": { "files_id": 1, "n": 1 }, "unique": true },
            ],
        },
        Collection {
            name: PENDING_UPLOADS,
            indexes: vec![doc! { "name": "by_since", "key": { "since": 1 } }],
        },
    ]
}
