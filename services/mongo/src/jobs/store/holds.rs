//! What workers do: take, prolong, give back, end.

use bson::{RawDocument, RawDocumentBuf, rawdoc};
use tally_jobs::model::{Ending, Hold, Job, Ticket, WorkerId};
use tally_jobs::ports::{Settled, StillHeld};
use tally_jobs::state::State;
use tally_kernel::{Fault, Lease, Timestamp};

use super::{Held, JobsInMongo, LOOKS, outrun, unwritable};
use crate::codec::record::{Change, held, held_until};
use crate::codec::{Unreadable, date, moment};
use crate::jobs::claims::{self, Claim, Taken};
use crate::jobs::histogram::Rest;

impl JobsInMongo {
    pub(super) async fn take(
        &self,
        ticket: Ticket,
        who: &WorkerId,
        now: Timestamp,
    ) -> Result<Option<Hold>, Fault> {
        let claim = Claim { ticket, who: who.clone(), now };
        let taken = self.claims.ask(claim, claims::DURING).await?;
        Ok(taken.map(|Taken { job, record, document }| {
            self.held().insert((job.id, job.epoch), Held { document, blob: record.stored_body() });
            Hold { job, content: record.content }
        }))
    }

    pub(super) async fn prolong(&self, hold: &Job, now: Timestamp, lease: Lease) -> Result<StillHeld, Fault> {
        const DURING: &str = "renew a lease";
        for _ in 0..LOOKS {
            let document = self.beats.ask(hold.id, DURING).await?;
            let Some(present) = document.as_deref().and_then(|document| lease_of(document, hold)) else {
                self.held().remove(&(hold.id, hold.epoch));
                return Ok(StillHeld::Gone);
            };
            if !present.wants_renewal(now) {
                return Ok(StillHeld::Yes);
            }
            let expect = held_until(hold, present);
            let (mark, until) = (self.numbers.mark(), date(lease.until));
            let update = rawdoc! { "$set": { "lease": until, "wake": until, "mark": mark } };
            if self.swap(hold.id, expect, update, mark, DURING).await? {
                return Ok(StillHeld::Yes);
            }
        }
        Err(outrun(DURING))
    }

    pub(super) async fn give_back(&self, hold: &Job, from: Timestamp) -> Result<(), Fault> {
        let Some(next) = hold.clone().released(hold.epoch, from) else { return Ok(()) };
        // Whether it was still held makes no difference.
        self.become_next(held(hold), &next, "release a job").await?;
        self.held().remove(&(hold.id, hold.epoch));
        Ok(())
    }

    pub(super) async fn end(&self, hold: &Job, ending: Ending, now: Timestamp) -> Result<Settled, Fault> {
        const DURING: &str = "settle a job";
        let Some(next) = hold.clone().ended(hold.epoch, &ending, now) else { return Ok(Settled::Gone) };
        let rest = match &ending {
            Ending::Succeeded(findings) => self.histograms.keep(&next, findings.rest.clone(), now).await?,
            Ending::Failed(_) | Ending::Retry { .. } => Rest::default(),
        };
        let mark = self.numbers.mark();
        let update = self.update_to(&next, hold.epoch, &rest, mark).map_err(|why| unwritable(DURING, why))?;
        let done = self.swap(next.id, held(hold), update, mark, DURING).await?;
        let known = self.held().remove(&(hold.id, hold.epoch));
        if !done {
            return Ok(Settled::Gone);
        }
        if let Some(blob) = known.and_then(|known| known.blob).filter(|_| next.state == State::Succeeded) {
            self.drop_body_later(next.id, blob);
        }
        Ok(Settled::Written(next))
    }

    /// What makes the document say that a job held in this epoch has ended.
    fn update_to(
        &self,
        next: &Job,
        epoch: u64,
        rest: &Rest,
        mark: i64,
    ) -> Result<RawDocumentBuf, Unreadable> {
        let change = Change::to(next, mark)?;
        if next.state != State::Succeeded {
            return Ok(change.into_update());
        }
        let change = change.with_findings(next, rest.words.as_ref(), rest.parts)?;
        match self.held().get(&(next.id, epoch)) {
            Some(Held { document, .. }) => change.made_of(document),
            None => Ok(change.into_update()),
        }
    }
}

/// The present lease of this hold. `None`: it holds no more.
fn lease_of(document: &RawDocument, hold: &Job) -> Option<Lease> {
    let is_ours = document.get_str("state").ok()? == State::Running.as_str()
        && u64::try_from(document.get_i64("epoch").ok()?).ok()? == hold.epoch
        && moment(document.get_datetime("created").ok()?) == hold.created_at;
    is_ours.then(|| document.get_datetime("lease").ok().map(|until| Lease { until: moment(until) }))?
}
