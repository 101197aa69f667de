//! Finds tickets that should be offered (again).
//!
//! One index holds when each job that waits or runs should be looked at: never confirmed, due after a pause, silent
//! beyond its lease, or confirmed so long ago that the queue may have lost it.

use std::sync::atomic::Ordering;
use std::time::Duration;

use bson::{Bson, Document, RawDocument, RawDocumentBuf, doc};
use tally_jobs::model::{JobId, Ticket};
use tally_jobs::notes::LEFT_TO_SUBMIT;
use tally_jobs::relay::FORGOTTEN_AFTER;
use tally_jobs::settings::Priority;
use tally_kernel::{Fault, Timestamp};

use crate::codec::record::{id_of, job_id};
use crate::codec::{Unreadable, asked, date, moment, unsigned};
use crate::error::Effect;
use crate::jobs::handing::Silent;
use crate::jobs::store::JobsInMongo;
use crate::schema::{FORMAT, JOBS};

const DURING: &str = "find overdue tickets";
/// How long a relay has for the tickets that it was given before another one is given them. So two relays rarely
/// double, and one that cannot offer its page leaves the next page to others.
const GIVEN_FOR: Duration = Duration::from_secs(5);

impl JobsInMongo {
    pub(super) async fn find_overdue(&self, now: Timestamp, limit: usize) -> Result<Vec<Ticket>, Fault> {
        // No limit of the query language means none.
        let Some(most) = i64::try_from(limit).ok().filter(|limit| *limit > 0) else { return Ok(Vec::new()) };
        let unclaimed = self.due(free(now), most);
        let (free, mine) = match self.has_taken_on.load(Ordering::Relaxed) {
            false => (unclaimed.await?, Vec::new()),
            true => {
                let mine = doc! { "relay_by": self.numbers.process(), "relay_until": { "$gt": date(now) } };
                tokio::try_join!(unclaimed, self.due(overdue(now, mine), most))?
            }
        };
        let mut free = self.tickets(&free);
        free.extend(self.left_by_silent(now, most).await?);
        let late = self.handing.late(now, limit);
        free.extend(&late);
        let lost = if free.is_empty() { Vec::new() } else { self.take_on(&free, now).await? };
        late.iter().filter(|(_, ticket)| lost.contains(&ticket.id)).for_each(|(_, ticket)| {
            self.handing.end(ticket.id);
        });
        let mine = self.tickets(&mine);
        self.has_taken_on.store(free.len() + mine.len() > lost.len(), Ordering::Relaxed);
        let mut all: Vec<(Timestamp, Ticket)> = free.into_iter().chain(mine).collect();
        all.retain(|(_, ticket)| !lost.contains(&ticket.id));
        all.sort_by_key(|(wake, _)| *wake);
        Ok(all.into_iter().map(|(_, ticket)| ticket).take(limit).collect())
    }

    /// What other processes admitted and may not have handed out, because they have not told for a while.
    async fn left_by_silent(&self, now: Timestamp, most: i64) -> Result<Vec<(Timestamp, Ticket)>, Fault> {
        // As they were written: to be looked at when the queue may have forgotten them.
        let written = |at: Timestamp| date(at.after(FORGOTTEN_AFTER));
        let last = now.before(LEFT_TO_SUBMIT);
        let mut left = Vec::new();
        for Silent { process, until } in self.handing.silent(now).await? {
            let theirs = doc! {
                "wake": { "$gt": written(until), "$lte": written(last) },
                "by": process,
                "epoch": 0_i64,
                "lease": null,
                "finished": null,
                "relay_until": { "$not": { "$gt": date(now) } },
            };
            let found = self.due(theirs, most).await?;
            let admitted = |(wake, ticket): (Timestamp, Ticket)| (wake.before(FORGOTTEN_AFTER), ticket);
            left.extend(self.tickets(&found).into_iter().map(admitted));
        }
        Ok(left)
    }

    async fn due(&self, filter: Document, limit: i64) -> Result<Vec<RawDocumentBuf>, Fault> {
        let found = self.calls.run(Effect::Read, DURING, |database| async move {
            let fields = doc! { "wake": 1, "epoch": 1, "asked.priority": 1, "v": 1 };
            let jobs = database.collection::<RawDocumentBuf>(JOBS);
            let mut cursor =
                jobs.find(filter).sort(doc! { "wake": 1 }).projection(fields).limit(limit).await?;
            let mut found = Vec::new();
            while cursor.advance().await? {
                found.push(cursor.current().to_owned());
            }
            Ok(found)
        });
        found.await
    }

    /// The tickets of these documents, each with its time. What is no job is set aside.
    fn tickets(&self, documents: &[RawDocumentBuf]) -> Vec<(Timestamp, Ticket)> {
        let read = |document: &RawDocumentBuf| {
            ticket(document).inspect_err(|why| self.aside.put(document, why)).ok()
        };
        documents.iter().filter_map(read).collect()
    }

    /// Takes tickets on; says which ones another relay has taken.
    async fn take_on(&self, tickets: &[(Timestamp, Ticket)], now: Timestamp) -> Result<Vec<JobId>, Fault> {
        let ids: Vec<Bson> = tickets.iter().map(|(_, ticket)| job_id(ticket.id).into()).collect();
        let me = self.numbers.process();
        let mut filter = free(now);
        filter.insert("_id", doc! { "$in": &ids });
        // Some are looked at before the time in them, because their process does not answer for them.
        filter.remove("wake");
        let taken = doc! { "$set": { "relay_by": me, "relay_until": date(now.after(GIVEN_FOR)) } };
        let count = tickets.len();
        let others = self.calls.run(Effect::Write, DURING, |database| async move {
            let jobs = database.collection::<RawDocumentBuf>(JOBS);
            // Not durable: what is forgotten of this costs a repeated ticket at most.
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

/// What no relay is at.
fn free(now: Timestamp) -> Document {
    overdue(now, doc! { "relay_until": { "$not": { "$gt": date(now) } } })
}

/// What should be looked at, of the jobs whose relay is such. It names neither state nor alternatives, with which a
/// server may prefer another index than the one of times, and walk through all that wait.
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
    let format = document.get_i32("v").map_err(|_| Unreadable::Range("format"))?;
    if format > FORMAT {
        return Err(Unreadable::Newer(format));
    }
    let id = id_of(document).ok_or(Unreadable::Range("id"))?;
    let epoch = document.get_i64("epoch").map_err(|_| Unreadable::Range("epoch"))?;
    let asked = document.get_document("asked").ok();
    let priority = match asked.and_then(|asked| asked.get_str("priority").ok()) {
        Some(name) => asked::priority(name)?,
        None => Priority::Normal,
    };
    let wake = moment(document.get_datetime("wake").map_err(|_| Unreadable::Range("wake"))?);
    Ok((wake, Ticket { id, epoch: unsigned(epoch, "epoch")?, priority, redelivered: false }))
}
