//! The loops beside the work: relay and sweep.
//!
//! Each is safe to run in every process at once, and ends when told to.

use std::time::Duration;

use tally_jobs::relay::Relay;
use tally_jobs::sweep::Sweep;
use tokio_util::sync::CancellationToken;

/// How often the relay looks: a job whose ticket was lost is picked up well within two seconds.
const RELAY_EVERY: Duration = Duration::from_millis(250);
/// How long it rests after a fault.
const REST: Duration = Duration::from_secs(1);
/// How often ended jobs are looked through.
const SWEEP_EVERY: Duration = Duration::from_secs(30);

/// Hands out overdue tickets until `stop`.
pub async fn relay(relay: Relay, stop: CancellationToken) {
    stop.run_until_cancelled(async {
        loop {
            let pause = match relay.step().await {
                Ok(0) => RELAY_EVERY,
                Ok(_) => Duration::ZERO,
                Err(fault) => {
                    tracing::warn!(%fault, "the relay could not hand tickets out; trying again");
                    REST
                }
            };
            relay.clock.sleep(pause).await;
        }
    })
    .await;
}

/// Forgets jobs whose time is over until `stop`.
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
