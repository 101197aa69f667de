//! What a document must be for a change to it to be carried out.
//!
//! Workers' changes name no state: a server that has an index which begins with the state weighs it against the one of
//! ids, for every statement, and a running job is known by its lease.

use bson::raw::{RawArrayBuf, RawBsonRef, cstr};
use bson::{Binary, RawDocumentBuf, rawdoc};
use tally_jobs::model::{Job, JobId};
use tally_jobs::state::State;
use tally_kernel::Lease;

use super::{Record, job_id};
use crate::codec::{date, signed};

/// What a document must be to stand for this record still. State and epoch together name one stretch of a job's life,
/// its place in the order one incarnation of its id.
pub fn as_in(record: &Record) -> RawDocumentBuf {
    let mut expect = of(&record.job, record.key());
    expect.append(cstr!("state"), record.job.state.as_str());
    expect.append(cstr!("seq"), record.seq);
    expect
}

/// What documents must be to stand for these records still, which wait or run, and are alike in epoch and lease: from
/// there every way leads to another epoch or another lease. Their places belong to these incarnations and to no others,
/// so it does no harm that any of them would do.
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
            if first.job.state == State::Running {
                // One without a lease, which no version writes, could be taken for one that has ended.
                expect.append(cstr!("state"), State::Running.as_str());
            }
        }
    }
    expect
}

/// What the documents of these jobs must be, each of which was admitted without a key and so has one incarnation, to wait
/// or run still in this epoch: held, or not yet.
pub fn open_in(ids: &[JobId], epoch: u64, is_held: bool) -> RawDocumentBuf {
    let ids: RawArrayBuf = ids.iter().map(|id| job_id(*id)).collect();
    let mut expect = rawdoc! { "_id": { "$in": ids } };
    expect.append(cstr!("epoch"), signed(epoch));
    // Neither ended nor forgotten.
    expect.append(cstr!("finished"), RawBsonRef::Null);
    if is_held {
        expect.append(cstr!("lease"), rawdoc! { "$exists": true });
    } else {
        expect.append(cstr!("lease"), RawBsonRef::Null);
    }
    expect
}

/// What a document must be for this hold to last. Its place in the order is not known here; the moment of admission does
/// as well.
pub fn held(job: &Job) -> RawDocumentBuf {
    let mut expect = of(job, job_id(job.id));
    expect.append(cstr!("lease"), rawdoc! { "$exists": true });
    expect
}

/// The same with a lease that nobody has prolonged.
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
