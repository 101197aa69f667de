//! The background tasks of a process: worker slots, and maintenance.

use std::sync::Arc;

use tally_boot::supervise::Supervisor;
use tally_worker::{ShutdownTokens, WorkerSlot};

use crate::composition::App;
#[cfg(feature = "cluster")]
use crate::composition::ClusterAdapters;

/// Slots per counting thread. A job mostly waits for its page or the disk, and the store writes larger batches when
/// more slots wait.
pub(super) const SLOTS: usize = 32;

/// Starts clones of `slot` on the current runtime.
pub(super) fn start_slots(slot: &WorkerSlot, supervisor: &Supervisor, slots: usize) {
    for _ in 0..slots {
        let slot = slot.clone();
        supervisor.restart_on_exit("slot", move || slot.clone().run());
    }
}

/// Starts relay, sweep and the census for the metrics, until the drain.
pub(super) fn start_maintenance(app: &App, supervisor: &Supervisor, tokens: &ShutdownTokens) {
    let (relay, stop) = (app.relay.clone(), tokens.drain.clone());
    supervisor.restart_on_exit("relay", move || tally_worker::relay(relay.clone(), stop.clone()));
    let (sweep, stop) = (app.sweep.clone(), tokens.drain.clone());
    supervisor.restart_on_exit("sweep", move || tally_worker::sweep(sweep.clone(), stop.clone()));
    let (query, observer) = (app.deps.query.clone(), Arc::clone(&app.observer));
    let stop = tokens.drain.clone();
    supervisor.restart_on_exit("census", move || {
        let (query, observer, stop) = (query.clone(), Arc::clone(&observer), stop.clone());
        async move {
            stop.run_until_cancelled(observer.count_jobs(&query)).await;
        }
    });
}

/// Starts to poll the depth of the broker's queues, until the drain.
#[cfg(feature = "cluster")]
pub(super) fn start_depth_polling(
    app: &App,
    adapters: &ClusterAdapters,
    supervisor: &Supervisor,
    tokens: &ShutdownTokens,
) {
    let polling = adapters.poll_depth(Arc::clone(&app.system.clock));
    let (mut polling, stop) = (Some(polling), tokens.drain.clone());
    supervisor.restart_on_exit("depth", move || {
        let (polling, stop) = (polling.take(), stop.clone());
        async move {
            if let Some(polling) = polling {
                stop.run_until_cancelled(polling).await;
            }
        }
    });
}
