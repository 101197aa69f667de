//! The tasks of a process: slots that work, and the rounds beside them.

use std::sync::Arc;

use tally_boot::supervise::Supervisor;
use tally_worker::{ShutdownTokens, WorkerSlot};

use crate::wire::House;
#[cfg(feature = "cluster")]
use crate::wire::Members;

/// Slots for each worker: most of a job's life is waiting for its page or for the disk, and the store writes the
/// more at once the more ask.
pub(super) const SLOTS: usize = 32;

/// Starts so many slots on the runtime whose context this is.
pub(super) fn start_slots(slot: &WorkerSlot, supervisor: &Supervisor, slots: usize) {
    for _ in 0..slots {
        let slot = slot.clone();
        supervisor.restart_on_exit("slot", move || slot.clone().run());
    }
}

/// Starts relay, sweep, and who counts jobs for the metrics, each until the drain.
pub(super) fn start_rounds(house: &House, supervisor: &Supervisor, tokens: &ShutdownTokens) {
    let (relay, stop) = (house.relay.clone(), tokens.drain.clone());
    supervisor.restart_on_exit("relay", move || tally_worker::relay(relay.clone(), stop.clone()));
    let (sweep, stop) = (house.sweep.clone(), tokens.drain.clone());
    supervisor.restart_on_exit("sweep", move || tally_worker::sweep(sweep.clone(), stop.clone()));
    let (query, observed) = (house.deps.query.clone(), Arc::clone(&house.observed));
    let stop = tokens.drain.clone();
    supervisor.restart_on_exit("census", move || {
        let (query, observed, stop) = (query.clone(), Arc::clone(&observed), stop.clone());
        async move {
            stop.run_until_cancelled(observed.count_jobs(&query)).await;
        }
    });
}

/// Starts to watch what lies on the broker, until the drain.
#[cfg(feature = "cluster")]
pub(super) fn watch_depth(
    house: &House,
    members: &Members,
    supervisor: &Supervisor,
    tokens: &ShutdownTokens,
) {
    let watching = members.watch_depth(Arc::clone(&house.basics.clock));
    let (mut watching, stop) = (Some(watching), tokens.drain.clone());
    supervisor.restart_on_exit("depth", move || {
        let (watching, stop) = (watching.take(), stop.clone());
        async move {
            if let Some(watching) = watching {
                stop.run_until_cancelled(watching).await;
            }
        }
    });
}
