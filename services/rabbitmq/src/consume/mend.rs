//! Brings a queue back that does not answer.
//!
//! A broker that was killed may come back with a queue that finds no leader (RabbitMQ 3.10 can lose the log of one that was
//! made shortly before), and while members of a cluster are away, any queue may be without one. Whoever subscribes to it
//! waits for ever. Nothing is lost with it, because the relay offers again what the broker forgets: it is made anew.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::channel::{Origin, subscribe};
use crate::connect::Link;
use crate::error::Trouble;
use crate::topology::Names;

/// Pauses between tries.
const PAUSE: Duration = Duration::from_secs(1);
/// How long a queue has to answer a try.
const ANSWER: Duration = Duration::from_secs(3);
/// How long a queue may not answer before it is made anew: several times what the choice of a leader takes.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long making it anew may take; a broker looks for the leader for five seconds before it deletes.
const ANEW: Duration = Duration::from_secs(15);

/// Ends when the queue answers, with its name.
pub(super) async fn mended(link: &Link, names: &Names, from: Origin) -> Origin {
    let (queue, began) = (from.queue(names), Instant::now());
    loop {
        sleep(PAUSE).await;
        let mended = if began.elapsed() < PATIENCE {
            timeout(ANSWER, answers(link, queue, from)).await
        } else {
            tracing::warn!(
                queue,
                "a queue does not answer and is made anew; the relay offers again what was in it"
            );
            timeout(ANEW, names.make_anew(link, queue)).await
        };
        match mended {
            Ok(Ok(())) => return from,
            Ok(Err(trouble)) => tracing::debug!(queue, %trouble, "it does not answer yet"),
            Err(_) => tracing::debug!(queue, "it does not answer yet"),
        }
    }
}

/// Subscribes and goes away; what was handed out goes back.
async fn answers(link: &Link, queue: &str, from: Origin) -> Result<(), Trouble> {
    let channel = link.channel().await?;
    let _deliveries = subscribe(&channel, queue, from).await?;
    channel.close(200, "OK".into()).await?;
    Ok(())
}
