//! The filters of changes: what a document must be for the change to apply.
//!
//! Workers' changes name no state: a server compares an index that begins with the state with the index of ids, for
//! every statement. A running job is known by its lease.

use bson::raw::{RawArrayBuf, RawBsonRef, cstr};
use bson::{Binary, RawDocumentBuf, rawdoc};
use tally_jobs::id::JobId;
use tally_jobs::record::Job;
use tally_jobs::state::JobState;
use tally_kernel::Lease;

use super::{Record, job_id};
use crate::codec::{date, signed};

/// The document is still this record. State and epoch together name one stretch of a job's life; its position in the
/// order names one incarnation of its id.
pub fn as_in(record: &Record) -> RawDocumentBuf {
    let mut expect = of(&record.job, record.key());
    expect.append(cstr!("state"), record.job.state.as_str());
    expect.append(cstr!("seq"), record.seq);
    expect
}

/// The documents are still these open records, which have the same epoch and lease: every change leads to another epoch
/// or another lease. Positions belong to these incarnations only, so a match with any of them is enough.
pub fn open_as_in(records: &[&Record]) -> RawDocumentBuf {
    let mut expect = RawDocumentBuf::new();
    let Some(first) = records.first() else { return expect };
    if records.len() == 1 {
        expect.append(cstr!("_id"), job_id(first.job.id));
        expect.append(cstr!("seq"), first.seq);
    } else {
        let ids: RawArrayBuf = records.iter().map(|record| job_id(record.job.id)).collect();
        let places: RawArrayBuf = records.iter().map(|record| record.seq).collect();
        expect.append(cstr!("_id"), rawdoc! { "$in": ids });
        expect.append(cstr!("seq"), rawdoc! { "$in": places });
    }
    expect.append(cstr!("epoch"), signed(first.job.epoch));
    match first.job.lease {
        Some(lease) => expect.append(cstr!("lease"), date(lease.until)),
        None => {
            expect.append(cstr!("lease"), RawBsonRef::Null);
            if first.job.state == JobState::Running {
                // No version writes a running job without a lease. Without this it could be a job that has ended.
                expect.append(cstr!("state"), JobState::Running.as_str());
            }
        }
    }
    expect
}

/// The documents of these jobs are still open in this epoch, claimed or not yet. Each job was admitted without a key, so
/// it has one incarnation.
pub fn open_in(ids: &[JobId], epoch: u64, is_held: bool) -> RawDocumentBuf {
    let ids: RawArrayBuf = ids.iter().map(|id| job_id(*id)).collect();
    let mut expect = rawdoc! { "_id": { "$in": ids } };
    expect.append(cstr!("epoch"), signed(epoch));
    // Neither ended nor deleted.
    expect.append(cstr!("finished"), RawBsonRef::Null);
    if is_held {
        expect.append(cstr!("lease"), rawdoc! { "$exists": true });
    } else {
        expect.append(cstr!("lease"), RawBsonRef::Null);
    }
    expect
}

/// The claim is still in force. The position in the order is not known here; the moment of admission serves as well.
pub fn held(job: &Job) -> RawDocumentBuf {
    let mut expect = of(job, job_id(job.id));
    expect.append(cstr!("lease"), rawdoc! { "$exists": true });
    expect
}

/// The same, and the lease was not renewed.
pub fn held_until(job: &Job, lease: Lease) -> RawDocumentBuf {
    let mut expect = of(job, job_id(job.id));
    expect.append(cstr!("lease"), date(lease.until));
    expect
}

fn of(job: &Job, key: Binary) -> RawDocumentBuf {
    let mut expect = RawDocumentBuf::new();
    expect.append(cstr!("_id"), key);
    expect.append(cstr!("epoch"), signed(job.epoch));
    expect.append(cstr!("created"), date(job.created_at));
    expect
}
