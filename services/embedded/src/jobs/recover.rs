//! Recovery at a start: queues the jobs that were queued or running when the process ended.
//!
//! Reads one narrow table in its own order, so that a million jobs take about a second.

use rusqlite::Connection;
use tally_jobs::id::JobId;
use tally_jobs::record::Ticket;
use tally_kernel::Timestamp;

use crate::jobs::queue_state::QueueState;
use crate::jobs::stored_job::{self, Uuid16};

/// The jobs that a start found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecoveredJobs {
    /// Jobs that were queued.
    pub queued: u64,
    /// Jobs that were running, and are queued again.
    pub interrupted: u64,
}

const RUNNING: &str =
    "SELECT id, epoch, priority, due_at, content_bytes FROM active_jobs WHERE state = 1 ORDER BY seq";
const QUEUED: &str =
    "SELECT id, epoch, priority, due_at, content_bytes FROM active_jobs WHERE state = 0 ORDER BY seq";
/// The attempt and its crash stay counted: the claim wrote both before any work began.
const INTERRUPT: &str = "UPDATE active_jobs SET state = 0, lease_until = NULL, due_at = ?1 WHERE state = 1";
/// Of several jobs that ran, at most one stopped the process, so none is charged. Their histories keep the crash: a job
/// with some of them in a row runs alone, and is charged then.
const INTERRUPT_UNCHARGED: &str = "UPDATE active_jobs SET state = 0, lease_until = NULL, due_at = ?1, \
     attempts = max(attempts - 1, 0), crashes = max(crashes - 1, 0) WHERE state = 1";

/// Fills the state. Interrupted jobs come first, because they have waited longest.
pub fn recover(
    connection: &Connection,
    state: &QueueState,
    now: Timestamp,
) -> rusqlite::Result<RecoveredJobs> {
    let interrupted = load(connection, RUNNING, state, None)?;
    let queued = load(connection, QUEUED, state, Some(now))?;
    if interrupted > 0 {
        let interrupt = if interrupted == 1 { INTERRUPT } else { INTERRUPT_UNCHARGED };
        connection.execute(interrupt, [now.as_ms()])?;
    }
    Ok(RecoveredJobs { queued, interrupted })
}

/// Loads the tickets of a query. Those that are due later than `now` are deferred.
fn load(
    connection: &Connection,
    sql: &str,
    state: &QueueState,
    now: Option<Timestamp>,
) -> rusqlite::Result<u64> {
    let mut known = state.lock();
    let before = known.queues.len();
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        let ticket = Ticket {
            id: JobId::new(row.get::<_, Uuid16>(0)?.0),
            epoch: row.get::<_, i64>(1)?.unsigned_abs(),
            // An unknown priority is one of another version: it counts as normal.
            priority: stored_job::priority(row.get(2)?).unwrap_or_default(),
            redelivered: false,
        };
        let due_at = Timestamp::from_ms(row.get(3)?);
        known.reserved_bytes += row.get::<_, i64>(4)?.unsigned_abs();
        known.enqueue(ticket, due_at, now.is_none_or(|now| due_at <= now));
        count += 1;
    }
    let added = known.queues.len() - before;
    drop(known);
    state.ready.add_permits(added);
    Ok(count)
}
