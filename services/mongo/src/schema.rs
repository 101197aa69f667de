//! The database schema: collections, fields, indexes, and the write concern.
//!
//! | collection | one document is | notes |
//! |---|---|---|
//! | `jobs` | a job, or the tombstone of a deleted job | `_id` is the job's id. An idempotency key determines the id, so the unique `_id` is enough. A job without a key that succeeded may be stored under the *completion id*: the job's id and one byte, 17 bytes. It counts only when no document exists under the job's id: the completion is inserted, then the open job is deleted |
//! | `words` | a part of a long attachment | `_id` is the job's id, the epoch and the part number: 28 bytes. The first long attachments were lists of words |
//! | `bodies.files`, `bodies.chunks` | a stored body in GridFS layout | any GridFS tool reads them |
//! | `loose` | a pending upload: a body or attachments that no job owned when their write began | checked after a day |
//! | `processes` | a process that admits jobs | `until` is its outbox watermark: every job it admitted up to then has been published |
//! | `settings` | shared by all processes: the secret of idempotency keys, the format of the documents | |
//!
//! Fields of a job:
//!
//! | fields | meaning |
//! |---|---|
//! | `v` | format of the document |
//! | `seq` | position in the order of admission |
//! | `kind`, `owner`, `subject`, `attributes`, `props`, `bytes`, `asked`, `labels`, `request`, `print`, `created` | set at admission, never changed. An absent `owner` is `local`; `attributes` are `name=value`; `props` is cost * 4 + lazy claim * 2 + bundled; `bytes` is the size of the submitted content; `asked` has the options of the engine that differ from the defaults |
//! | `spec`, `source`, `summary`, `detail` | the parts of the workload: bytes, absent when empty. A summary that is UTF-8 is stored as a string, which a server copies as cheaply and an operator can read |
//! | `content` or `blob` | the submitted bytes, or the id of the stored body |
//! | `state`, `epoch`, `attempts`, `crashes`, `events`, `due`, `started`, `finished`, `lease`, `failure` | the state of the job; `events` is the number of its last event, 1 when absent |
//! | `history`, `worker` and `claimed` | the attempts that have ended; the attempt that runs |
//! | `attached`, `parts` | the attachments by name: the bytes, or the number of documents in `words`; `parts` is the sum of these numbers |
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

/// The format of all documents of jobs. Raise it only when older versions must not touch the new documents; a new field
/// alone needs no new format. Formats 1 and 2 (completions) knew word counting only.
pub const FORMAT: i32 = 3;

/// Jobs and tombstones.
pub const JOBS: &str = "jobs";
/// Parts of long attachments.
pub const WORDS: &str = "words";
/// Stored bodies: one document per body.
pub const FILES: &str = "bodies.files";
/// The bytes of stored bodies.
pub const CHUNKS: &str = "bodies.chunks";
pub const PENDING_UPLOADS: &str = "loose";
/// One outbox watermark per process.
pub const PROCESSES: &str = "processes";
/// Settings shared by all processes.
pub const SETTINGS: &str = "settings";

/// The state of a tombstone.
pub const GONE: &str = "gone";

/// The `_id` of the setting that holds the secret of idempotency keys.
pub const SECRET: &str = "key_secret";
/// The `_id` of the setting that holds the format of the documents.
pub const FORMAT_SETTING: &str = "format";

/// Indexes of earlier versions; the migration drops them.
pub const FORMER_INDEXES: [&str; 1] = ["by_host"];

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
                doc! { "name": "by_attribute", "key": { "attributes": 1, "seq": -1, "_id": -1 },
                "partialFilterExpression": only_with("attributes") },
                doc! { "name": "by_owner", "key": { "owner": 1, "seq": -1, "_id": -1 },
                "partialFilterExpression": only_with("owner") },
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
