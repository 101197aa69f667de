//! Claims jobs in batches.
//!
//! First claims differ only in the job's id. So one statement changes all of them, at a fraction of the cost of one
//! statement per job.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use async_trait::async_trait;
use bson::{RawDocument, RawDocumentBuf};
use tally_jobs::id::{JobId, WorkerId};
use tally_jobs::record::{Job, Ticket};
use tally_jobs::state::JobState;
use tally_kernel::{Lease, Timestamp};

use super::find_by_id::FindById;
use super::quarantine::Quarantine;
use super::store::{MAX_ATTEMPTS, contended};
use super::update_statements::{self, Statement};
use crate::batcher::BatchOperation;
use crate::codec::record::{Change, Record, Stored, open_as_in};
use crate::error::{Effect, SharedFault};
use crate::sequence::Sequence;

/// The operation's name in faults.
pub const DURING: &str = "claim a job";

#[derive(Debug)]
pub struct ClaimRequest {
    /// The message that was delivered.
    pub ticket: Ticket,
    pub worker: WorkerId,
    /// The time of the claim.
    pub now: Timestamp,
    /// Whether the claim may stay unwritten if the job allows it.
    pub may_defer: bool,
}

/// A claimed job, before and after.
#[derive(Debug)]
pub struct ClaimedRecord {
    pub job: Job,
    /// The record before the claim.
    pub record: Record,
    /// The document as claimed, without the submitted content.
    pub document: RawDocumentBuf,
    /// For a deferred claim: the update that writes it, and its mark.
    pub deferred: Option<(RawDocumentBuf, i64)>,
}

/// Claims jobs. `None`: this message may not claim its job.
pub struct ClaimJobs {
    /// Reads the records.
    pub find: FindById,
    /// Generates marks.
    pub sequence: Arc<Sequence>,
    /// Unreadable documents.
    pub quarantine: Arc<Quarantine>,
}

type Answer = Result<Option<ClaimedRecord>, SharedFault>;

/// Jobs that change by the same update.
struct UniformUpdate {
    update: RawDocumentBuf,
    /// The records, with their indexes in the batch.
    claimed: Vec<(usize, ClaimedRecord)>,
}

#[async_trait]
impl BatchOperation for ClaimJobs {
    type Item = ClaimRequest;
    type Output = Option<ClaimedRecord>;
    const EFFECT: Effect = Effect::Write;
    // Larger batches make claims cheaper, and a worker that waits has other jobs to run.
    const MAX_CONCURRENT: usize = 1;

    fn bytes(_: &ClaimRequest) -> usize {
        // The size of the reply: a record with a small text.
        32 << 10
    }

    async fn execute(&self, items: Vec<ClaimRequest>) -> Result<Vec<Answer>, SharedFault> {
        // Of several messages for one job in a batch, only the first may claim it.
        let mut seen = HashSet::new();
        let mut answers: Vec<Option<Answer>> =
            items.iter().map(|claim| (!seen.insert(claim.ticket.id)).then_some(Ok(None))).collect();
        for _ in 0..MAX_ATTEMPTS {
            let open: Vec<usize> = (0..items.len()).filter(|&index| answers[index].is_none()).collect();
            if open.is_empty() {
                break;
            }
            self.attempt(&items, &open, &mut answers).await?;
        }
        let contended = || SharedFault::from(contended(DURING));
        Ok(answers.into_iter().map(|answer| answer.unwrap_or_else(|| Err(contended()))).collect())
    }
}

impl ClaimJobs {
    /// Decides the open claims by the current documents. Claims that lost a race stay open.
    async fn attempt(
        &self,
        items: &[ClaimRequest],
        open: &[usize],
        answers: &mut [Option<Answer>],
    ) -> Result<(), SharedFault> {
        let ids: Vec<JobId> = open.iter().map(|&index| items[index].ticket.id).collect();
        let documents = self.find.many(&ids, DURING).await?;
        let mark = self.sequence.mark();
        // One time for the whole batch, so that the updates are equal.
        let now = items.iter().map(|claim| claim.now).max().unwrap_or(Timestamp::from_ms(0));
        let mut groups: HashMap<(JobState, Option<Lease>, Vec<u8>), UniformUpdate> = HashMap::new();
        for &index in open {
            let document = documents.get(&items[index].ticket.id);
            let Some((mut claimed, update)) =
                document.and_then(|document| self.apply(document, &items[index], now, mark))
            else {
                answers[index] = Some(Ok(None));
                continue;
            };
            let was = &claimed.record.job;
            // A redelivered message may mean that a worker crashed. That must be counted, so the claim is written.
            if items[index].may_defer && was.may_claim_lazily() && !items[index].ticket.redelivered {
                claimed.deferred = Some((update, mark));
                answers[index] = Some(Ok(Some(claimed)));
                continue;
            }
            let key = (was.state, was.lease, update.as_bytes().to_vec());
            groups
                .entry(key)
                .or_insert(UniformUpdate { update, claimed: Vec::new() })
                .claimed
                .push((index, claimed));
        }
        if groups.is_empty() {
            return Ok(());
        }
        let groups: Vec<UniformUpdate> = groups.into_values().collect();
        let statements = groups.iter().map(|group| group.statement(mark)).collect();
        let done = update_statements::execute(&self.find.db, statements).await?;
        for (UniformUpdate { claimed, .. }, changed) in groups.into_iter().zip(done) {
            let changed = changed
                .map_or_else(|why| vec![Err(why); claimed.len()], |all| all.into_iter().map(Ok).collect());
            for ((index, claimed), changed) in claimed.into_iter().zip(changed) {
                match changed {
                    Ok(true) => answers[index] = Some(Ok(Some(claimed))),
                    Ok(false) => {}
                    Err(why) => answers[index] = Some(Err(why)),
                }
            }
        }
        Ok(())
    }

    /// Applies a claim to a document. `None`: the claim is not allowed.
    fn apply(
        &self,
        document: &RawDocument,
        claim: &ClaimRequest,
        now: Timestamp,
        mark: i64,
    ) -> Option<(ClaimedRecord, RawDocumentBuf)> {
        let Some(Stored::Job(record)) = self.quarantine.read(document) else { return None };
        let job = record.job.clone().claimed(claim.ticket, &claim.worker, now, Lease::from(now))?;
        let change = Change::claimed(&record.job, &job, &claim.worker, mark);
        // The document was parsed above, so this cannot fail.
        let document = change.clone().without_content().made_of(document).ok()?;
        Some((ClaimedRecord { job, record: *record, document, deferred: None }, change.into_update()))
    }
}

impl UniformUpdate {
    fn statement(&self, mark: i64) -> Statement {
        let records: Vec<&Record> = self.claimed.iter().map(|(_, claimed)| &claimed.record).collect();
        let ids = records.iter().map(|record| record.job.id).collect();
        Statement { ids, expect: open_as_in(&records), update: self.update.clone(), mark }
    }
}
