//! Takes jobs for workers, many at a time.
//!
//! Jobs that were never tried become the same by their claim, but for who they are: one statement is enough for all of
//! them, and costs the server a fraction of one for each.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use async_trait::async_trait;
use bson::{RawDocument, RawDocumentBuf};
use tally_jobs::model::{Job, JobId, Ticket, WorkerId};
use tally_jobs::state::State;
use tally_kernel::{Lease, Timestamp};

use super::aside::Aside;
use super::finds::Finds;
use super::statements::{self, Statement};
use super::store::{LOOKS, outrun};
use crate::codec::record::{Change, Record, Stored, open_as_in};
use crate::error::{Effect, SharedFault};
use crate::group::Batch;
use crate::numbers::Numbers;

/// What a claim is called where it fails.
pub const DURING: &str = "claim a job";

/// One claim.
#[derive(Debug)]
pub struct Claim {
    /// What was handed out.
    pub ticket: Ticket,
    /// To whom.
    pub who: WorkerId,
    /// When.
    pub now: Timestamp,
    /// Whether the claim of a light job may be left unwritten.
    pub lightly: bool,
}

/// A job that was taken: as it is now, and as it was found.
#[derive(Debug)]
pub struct Taken {
    /// The job as it is held.
    pub job: Job,
    /// Its record before.
    pub record: Record,
    /// Its document as it is held, without what was handed in.
    pub document: RawDocumentBuf,
    /// What writes the claim, when that was left undone, and its mark.
    pub unwritten: Option<(RawDocumentBuf, i64)>,
}

/// The claims. `None`: this ticket may not take its job.
pub struct Claims {
    /// How records are found.
    pub finds: Finds,
    /// Marks.
    pub numbers: Arc<Numbers>,
    /// Documents that cannot be read.
    pub aside: Arc<Aside>,
}

type Answer = Result<Option<Taken>, SharedFault>;

/// Jobs that become the same in the same way.
struct Alike {
    update: RawDocumentBuf,
    /// With their places among the asks.
    taken: Vec<(usize, Taken)>,
}

#[async_trait]
impl Batch for Claims {
    type Ask = Claim;
    type Answer = Option<Taken>;
    const EFFECT: Effect = Effect::Write;
    // The more go together, the less each costs, and who waits for a claim has other jobs at hand.
    const AT_ONCE: usize = 1;

    fn bytes(_: &Claim) -> usize {
        // What is read for it: a record with a small text.
        32 << 10
    }

    async fn carry_out(&self, asks: Vec<Claim>) -> Result<Vec<Answer>, SharedFault> {
        // One of several tickets of a job that come at once may take it; the others find it taken.
        let mut seen = HashSet::new();
        let mut answers: Vec<Option<Answer>> =
            asks.iter().map(|claim| (!seen.insert(claim.ticket.id)).then_some(Ok(None))).collect();
        for _ in 0..LOOKS {
            let open: Vec<usize> = (0..asks.len()).filter(|&place| answers[place].is_none()).collect();
            if open.is_empty() {
                break;
            }
            self.look(&asks, &open, &mut answers).await?;
        }
        let outrun = || SharedFault::from(outrun(DURING));
        Ok(answers.into_iter().map(|answer| answer.unwrap_or_else(|| Err(outrun()))).collect())
    }
}

impl Claims {
    /// Decides the open claims by what is there now. Those of which somebody else was faster stay open.
    async fn look(
        &self,
        asks: &[Claim],
        open: &[usize],
        answers: &mut [Option<Answer>],
    ) -> Result<(), SharedFault> {
        let ids: Vec<JobId> = open.iter().map(|&place| asks[place].ticket.id).collect();
        let documents = self.finds.read(&ids).await?;
        let mark = self.numbers.mark();
        // They came together, so one moment does for all, and makes them alike.
        let now = asks.iter().map(|claim| claim.now).max().unwrap_or(Timestamp::from_ms(0));
        let mut kinds: HashMap<(State, Option<Lease>, Vec<u8>), Alike> = HashMap::new();
        for &place in open {
            let document = documents.get(&asks[place].ticket.id);
            let Some((mut taken, update)) =
                document.and_then(|document| self.take(document, &asks[place], now, mark))
            else {
                answers[place] = Some(Ok(None));
                continue;
            };
            let was = &taken.record.job;
            // What came back may have killed whoever had it: that is to be counted.
            if asks[place].lightly && was.is_light() && !asks[place].ticket.redelivered {
                taken.unwritten = Some((update, mark));
                answers[place] = Some(Ok(Some(taken)));
                continue;
            }
            let kind = (was.state, was.lease, update.as_bytes().to_vec());
            kinds.entry(kind).or_insert(Alike { update, taken: Vec::new() }).taken.push((place, taken));
        }
        if kinds.is_empty() {
            return Ok(());
        }
        let kinds: Vec<Alike> = kinds.into_values().collect();
        let statements = kinds.iter().map(|alike| alike.statement(mark)).collect();
        let done = statements::carry_out(&self.finds.calls, statements).await?;
        for (Alike { taken, .. }, changed) in kinds.into_iter().zip(done) {
            let changed = changed
                .map_or_else(|why| vec![Err(why); taken.len()], |all| all.into_iter().map(Ok).collect());
            for ((place, taken), changed) in taken.into_iter().zip(changed) {
                match changed {
                    Ok(true) => answers[place] = Some(Ok(Some(taken))),
                    Ok(false) => {}
                    Err(why) => answers[place] = Some(Err(why)),
                }
            }
        }
        Ok(())
    }

    /// What a claim makes of a document. `None`: it may not take it.
    fn take(
        &self,
        document: &RawDocument,
        claim: &Claim,
        now: Timestamp,
        mark: i64,
    ) -> Option<(Taken, RawDocumentBuf)> {
        let Some(Stored::Job(record)) = self.aside.read(document) else { return None };
        let job = record.job.clone().claimed(claim.ticket, now, Lease::from(now))?;
        let change = Change::claimed(&job, &claim.who, mark);
        // It was read just now.
        let document = change.clone().without_content().made_of(document).ok()?;
        Some((Taken { job, record: *record, document, unwritten: None }, change.into_update()))
    }
}

impl Alike {
    fn statement(&self, mark: i64) -> Statement {
        let records: Vec<&Record> = self.taken.iter().map(|(_, taken)| &taken.record).collect();
        let ids = records.iter().map(|record| record.job.id).collect();
        Statement { ids, expect: open_as_in(&records), update: self.update.clone(), mark }
    }
}
