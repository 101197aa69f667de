//! A job of this workload: how its record is made, and what it says.

use tally_jobs::content::Content;
use tally_jobs::id::{JobId, RequestId};
use tally_jobs::key::Binding;
use tally_jobs::options::JobOptions;
use tally_jobs::parts::Parts;
use tally_jobs::record::{Job, Kind, NewJob, Properties};
use tally_kernel::{Fault, FaultKind, OwnerId, Timestamp};

use crate::options::CountOptions;
use crate::report::Report;
use crate::source::Source;
use crate::stored::input::{self, InputParts};
use crate::stored::{UnreadablePart, spec, summary};

/// The kind of these jobs.
pub const KIND: Kind = Kind::of("count");

/// The largest text that is counted within a millisecond or two, in bytes.
const SMALL_BYTES: u64 = 64 << 10;
/// The cost of a page whose size is not known yet: that of 64 KiB of HTML, about.
const COST_OF_ADDRESS: u32 = 4;

/// What a client submits, checked.
#[derive(Clone, Debug)]
pub struct CountRequest {
    pub source: Source,
    /// Its bytes, unless it is an address.
    pub content: Option<Content>,
    /// The options of the engine.
    pub job: JobOptions,
    pub count: CountOptions,
    /// The idempotency key and the fingerprint of the request.
    pub binding: Option<Binding>,
    pub request: Option<RequestId>,
}

impl CountRequest {
    /// The job that it asks for.
    #[must_use]
    pub fn into_new_job(self, id: JobId, owner: OwnerId, created_at: Timestamp) -> NewJob {
        let InputParts { source, subject, attributes } = input::write(&self.source);
        NewJob {
            id,
            owner,
            kind: KIND,
            options: self.job,
            subject: subject.map(Into::into),
            attributes,
            properties: properties(&self.source),
            parts: Parts { spec: spec::write(&self.count), source, ..Parts::default() },
            content: self.content,
            content_bytes: self.source.bytes(),
            binding: self.binding,
            generation: None,
            request: self.request,
            created_at,
        }
    }
}

/// A small text may share messages and claims: it is counted at once and has no effect outside its job.
#[must_use]
pub fn properties(source: &Source) -> Properties {
    let is_small = matches!(source, Source::Text { bytes } if *bytes <= SMALL_BYTES);
    let cost = match source {
        Source::Url(_) => COST_OF_ADDRESS,
        Source::Text { bytes } | Source::File { bytes, .. } => {
            u32::try_from(bytes / SMALL_BYTES).unwrap_or(u32::MAX).saturating_add(1)
        }
    };
    Properties { cost, bundled: is_small, lazy_claim: is_small }
}

/// What the record of a count says.
#[derive(Clone, Debug, PartialEq)]
pub struct CountRecord {
    /// What was submitted.
    pub source: Source,
    /// What was asked.
    pub options: CountOptions,
    /// The report, once the job has succeeded. A record of a list has it without its detail.
    pub report: Option<Report>,
}

impl CountRecord {
    /// Reads the parts of a record.
    ///
    /// # Errors
    /// `Corrupt` when a part is not what a version of Tally up to this one wrote.
    pub fn of(job: &Job) -> Result<Self, Fault> {
        Self::read(job).map_err(|error| Fault::because(FaultKind::Corrupt, "read a job's record", error))
    }

    fn read(job: &Job) -> Result<Self, UnreadablePart> {
        let parts = &job.parts;
        let report = (!parts.summary.is_empty()).then(|| summary::read(&parts.summary, &parts.detail));
        Ok(Self { source: input::read(job)?, options: spec::read(&parts.spec)?, report: report.transpose()? })
    }
}
