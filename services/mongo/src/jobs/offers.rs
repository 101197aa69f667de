//! Notes that tickets were offered, many in one command.
//!
//! The one write that need not be durable: a note that is lost costs a repeated ticket, which does no harm.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use bson::{Bson, DateTime, Document, doc};
use tally_jobs::model::Ticket;
use tally_jobs::relay::FORGOTTEN_AFTER;
use tally_jobs::state::State;
use tally_kernel::{Lease, Timestamp};

use crate::calls::Calls;
use crate::codec::failure::millis;
use crate::codec::record::job_id;
use crate::codec::{date, signed};
use crate::error::{Effect, SharedFault};
use crate::group::Batch;
use crate::schema::JOBS;

/// The notes.
pub struct Offers {
    /// The way to the database.
    pub calls: Arc<Calls>,
}

#[async_trait]
impl Batch for Offers {
    type Ask = (Vec<Ticket>, Timestamp);
    type Answer = ();
    const EFFECT: Effect = Effect::Write;

    fn bytes((tickets, _): &Self::Ask) -> usize {
        tickets.len() * 32
    }

    async fn carry_out(&self, asks: Vec<Self::Ask>) -> Result<Vec<Result<(), SharedFault>>, SharedFault> {
        let members = asks.len();
        // They came together, so the last moment is near enough to all.
        let last = asks.iter().map(|(_, at)| *at).max();
        let mut by_turn: BTreeMap<u64, Vec<Bson>> = BTreeMap::new();
        for ticket in asks.into_iter().flat_map(|(tickets, _)| tickets) {
            by_turn.entry(ticket.epoch).or_default().push(job_id(ticket.id).into());
        }
        if let Some(at) = last.filter(|_| !by_turn.is_empty()) {
            let updates: Vec<_> =
                by_turn.into_iter().map(|(epoch, ids)| Bson::from(note(epoch, date(at), ids))).collect();
            let command =
                doc! { "update": JOBS, "updates": updates, "ordered": false, "writeConcern": { "w": 1 } };
            let noted = self.calls.run(Effect::Write, "note offers", |database| async move {
                database.run_command(command).await
            });
            noted.await?;
        }
        Ok((0..members).map(|_| Ok(())).collect())
    }
}

/// All tickets of one turn and moment: their jobs are looked at again when the queue should have forgotten them. For
/// jobs that wait that is `offer_again_at` of the room, in the words of the database.
fn note(epoch: u64, at: DateTime, ids: Vec<Bson>) -> Document {
    let waited = doc! { "$subtract": [at, "$due"] };
    let waits = doc! { "$add": [at, { "$max": [millis(FORGOTTEN_AFTER), waited] }] };
    let runs = doc! { "$add": [at, millis(Lease::LASTS)] };
    let is_waiting = doc! { "$eq": ["$state", State::Queued.as_str()] };
    doc! {
        "q": {
            "_id": { "$in": ids },
            "epoch": signed(epoch),
            "state": { "$in": [State::Queued.as_str(), State::Running.as_str()] },
        },
        "u": [{ "$set": { "wake": { "$cond": [is_waiting, waits, runs] } } }],
        "multi": true,
    }
}
