//! Finds tickets that should be offered (again).
//!
//! One index holds when each job that waits or runs should be looked at: never confirmed, due after a pause, silent
//! beyond its lease, or confirmed so long ago that the queue may have lost it.

use std::time::Duration;

use bson::{Bson, Document, RawDocument, RawDocumentBuf, doc};
use tally_jobs::model::{JobId, Ticket};
use tally_jobs::settings::Priority;
use tally_jobs::state::State;
use tally_kernel::{Fault, Timestamp};

use crate::codec::record::{id_of, job_id};
use crate::codec::{Unreadable, asked, date, unsigned};
use crate::error::Effect;
use crate::jobs::store::JobsInMongo;
use crate::schema::{FORMAT, JOBS};

const DURING: &str = "find overdue tickets";
/// How long a relay has for the tickets that it was given before another one is given them. So two relays rarely
/// double, and one that cannot offer its page leaves the next page to others.
const GIVEN_FOR: Duration = Duration::from_secs(5);

impl JobsInMongo {
    pub(super) async fn find_overdue(&self, now: Timestamp, limit: usize) -> Result<Vec<Ticket>, Fault> {
        // No limit of the query language means none.
        let Some(limit) = i64::try_from(limit).ok().filter(|limit| *limit > 0) else { return Ok(Vec::new()) };
        let me = self.numbers.process();
        let filter = overdue(now, me);
        let found = self.calls.run(Effect::Read, DURING, |database| async move {
            let fields = doc! { "epoch": 1, "asked.priority": 1, "v": 1 };
            let jobs = database.collection::<RawDocumentBuf>(JOBS);
            let mut cursor = jobs.find(filter).sort(doc! { "wake": 1 }).projection(fields).limit(limit).await?;
            let mut found = Vec::new();
            while cursor.advance().await? {
                found.push(cursor.current().to_owned());
            }
            Ok(found)
        });
        let mut tickets = Vec::new();
        for document in found.await? {
            match ticket(&document) {
                Ok(ticket) => tickets.push(ticket),
                Err(why) => self.aside.put(&document, &why),
            }
        }
        if !tickets.is_empty() {
            let lost = self.take_on(&tickets, now, me).await?;
            tickets.retain(|ticket| !lost.contains(&ticket.id));
        }
        Ok(tickets)
    }

    /// Takes tickets on; says which ones another relay has taken.
    async fn take_on(&self, tickets: &[Ticket], now: Timestamp, me: i64) -> Result<Vec<JobId>, Fault> {
        let ids: Vec<Bson> = tickets.iter().map(|ticket| job_id(ticket.id).into()).collect();
        let mut filter = overdue(now, me);
        filter.insert("_id", doc! { "$in": &ids });
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

/// What should be looked at, unless another relay is at it.
fn overdue(now: Timestamp, me: i64) -> Document {
    doc! {
        "state": { "$in": [State::Queued.as_str(), State::Running.as_str()] },
        "wake": { "$lte": date(now) },
        "aside": { "$not": { "$gte": FORMAT } },
        "$or": [{ "relay_by": { "$in": [me, null] } }, { "relay_until": { "$lte": date(now) } }],
    }
}

fn ticket(document: &RawDocument) -> Result<Ticket, Unreadable> {
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
    Ok(Ticket { id, epoch: unsigned(epoch, "epoch")?, priority, redelivered: false })
}
