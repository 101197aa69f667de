//! The database: its collections and their fields, its indexes, and what "written" means. All of it in this file.
//!
//! | collection | one document is | |
//! |---|---|---|
//! | `jobs` | a job, or the mark of one that was forgotten | `_id` is the job's id; an idempotency key *is* an id, so uniqueness of `_id` is all that is needed. A job without a key that succeeded stands under its id and a byte more, 17 bytes in all, and counts when nothing stands under its id: its end is inserted, then the open job removed |
//! | `words` | a part of a long histogram | `_id` is the id of its job, the epoch and its number, as 28 bytes |
//! | `bodies.files`, `bodies.chunks` | a stored body, as GridFS lays it out | any GridFS tool reads them |
//! | `loose` | a body or a histogram that no job owned when it was begun | looked through after a day |
//! | `processes` | a process that admits jobs | `until`: all that it admitted up to then is handed out |
//! | `settings` | what all processes share: the secret of keyed ids | |
//!
//! A job: `v` the format; `seq` its place in the order of admission; `source`, `asked`, `labels`, `request`,
//! `print`, `created` as it was admitted; `content` or `blob` what was handed in; `state`, `epoch`, `attempts`, `crashes`, `due`,
//! `started`, `finished`, `lease`, `failure` what moves; `report`, `top`, `rest` or `parts` what was found. Beside these
//! stand `wake`, when the relay or the sweeper should look at it; `mark`, the change that wrote it last, by which a batch
//! finds out which of its members won; `by`, the process that admitted it, while that answers for its ticket; `relay_by` and `relay_until`, which relay deals with it just now; `aside`, the
//! format of the version that could not read it.
//!
//! A cluster of shards may be set up with `sh.shardCollection("tally.jobs", {_id: "hashed"})`, the same for `words`
//! and `loose`, and `{files_id: 1, n: 1}` for `bodies.chunks`. Every write names `_id`; no other index is unique but
//! the one of chunks, which is the shard key.

use std::time::Duration;

use bson::raw::RawDocumentBuf;
use bson::{Document, doc, rawdoc};
use mongodb::options::{Acknowledgment, WriteConcern};

/// The newest format of a document that this version knows. It grows only when an older version must not touch
/// documents of the new one: a new field alone is no new format.
pub const FORMAT: i32 = 2;
/// The format of a document that stands under the id of its job. One of an end, which has an id of its own, is of the
/// next, so that versions that do not know of those leave them alone.
pub const FORMAT_OF_JOBS: i32 = 1;

/// Jobs.
pub const JOBS: &str = "jobs";
/// Parts of long histograms.
pub const WORDS: &str = "words";
/// Stored bodies.
pub const FILES: &str = "bodies.files";
/// Their bytes.
pub const CHUNKS: &str = "bodies.chunks";
/// What no job owned when it was begun.
pub const LOOSE: &str = "loose";
/// The processes that admit jobs.
pub const PROCESSES: &str = "processes";
/// What all processes share.
pub const SETTINGS: &str = "settings";

/// The state of a document that marks a forgotten job.
pub const GONE: &str = "gone";

/// How long a write may wait for a majority.
const MAJORITY_WITHIN: Duration = Duration::from_secs(5);

/// What "written" means: in the journals of a majority. Without `j` a single node would answer from memory.
pub fn durable() -> WriteConcern {
    WriteConcern::builder().w(Acknowledgment::Majority).journal(true).w_timeout(MAJORITY_WITHIN).build()
}

/// The same for a command that is written by hand.
pub fn durable_command() -> RawDocumentBuf {
    rawdoc! { "w": "majority", "j": true, "wtimeout": i32::try_from(MAJORITY_WITHIN.as_millis()).unwrap_or(i32::MAX) }
}

/// A collection and its indexes, as `createIndexes` takes them.
pub struct Collection {
    /// Its name.
    pub name: &'static str,
    /// Its indexes beside the one on `_id`.
    pub indexes: Vec<Document>,
}

/// Every index there is. Making one that exists changes nothing.
pub fn collections() -> Vec<Collection> {
    let only_with = |field: &str| doc! { field: { "$exists": true } };
    vec![
        Collection {
            name: JOBS,
            indexes: vec![
                // The relay among what has not finished, the sweeper among what has.
                doc! { "name": "by_time", "key": { "wake": 1 } },
                // Lists: all states side by side, or one; and how many there are of one.
                doc! { "name": "by_age", "key": { "state": 1, "seq": -1, "_id": -1 } },
                doc! { "name": "by_host", "key": { "source.host": 1, "seq": -1, "_id": -1 },
                "partialFilterExpression": only_with("source.host") },
                doc! { "name": "by_label", "key": { "labels": 1, "seq": -1, "_id": -1 },
                "partialFilterExpression": only_with("labels") },
                // Whether a job owns a body.
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
        Collection { name: LOOSE, indexes: vec![doc! { "name": "by_since", "key": { "since": 1 } }] },
    ]
}
