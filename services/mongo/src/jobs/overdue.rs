//! Finds messages to publish or publish again.
//!
//! One index on `wake` finds them all: never confirmed, due after a retry pause, lease expired, or confirmed so long
//! ago that the queue may have lost the message.

use std::sync::atomic::Ordering;
use std::time::Duration;

use bson::{Bson, Document, RawDocument, RawDocumentBuf, doc};
use futures_util::TryStreamExt;
use tally_jobs::codec::asked::priority;
use tally_jobs::confirmed_publishes::SUBMIT_GRACE;
use tally_jobs::id::JobId;
use tally_jobs::options::Priority;
use tally_jobs::record::Ticket;
use tally_jobs::relay::PUBLISH_AGAIN_AFTER;
use tally_kernel::{Fault, Timestamp};

use crate::codec::record::{format_of, id_of, job_id};
use crate::codec::{Unreadable, date, moment, unsigned};
use crate::error::Effect;
use crate::jobs::outbox_watermark::StaleProcess;
use crate::jobs::store::MongoJobStore;
use crate::schema::{FORMAT, JOBS};

const DURING: &str = "find overdue tickets";
/// How long a relay keeps the messages it was given before another relay gets them. So two relays rarely publish
/// twice, and a relay that cannot publish does not block the rest.
const RESERVED_FOR: Duration = Duration::from_secs(5);

impl MongoJobStore {
    pub(super) async fn find_overdue(&self, now: Timestamp, limit: usize) -> Result<Vec<Ticket>, Fault> {
        // A limit of 0 would mean no limit to MongoDB.
        let Some(max) = i64::try_from(limit).ok().filter(|limit| *limit > 0) else { return Ok(Vec::new()) };
        let due = self.find_due(unreserved(now), max);
        let (others, mine) = match self.has_reserved_messages.load(Ordering::Relaxed) {
            false => (due.await?, Vec::new()),
            true => {
                let mine = doc! { "relay_by": self.sequence.process(), "relay_until": { "$gt": date(now) } };
                tokio::try_join!(due, self.find_due(overdue(now, mine), max))?
            }
        };
        let mut others = self.tickets(&others);
        others.extend(self.unpublished_of_stale_processes(now, max).await?);
        let unconfirmed = self.watermark.overdue(now, limit);
        others.extend(&unconfirmed);
        let lost = if others.is_empty() { Vec::new() } else { self.reserve_for_relay(&others, now).await? };
        unconfirmed.iter().filter(|(_, ticket)| lost.contains(&ticket.id)).for_each(|(_, ticket)| {
            self.watermark.untrack(ticket.id);
        });
        let mine = self.tickets(&mine);
        self.has_reserved_messages.store(others.len() + mine.len() > lost.len(), Ordering::Relaxed);
        let mut all: Vec<(Timestamp, Ticket)> = others.into_iter().chain(mine).collect();
        all.retain(|(_, ticket)| !lost.contains(&ticket.id));
        all.sort_by_key(|(wake, _)| *wake);
        Ok(all.into_iter().map(|(_, ticket)| ticket).take(limit).collect())
    }

    /// Jobs of stale processes that may not have been published.
    async fn unpublished_of_stale_processes(
        &self,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<(Timestamp, Ticket)>, Fault> {
        // A tracked job was written with this `wake`: when the queue may have lost its message.
        let written = |at: Timestamp| date(at.after(PUBLISH_AGAIN_AFTER));
        let last = now.before(SUBMIT_GRACE);
        let mut left = Vec::new();
        for StaleProcess { process, watermark } in self.watermark.stale_processes(now).await? {
            let theirs = doc! {
                "wake": { "$gt": written(watermark), "$lte": written(last) },
                "by": process,
                "epoch": 0_i64,
                "lease": null,
                "finished": null,
                "relay_until": { "$not": { "$gt": date(now) } },
            };
            let found = self.find_due(theirs, limit).await?;
            let admitted = |(wake, ticket): (Timestamp, Ticket)| (wake.before(PUBLISH_AGAIN_AFTER), ticket);
            left.extend(self.tickets(&found).into_iter().map(admitted));
        }
        Ok(left)
    }

    async fn find_due(&self, filter: Document, limit: i64) -> Result<Vec<RawDocumentBuf>, Fault> {
        let fields = doc! { "wake": 1, "epoch": 1, "asked.priority": 1, "v": 1 };
        self.by_wake(filter, fields, limit, DURING).await
    }

    /// The jobs and tombstones that match, the earliest `wake` first.
    pub(super) async fn by_wake(
        &self,
        filter: Document,
        fields: Document,
        limit: i64,
        during: &'static str,
    ) -> Result<Vec<RawDocumentBuf>, Fault> {
        let found = self.db.run(Effect::Read, during, move |database| async move {
            let jobs = database.collection::<RawDocumentBuf>(JOBS);
            let find = jobs.find(filter).sort(doc! { "wake": 1 }).projection(fields).limit(limit);
            find.await?.try_collect().await
        });
        found.await
    }

    /// The messages of these documents, each with its `wake`. Unreadable documents are quarantined.
    fn tickets(&self, documents: &[RawDocumentBuf]) -> Vec<(Timestamp, Ticket)> {
        let read = |document: &RawDocumentBuf| {
            ticket(document).inspect_err(|why| self.quarantine.add(document, why)).ok()
        };
        documents.iter().filter_map(read).collect()
    }

    /// Reserves messages for this relay. Returns those that another relay has reserved.
    async fn reserve_for_relay(
        &self,
        tickets: &[(Timestamp, Ticket)],
        now: Timestamp,
    ) -> Result<Vec<JobId>, Fault> {
        let ids: Vec<Bson> = tickets.iter().map(|(_, ticket)| job_id(ticket.id).into()).collect();
        let me = self.sequence.process();
        let mut filter = unreserved(now);
        filter.insert("_id", doc! { "$in": &ids });
        // Jobs of stale processes are published before their `wake`.
        filter.remove("wake");
        let taken = doc! { "$set": { "relay_by": me, "relay_until": date(now.after(RESERVED_FOR)) } };
        let count = tickets.len();
        let others = self.db.run(Effect::Write, DURING, |database| async move {
            let jobs = database.collection::<RawDocumentBuf>(JOBS);
            // Not durable: if this is lost, a message is at most published twice.
            let done = jobs.update_many(filter, taken).await?;
            if done.matched_count == count as u64 {
                return Ok(Vec::new());
            }
            let theirs = doc! { "_id": { "$in": ids }, "relay_by": { "$ne": me } };
            let mut cursor = jobs.find(theirs).projection(doc! { "_id": 1 }).await?;
            let mut others = Vec::new();
            while cursor.advance().await? {
                others.extend(id_of(cursor.current()));
            }
            Ok(others)
        });
        others.await
    }
}

/// Jobs that no relay has reserved.
fn unreserved(now: Timestamp) -> Document {
    overdue(now, doc! { "relay_until": { "$not": { "$gt": date(now) } } })
}

/// Jobs to look at now, with this condition on the relay. The filter names no state and has no `$or`: with those a
/// server may choose another index than the one on `wake` and scan all waiting jobs.
fn overdue(now: Timestamp, relay: Document) -> Document {
    let mut filter = doc! {
        "wake": { "$lte": date(now) },
        "finished": null,
        "aside": { "$not": { "$gte": FORMAT } },
    };
    filter.extend(relay);
    filter
}

fn ticket(document: &RawDocument) -> Result<(Timestamp, Ticket), Unreadable> {
    format_of(document)?;
    let id = id_of(document).ok_or(Unreadable::Range("id"))?;
    let epoch = document.get_i64("epoch").map_err(|_| Unreadable::Range("epoch"))?;
    let asked = document.get_document("asked").ok();
    let priority = match asked.and_then(|asked| asked.get_str("priority").ok()) {
        Some(name) => priority(name)?,
        None => Priority::Normal,
    };
    let wake = moment(document.get_datetime("wake").map_err(|_| Unreadable::Range("wake"))?);
    Ok((wake, Ticket { id, epoch: unsigned(epoch, "epoch")?, priority, redelivered: false }))
}
