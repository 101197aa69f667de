//! What workers do: take, prolong, give back, end.

use std::collections::hash_map::Entry;

use bson::{RawDocument, RawDocumentBuf, rawdoc};
use tally_jobs::model::{Ending, Hold, Job};
use tally_jobs::ports::{Settled, StillHeld};
use tally_jobs::state::State;
use tally_kernel::{Fault, Lease, Timestamp};

use super::{Held, JobsInMongo, LOOKS, Unwritten, outrun, unwritable};
use crate::codec::record::{Change, held, held_until, open_as_in};
use crate::codec::{Unreadable, date, moment};
use crate::jobs::claims::{self, Claim, Taken};
use crate::jobs::ends::End;
use crate::jobs::histogram::Rest;

/// What an end is called where it fails.
const DURING: &str = "settle a job";

impl JobsInMongo {
    pub(super) async fn hold(&self, claim: Claim) -> Result<Option<Hold>, Fault> {
        let Some(taken) = self.claims.ask(claim, claims::DURING).await? else { return Ok(None) };
        let Taken { job, record, document, unwritten } = taken;
        let unwritten = unwritten.map(|(update, mark)| {
            let expect = open_as_in(&[&record]);
            Unwritten { expect, update, mark, sent: false }
        });
        match (self.held().entry((job.id, job.epoch)), &unwritten) {
            // Two tickets of one job: it is in work here.
            (Entry::Occupied(_), Some(_)) => return Ok(None),
            (entry, _) => {
                entry.insert_entry(Held { document, blob: record.stored_body(), unwritten });
            }
        }
        Ok(Some(Hold { job, content: record.content }))
    }

    pub(super) async fn prolong(&self, hold: &Job, now: Timestamp, lease: Lease) -> Result<StillHeld, Fault> {
        const DURING: &str = "renew a lease";
        self.write_claim(hold, DURING).await?;
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

    /// Writes the claim of this hold, if that was left undone. Whether it could be is told by the next look.
    async fn write_claim(&self, hold: &Job, during: &'static str) -> Result<(), Fault> {
        let key = (hold.id, hold.epoch);
        let claim = self.held().get_mut(&key).and_then(|held| {
            let unwritten = held.unwritten.as_mut()?;
            unwritten.sent = true;
            Some(unwritten.clone())
        });
        let Some(Unwritten { expect, update, mark, .. }) = claim else { return Ok(()) };
        self.swap(hold.id, expect, update, mark, during).await?;
        if let Some(held) = self.held().get_mut(&key) {
            held.unwritten = None;
        }
        Ok(())
    }

    /// What the document of a job may be while this hold lasts.
    fn expectations(&self, hold: &Job) -> Vec<RawDocumentBuf> {
        match self.held().get(&(hold.id, hold.epoch)).and_then(|held| held.unwritten.as_ref()) {
            None => vec![held(hold)],
            Some(Unwritten { expect, sent: false, .. }) => vec![expect.clone()],
            Some(Unwritten { expect, sent: true, .. }) => vec![expect.clone(), held(hold)],
        }
    }

    pub(super) async fn give_back(&self, hold: &Job, from: Timestamp) -> Result<(), Fault> {
        let Some(next) = hold.clone().released(hold.epoch, from) else { return Ok(()) };
        for expect in self.expectations(hold) {
            // Whether it was still held makes no difference.
            if self.become_next(expect, &next, "release a job").await? {
                break;
            }
        }
        self.held().remove(&(hold.id, hold.epoch));
        Ok(())
    }

    pub(super) async fn end(&self, hold: &Job, ending: Ending, now: Timestamp) -> Result<Settled, Fault> {
        let Some(next) = hold.clone().ended(hold.epoch, &ending, now) else { return Ok(Settled::Gone) };
        let rest = match &ending {
            Ending::Succeeded(findings) => self.histograms.keep(&next, findings.rest.clone(), now).await?,
            Ending::Failed(_) | Ending::Retry { .. } => Rest::default(),
        };
        let mark = self.numbers.mark();
        let change = self.change_to(&next, &rest, mark).map_err(|why| unwritable(DURING, why))?;
        let done = match self.end_apart(&next, hold, &change, mark) {
            Some(end) => self.ends.ask(end, DURING).await?,
            None => self.end_in_place(hold, change, mark).await?,
        };
        let known = self.held().remove(&(hold.id, hold.epoch));
        if !done {
            return Ok(Settled::Gone);
        }
        if let Some(blob) = known.and_then(|known| known.blob).filter(|_| next.state == State::Succeeded) {
            self.drop_body_later(next.id, blob);
        }
        Ok(Settled::Written(next))
    }

    /// What makes the document of a job say that it has ended.
    fn change_to(&self, next: &Job, rest: &Rest, mark: i64) -> Result<Change, Unreadable> {
        let change = Change::to(next, mark)?;
        if next.state == State::Succeeded {
            return change.with_findings(next, rest.words.as_ref(), rest.parts);
        }
        Ok(change)
    }

    /// The end as one that may have a document of its own: it owns nothing beside it, no key leads to its id, and how the
    /// job stands is known.
    fn end_apart(&self, next: &Job, hold: &Job, change: &Change, mark: i64) -> Option<End> {
        let may_be = next.state == State::Succeeded && next.fingerprint.is_none() && !change.has_parts();
        let all = self.held();
        let Held { document, blob: None, unwritten } = all.get(&(hold.id, hold.epoch)).filter(|_| may_be)?
        else {
            return None;
        };
        let (epoch, is_held, expect) = match unwritten {
            None => (hold.epoch, true, held(hold)),
            Some(Unwritten { expect, sent: false, .. }) => (hold.epoch - 1, false, expect.clone()),
            Some(_) => return None,
        };
        let (before, change) = (document.clone(), change.clone());
        Some(End { id: hold.id, epoch, is_held, expect, before, change, mark })
    }

    /// Writes the end into the document of the job. `false`: the hold was over.
    async fn end_in_place(&self, hold: &Job, change: Change, mark: i64) -> Result<bool, Fault> {
        let known = self.held().get(&(hold.id, hold.epoch)).map(|held| held.document.clone());
        let update = match known {
            Some(document) if change.has_findings() => change.made_of(&document),
            _ => Ok(change.into_update()),
        };
        let update = update.map_err(|why| unwritable(DURING, why))?;
        for expect in self.expectations(hold) {
            if self.swap(hold.id, expect, update.clone(), mark, DURING).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The present lease of this hold. `None`: it holds no more.
fn lease_of(document: &RawDocument, hold: &Job) -> Option<Lease> {
    let is_ours = document.get_str("state").ok()? == State::Running.as_str()
        && u64::try_from(document.get_i64("epoch").ok()?).ok()? == hold.epoch
        && moment(document.get_datetime("created").ok()?) == hold.created_at;
    is_ours.then(|| document.get_datetime("lease").ok().map(|until| Lease { until: moment(until) }))?
}
