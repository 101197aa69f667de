//! What a document must be for a change to it to be carried out.

use bson::raw::{RawArrayBuf, RawBsonRef, cstr};
use bson::{RawDocumentBuf, rawdoc};
use tally_jobs::model::Job;

use super::{Record, job_id};
use crate::codec::{date, signed};

/// What a document must be to stand for this record still. State and epoch together name one stretch of a job's life,
/// its place in the order one incarnation of its id.
pub fn as_in(record: &Record) -> RawDocumentBuf {
    let mut expect = held(&record.job);
    expect.append(cstr!("seq"), record.seq);
    expect
}

/// The same for several that are alike in state, epoch and lease. The places belong to these incarnations and to no
/// others, so it does no harm that any of them would do.
pub fn all_as_in(records: &[&Record]) -> RawDocumentBuf {
    let [first, others @ ..] = records else { return RawDocumentBuf::new() };
    if others.is_empty() {
        return with_lease(as_in(first), &first.job);
    }
    let mut expect = RawDocumentBuf::new();
    let ids: RawArrayBuf = records.iter().map(|record| job_id(record.job.id)).collect();
    expect.append(cstr!("_id"), rawdoc! { "$in": ids });
    expect.append(cstr!("state"), first.job.state.as_str());
    expect.append(cstr!("epoch"), signed(first.job.epoch));
    expect.append(
        cstr!("seq"),
        rawdoc! { "$in": records.iter().map(|record| record.seq).collect::<RawArrayBuf>() },
    );
    with_lease(expect, &first.job)
}

/// The same where the place is not known; the moment of admission does as well.
pub fn held(job: &Job) -> RawDocumentBuf {
    let mut expect = RawDocumentBuf::new();
    expect.append(cstr!("_id"), job_id(job.id));
    expect.append(cstr!("state"), job.state.as_str());
    expect.append(cstr!("epoch"), signed(job.epoch));
    expect.append(cstr!("created"), date(job.created_at));
    expect
}

/// The same with its lease, which is renewed within a stretch.
pub fn with_lease(mut expect: RawDocumentBuf, job: &Job) -> RawDocumentBuf {
    match job.lease {
        Some(lease) => expect.append(cstr!("lease"), date(lease.until)),
        None => expect.append(cstr!("lease"), RawBsonRef::Null),
    }
    expect
}
