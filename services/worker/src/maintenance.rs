//! The maintenance loops: relay and sweep.
//!
//! Each may run in every process at once. It ends when its token is cancelled.

use std::time::Duration;

use tally_jobs::relay::Relay;
use tally_jobs::sweep::Sweep;
use tokio_util::sync::CancellationToken;

/// The pause between two steps of the relay: it finds a job whose ticket was lost well within two seconds.
const RELAY_EVERY: Duration = Duration::from_millis(250);
/// The pause after a fault.
const FAULT_PAUSE: Duration = Duration::from_secs(1);
/// The pause between two sweeps.
const SWEEP_EVERY: Duration = Duration::from_secs(30);

/// Publishes overdue tickets until `stop`.
pub async fn relay(relay: Relay, stop: CancellationToken) {
    stop.run_until_cancelled(async {
        loop {
            let pause = match relay.step().await {
                Ok(0) => RELAY_EVERY,
                Ok(_) => Duration::ZERO,
                Err(fault) => {
                    tracing::warn!(%fault, "the relay could not hand tickets out; trying again");
                    FAULT_PAUSE
                }
            };
            relay.clock.sleep(pause).await;
        }
    })
    .await;
}

/// Purges jobs whose retention is over until `stop`.
pub async fn sweep(sweep: Sweep, stop: CancellationToken) {
    stop.run_until_cancelled(async {
        loop {
            sweep.clock.sleep(SWEEP_EVERY).await;
            loop {
                match sweep.step().await {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(fault) => {
                        tracing::warn!(%fault, "old jobs could not be forgotten; trying again later");
                        break;
                    }
                }
            }
        }
    })
    .await;
}
