//! Records that messages were published.
//!
//! The only write that need not be durable: if it is lost, the message is published again, which is harmless.

use std::collections::HashMap;

use bson::{Bson, RawDocument, RawDocumentBuf, doc};
use mongodb::Database;
use mongodb::error::Error;
use tally_jobs::id::JobId;
use tally_jobs::record::Ticket;
use tally_jobs::relay::publish_again_at;
use tally_jobs::state::JobState;
use tally_kernel::{Fault, FaultKind, Lease, Timestamp};

use crate::codec::record::{id_of, job_id};
use crate::codec::{date, moment, signed};
use crate::db_executor::DbExecutor;
use crate::error::Effect;
use crate::schema::JOBS;

/// Records that the messages of these jobs were published.
pub async fn mark_published(db: &DbExecutor, tickets: &[Ticket], at: Timestamp) -> Result<(), Fault> {
    const DURING: &str = "record publishes";
    let turns: HashMap<JobId, u64> = tickets.iter().map(|ticket| (ticket.id, ticket.epoch)).collect();
    let recorded = db.run(Effect::Write, DURING, |database| async move {
        let updates = statements(&database, &turns, at).await?;
        if updates.is_empty() {
            return Ok(None);
        }
        let command =
            doc! { "update": JOBS, "updates": updates, "ordered": false, "writeConcern": { "w": 1 } };
        let done = database.run_command(command).await?;
        let refused = done.get_array("writeErrors").ok().and_then(|errors| errors.first());
        Ok(refused.map(ToString::to_string))
    });
    match recorded.await? {
        None => Ok(()),
        Some(refused) => Err(Fault::because(FaultKind::Unavailable, DURING, refused)),
    }
}

/// The update statements. Jobs with the same next `wake` share one; just admitted jobs all do.
async fn statements(
    database: &Database,
    turns: &HashMap<JobId, u64>,
    at: Timestamp,
) -> Result<Vec<Bson>, Error> {
    let ids: Vec<Bson> = turns.keys().map(|id| job_id(*id).into()).collect();
    let jobs = database.collection::<RawDocumentBuf>(JOBS);
    let fields = doc! { "state": 1, "epoch": 1, "due": 1 };
    let mut cursor = jobs.find(doc! { "_id": { "$in": ids } }).projection(fields).await?;
    let mut alike: HashMap<(u64, JobState, Timestamp), Vec<Bson>> = HashMap::new();
    while cursor.advance().await? {
        let job = cursor.current();
        let Some((id, epoch, state, wake)) = looked_at_again(job, at) else { continue };
        if turns.get(&id) == Some(&epoch) {
            alike.entry((epoch, state, wake)).or_default().push(job_id(id).into());
        }
    }
    let statement = |((epoch, state, wake), ids): ((u64, JobState, Timestamp), Vec<Bson>)| {
        Bson::from(doc! {
            "q": { "_id": { "$in": ids }, "epoch": signed(epoch), "state": state.as_str() },
            "u": { "$set": { "wake": date(wake) }, "$unset": { "by": true } },
            "multi": true,
        })
    };
    Ok(alike.into_iter().map(statement).collect())
}

/// The next `wake` of a job whose message was published `at` this time. A waiting job: when the queue may have lost
/// the message. A running job: when its lease would expire. `None`: the job has finished or the document is
/// unreadable.
fn looked_at_again(job: &RawDocument, at: Timestamp) -> Option<(JobId, u64, JobState, Timestamp)> {
    let epoch = u64::try_from(job.get_i64("epoch").ok()?).ok()?;
    let name = job.get_str("state").ok()?;
    let state = [JobState::Queued, JobState::Running].into_iter().find(|state| state.as_str() == name)?;
    let wake = match state {
        JobState::Running => at.after(Lease::LASTS),
        _ => publish_again_at(moment(job.get_datetime("due").ok()?), at),
    };
    Some((id_of(job)?, epoch, state, wake))
}
