//! What a start finds: jobs that waited, and jobs whose worker died with the process.
//!
//! Reads one narrow table in its own order, so that a million jobs take about a second.

use rusqlite::Connection;
use tally_jobs::model::{JobId, Ticket};
use tally_kernel::Timestamp;

use crate::jobs::board::Board;
use crate::jobs::record::{self, Uuid16};

/// What was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Jobs that waited.
    pub waiting: u64,
    /// Jobs that ran, and wait again.
    pub interrupted: u64,
}

const RUNNING: &str = "SELECT id, epoch, priority, due_at, bytes FROM live WHERE state = 1 ORDER BY seq";
const QUEUED: &str = "SELECT id, epoch, priority, due_at, bytes FROM live WHERE state = 0 ORDER BY seq";
/// The attempt stays charged and its crash counted: the claim did both before any work began.
const INTERRUPT: &str =
    "UPDATE live SET state = 0, lease_until = NULL, worker = NULL, due_at = ?1 WHERE state = 1";

/// Fills the board; those that ran come first, for they waited longest.
pub fn recover(connection: &Connection, board: &Board, now: Timestamp) -> rusqlite::Result<Found> {
    let interrupted = load(connection, RUNNING, board, None)?;
    let waiting = load(connection, QUEUED, board, Some(now))?;
    if interrupted > 0 {
        connection.execute(INTERRUPT, [now.as_ms()])?;
    }
    Ok(Found { waiting, interrupted })
}

/// Loads the tickets of a query; those that are due later than `now` are kept aside.
fn load(connection: &Connection, sql: &str, board: &Board, now: Option<Timestamp>) -> rusqlite::Result<u64> {
    let mut state = board.lock();
    let before = state.lines.len();
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        let ticket = Ticket {
            id: JobId::new(row.get::<_, Uuid16>(0)?.0),
            epoch: row.get::<_, i64>(1)?.unsigned_abs(),
            // An unknown class is a class of another version: it waits like any other.
            priority: record::priority(row.get(2)?).unwrap_or_default(),
            redelivered: false,
        };
        let due_at = Timestamp::from_ms(row.get(3)?);
        state.taken_bytes += row.get::<_, i64>(4)?.unsigned_abs();
        state.waits(ticket, due_at, now.is_none_or(|now| due_at <= now));
        count += 1;
    }
    let more = state.lines.len() - before;
    drop(state);
    board.ready.add_permits(more);
    Ok(count)
}
