//! Brings a queue back that does not answer.
//!
//! A broker that was killed may come back with a queue that finds no leader (RabbitMQ 3.10 can lose the log of one that was
//! made shortly before), and while members of a cluster are away, any queue may be without one. Whoever subscribes to it
//! waits for ever. Nothing is lost with it, because the relay offers again what the broker forgets: it is made anew.

use std::time::Duration;

use tokio::time::timeout;

use crate::connect::Link;
use crate::topology::Names;

/// How long a queue may not answer before it is made anew: several times what the choice of a leader takes.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);
/// How long making it anew may take; a broker looks for the leader for five seconds before it deletes.
pub(super) const ANEW: Duration = Duration::from_secs(15);

/// Makes a queue anew that does not answer, unless somebody turns out to be subscribed to it.
pub(super) async fn make_anew(link: &Link, names: &Names, queue: &str) {
    tracing::warn!(queue, "a queue does not answer and is made anew; the relay offers again what was in it");
    match timeout(ANEW, names.make_anew(link, queue)).await {
        Ok(Ok(())) => {}
        Ok(Err(trouble)) => tracing::debug!(queue, %trouble, "it could not be made anew"),
        Err(_) => tracing::debug!(queue, "it could not be made anew in time"),
    }
}
