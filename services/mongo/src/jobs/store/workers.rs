//! The calls of workers: claim, renew, release, complete.

use std::collections::hash_map::Entry;

use bson::{RawDocument, RawDocumentBuf, rawdoc};
use tally_jobs::ports::{CompleteResult, StillHeld};
use tally_jobs::record::{ClaimedJob, Job};
use tally_jobs::state::{AttemptOutcome, JobState};
use tally_kernel::{Fault, FaultKind, Lease, Timestamp};

use super::{ClaimState, DeferredClaim, MAX_ATTEMPTS, MongoJobStore, contended};
use crate::codec::record::{Change, held, held_until, open_as_in};
use crate::codec::{date, moment};
use crate::jobs::claims::{self, ClaimRequest, ClaimedRecord};
use crate::jobs::completions::Completion;

/// The operation's name in faults.
const DURING: &str = "complete a job";

impl MongoJobStore {
    pub(super) async fn claim_job(&self, claim: ClaimRequest) -> Result<Option<ClaimedJob>, Fault> {
        let Some(taken) = self.claims.call(claim, claims::DURING).await? else { return Ok(None) };
        let ClaimedRecord { job, record, document, deferred } = taken;
        let deferred = deferred.map(|(update, mark)| {
            let expect = open_as_in(&[&record]);
            DeferredClaim { expect, update, mark, sent: false }
        });
        match (self.local_claims().entry((job.id, job.epoch)), &deferred) {
            // A second message for a job that runs here already.
            (Entry::Occupied(_), Some(_)) => return Ok(None),
            (entry, _) => {
                entry.insert_entry(ClaimState { document, blob: record.stored_body(), deferred });
            }
        }
        Ok(Some(ClaimedJob { job, content: record.content }))
    }

    pub(super) async fn renew_lease(
        &self,
        claimed: &Job,
        now: Timestamp,
        lease: Lease,
    ) -> Result<StillHeld, Fault> {
        const DURING: &str = "renew a lease";
        self.write_deferred_claim(claimed, DURING).await?;
        for _ in 0..MAX_ATTEMPTS {
            let document = self.find_lease.one(claimed.id, DURING).await?;
            let Some(present) = document.as_deref().and_then(|document| lease_of(document, claimed)) else {
                self.local_claims().remove(&(claimed.id, claimed.epoch));
                return Ok(StillHeld::No);
            };
            if !present.wants_renewal(now) {
                return Ok(StillHeld::Yes);
            }
            let expect = held_until(claimed, present);
            let (mark, until) = (self.sequence.mark(), date(lease.until));
            let update = rawdoc! { "$set": { "lease": until, "wake": until, "mark": mark } };
            if self.swap(claimed.id, expect, update, mark, DURING).await? {
                return Ok(StillHeld::Yes);
            }
        }
        Err(contended(DURING))
    }

    /// Writes a deferred claim. The next read shows whether it succeeded.
    async fn write_deferred_claim(&self, claimed: &Job, during: &'static str) -> Result<(), Fault> {
        let key = (claimed.id, claimed.epoch);
        let claim = self.local_claims().get_mut(&key).and_then(|state| {
            let deferred = state.deferred.as_mut()?;
            deferred.sent = true;
            Some(deferred.clone())
        });
        let Some(DeferredClaim { expect, update, mark, .. }) = claim else { return Ok(()) };
        self.swap(claimed.id, expect, update, mark, during).await?;
        if let Some(state) = self.local_claims().get_mut(&key) {
            state.deferred = None;
        }
        Ok(())
    }

    /// The filters that the job's document may match while the claim is valid.
    fn expectations(&self, claimed: &Job) -> Vec<RawDocumentBuf> {
        match self.local_claims().get(&(claimed.id, claimed.epoch)).and_then(|state| state.deferred.as_ref())
        {
            None => vec![held(claimed)],
            Some(DeferredClaim { expect, sent: false, .. }) => vec![expect.clone()],
            Some(DeferredClaim { expect, sent: true, .. }) => vec![expect.clone(), held(claimed)],
        }
    }

    pub(super) async fn release_claim(&self, claimed: &Job, from: Timestamp) -> Result<(), Fault> {
        let Some(next) = claimed.clone().released(claimed.epoch, from) else { return Ok(()) };
        for expect in self.expectations(claimed) {
            // It makes no difference whether the claim was still valid.
            if self.swap_to(expect, &next, "release a job").await? {
                break;
            }
        }
        self.local_claims().remove(&(claimed.id, claimed.epoch));
        Ok(())
    }

    pub(super) async fn complete_job(
        &self,
        claimed: &Job,
        mut outcome: AttemptOutcome,
        now: Timestamp,
    ) -> Result<CompleteResult, Fault> {
        let Some(next) = claimed.clone().completed(claimed.epoch, &outcome, now) else {
            return Ok(CompleteResult::Fenced);
        };
        let mark = self.sequence.mark();
        let mut change = Change::to(&next, mark);
        let mut has_parts = false;
        if let AttemptOutcome::Succeeded(output) = &mut outcome {
            let attachments = std::mem::take(&mut output.attachments);
            let attachments = self.attachments.write(&next, attachments, now).await?;
            has_parts = attachments.iter().any(|one| one.place.parts() > 0);
            change = change.with_result(&next, output.source.is_some(), &attachments);
        }
        let done = match self.completion_of(&next, claimed, &change, has_parts, mark) {
            Some(completion) => self.completions.call(completion, DURING).await?,
            None => self.complete_in_place(claimed, &next, change, mark).await?,
        };
        let state = self.local_claims().remove(&(claimed.id, claimed.epoch));
        if !done {
            return Ok(CompleteResult::Fenced);
        }
        if let Some(blob) = state.and_then(|state| state.blob).filter(|_| next.state == JobState::Succeeded) {
            self.remove_blob_later(next.id, blob);
        }
        Ok(CompleteResult::Written(next))
    }

    /// The completion, if it may have its own document: a success without key, body or part documents, whose stored
    /// state is known.
    fn completion_of(
        &self,
        next: &Job,
        claimed: &Job,
        change: &Change,
        has_parts: bool,
        mark: i64,
    ) -> Option<Completion> {
        let is_separate = next.state == JobState::Succeeded && next.fingerprint.is_none() && !has_parts;
        let claims = self.local_claims();
        let ClaimState { document, blob: None, deferred } =
            claims.get(&(claimed.id, claimed.epoch)).filter(|_| is_separate)?
        else {
            return None;
        };
        let (epoch, is_held, expect) = match deferred {
            None => (claimed.epoch, true, held(claimed)),
            Some(DeferredClaim { expect, sent: false, .. }) => (claimed.epoch - 1, false, expect.clone()),
            Some(_) => return None,
        };
        let (before, change) = (document.clone(), change.clone());
        Some(Completion { id: claimed.id, epoch, is_held, expect, before, change, mark })
    }

    /// Writes the completion into the job's document. `false`: the claim was no longer valid.
    async fn complete_in_place(
        &self,
        claimed: &Job,
        next: &Job,
        change: Change,
        mark: i64,
    ) -> Result<bool, Fault> {
        let document =
            self.local_claims().get(&(claimed.id, claimed.epoch)).map(|state| state.document.clone());
        let update = match document {
            Some(document) if next.state == JobState::Succeeded => change.made_of(&document),
            _ => Ok(change.into_update()),
        };
        let update = update.map_err(|why| Fault::because(FaultKind::Corrupt, DURING, why))?;
        for expect in self.expectations(claimed) {
            if self.swap(claimed.id, expect, update.clone(), mark, DURING).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The current lease of this claim. `None`: the claim is no longer valid.
fn lease_of(document: &RawDocument, claimed: &Job) -> Option<Lease> {
    let is_ours = document.get_str("state").ok()? == JobState::Running.as_str()
        && u64::try_from(document.get_i64("epoch").ok()?).ok()? == claimed.epoch
        && moment(document.get_datetime("created").ok()?) == claimed.created_at;
    is_ours.then(|| document.get_datetime("lease").ok().map(|until| Lease { until: moment(until) }))?
}
