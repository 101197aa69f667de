//! The store: what the room decides, compared with the database and swapped.
//!
//! A call reads the record, asks the room for the next one, and swaps it if it is still the one that was read. When it
//! is not, it looks again.

mod admit;
mod archive;
mod holds;
mod orders;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bson::{RawDocumentBuf, doc};
use mongodb::options::ReadConcern;
use tally_jobs::model::{BlobId, Ending, Hold, Job, JobId, NewJob, Ticket, WorkerId};
use tally_jobs::ports::{Admission, Carried, JobStore, Settled, StillHeld};
use tally_jobs::state::Order;
use tally_kernel::{Clock, Fault, FaultKind, Lease, Timestamp};

use crate::blobs::BodiesInMongo;
use crate::calls::Calls;
use crate::codec::Unreadable;
use crate::codec::record::Change;
use crate::group::Group;
use crate::jobs::aside::Aside;
use crate::jobs::claims::{Claim, Claims};
use crate::jobs::ends::Ends;
use crate::jobs::finds::Finds;
use crate::jobs::handing::Handing;
use crate::jobs::histogram::Histograms;
use crate::jobs::inserts::Inserts;
use crate::jobs::offers::Offers;
use crate::jobs::room::Room;
use crate::jobs::swaps::{Swap, Swaps};
use crate::loose::Loose;
use crate::numbers::Numbers;

/// How often a call looks again before it says that it does not know: each time somebody else was faster.
pub(super) const LOOKS: usize = 8;

/// The jobs of one database.
pub struct JobsInMongo {
    pub(super) calls: Arc<Calls>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) numbers: Arc<Numbers>,
    pub(super) room: Arc<Room>,
    pub(super) aside: Arc<Aside>,
    pub(super) bodies: Arc<BodiesInMongo>,
    pub(super) loose: Arc<Loose>,
    pub(super) histograms: Arc<Histograms>,
    pub(super) handing: Arc<Handing>,
    claims: Arc<Group<Claims>>,
    finds: Arc<Group<Finds>>,
    beats: Arc<Group<Finds>>,
    inserts: Arc<Group<Inserts>>,
    swaps: Arc<Group<Swaps>>,
    ends: Arc<Group<Ends>>,
    offers: Arc<Group<Offers>>,
    /// What is known of the jobs that are held here, by their ids and epochs.
    held: Mutex<HashMap<(JobId, u64), Held>>,
    /// Whether the relay of this process took tickets on that it may not have offered yet.
    pub(super) has_taken_on: AtomicBool,
    /// When things that no job owns were last looked for.
    pub(super) orphans_at: AtomicI64,
}

/// What the end of a job that is held needs to know.
struct Held {
    /// Its document as it was claimed, without what was handed in.
    document: RawDocumentBuf,
    /// The stored body, to be removed when it succeeds.
    blob: Option<BlobId>,
    /// What writes its claim, while that is left undone.
    unwritten: Option<Unwritten>,
}

/// A claim that is not written yet.
#[derive(Clone)]
struct Unwritten {
    /// What the job's document must still be.
    expect: RawDocumentBuf,
    /// What the claim makes of it.
    update: RawDocumentBuf,
    /// The mark of that change.
    mark: i64,
    /// Whether it was sent: then it may be written by now.
    sent: bool,
}

/// What the store is made of.
pub struct Parts {
    /// The way to the database.
    pub calls: Arc<Calls>,
    /// The time, for the order of admission.
    pub clock: Arc<dyn Clock>,
    /// Marks and places.
    pub numbers: Arc<Numbers>,
    /// The bound on waiting jobs.
    pub room: Arc<Room>,
    /// Documents that cannot be read.
    pub aside: Arc<Aside>,
    /// Stored bodies.
    pub bodies: Arc<BodiesInMongo>,
    /// What no job owns.
    pub loose: Arc<Loose>,
    /// Long histograms.
    pub histograms: Arc<Histograms>,
    /// New jobs whose tickets are not confirmed.
    pub handing: Arc<Handing>,
}

impl JobsInMongo {
    /// The store over these parts.
    pub fn new(parts: Parts) -> Self {
        let Parts { calls, clock, numbers, room, aside, bodies, loose, histograms, handing } = parts;
        let finds = |fields, ends| {
            let concern = ReadConcern::local();
            Finds { calls: Arc::clone(&calls), fields, ends, concern }
        };
        let claims =
            Claims { finds: finds(doc! {}, false), numbers: Arc::clone(&numbers), aside: Arc::clone(&aside) };
        let beats = finds(doc! { "state": 1, "epoch": 1, "created": 1, "lease": 1 }, false);
        Self {
            claims: Group::new(claims, Arc::clone(&calls)),
            finds: Group::new(finds(doc! {}, true), Arc::clone(&calls)),
            beats: Group::new(beats, Arc::clone(&calls)),
            inserts: Group::new(Inserts { calls: Arc::clone(&calls) }, Arc::clone(&calls)),
            swaps: Group::new(Swaps { calls: Arc::clone(&calls) }, Arc::clone(&calls)),
            ends: Group::new(Ends { calls: Arc::clone(&calls) }, Arc::clone(&calls)),
            offers: Group::new(Offers { calls: Arc::clone(&calls) }, Arc::clone(&calls)),
            held: Mutex::default(),
            has_taken_on: AtomicBool::new(false),
            orphans_at: AtomicI64::new(i64::MIN),
            calls,
            clock,
            numbers,
            room,
            aside,
            bodies,
            loose,
            histograms,
            handing,
        }
    }

    /// Swaps the document of this id, if it is as expected.
    pub(super) async fn swap(
        &self,
        id: JobId,
        expect: RawDocumentBuf,
        update: RawDocumentBuf,
        mark: i64,
        during: &'static str,
    ) -> Result<bool, Fault> {
        self.swaps.ask(Swap { id, expect, update, mark }, during).await
    }

    /// The same for a record of the room.
    async fn become_next(
        &self,
        expect: RawDocumentBuf,
        next: &Job,
        during: &'static str,
    ) -> Result<bool, Fault> {
        let mark = self.numbers.mark();
        let change = Change::to(next, mark).map_err(|why| unwritable(during, why))?;
        self.swap(next.id, expect, change.into_update(), mark, during).await
    }

    fn held(&self) -> MutexGuard<'_, HashMap<(JobId, u64), Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A record that cannot be written as a document.
fn unwritable(during: &'static str, why: Unreadable) -> Fault {
    Fault::because(FaultKind::Corrupt, during, why)
}

/// Others were faster every time.
pub(super) fn outrun(during: &'static str) -> Fault {
    Fault::because(FaultKind::Unavailable, during, "the record changes faster than it can be looked at")
}

#[async_trait]
impl JobStore for JobsInMongo {
    async fn admit(&self, new: NewJob) -> Result<Admission, Fault> {
        self.take_in(new).await
    }

    async fn offered(&self, tickets: &[Ticket], at: Timestamp) -> Result<(), Fault> {
        let tickets = self.handing.to_note(tickets, at);
        if tickets.is_empty() {
            return Ok(());
        }
        self.offers.ask((tickets, at), "note an offer").await
    }

    async fn overdue(&self, now: Timestamp, limit: usize) -> Result<Vec<Ticket>, Fault> {
        self.find_overdue(now, limit).await
    }

    async fn claim(&self, ticket: Ticket, who: &WorkerId, now: Timestamp) -> Result<Option<Hold>, Fault> {
        self.hold(Claim { ticket, who: who.clone(), now, lightly: false }).await
    }

    async fn take(&self, ticket: Ticket, who: &WorkerId, now: Timestamp) -> Result<Option<Hold>, Fault> {
        self.hold(Claim { ticket, who: who.clone(), now, lightly: true }).await
    }

    async fn renew(&self, hold: &Job, now: Timestamp, lease: Lease) -> Result<StillHeld, Fault> {
        self.prolong(hold, now, lease).await
    }

    async fn release(&self, hold: &Job, from: Timestamp) -> Result<(), Fault> {
        self.give_back(hold, from).await
    }

    async fn settle(&self, hold: &Job, ending: Ending, now: Timestamp) -> Result<Settled, Fault> {
        self.end(hold, ending, now).await
    }

    async fn amend(&self, id: JobId, order: Order, now: Timestamp) -> Result<Carried, Fault> {
        self.order(id, order, now).await
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<usize, Fault> {
        self.sweep_away(now, limit).await
    }
}
