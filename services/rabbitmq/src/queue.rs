//! The queue as the room sees it, and its start and end.
//!
//! Two connections: a broker that is short of memory or disk stops reading from those who publish, and what shares the
//! connection with them (acknowledgements, heartbeats) would stop as well.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tally_jobs::model::Ticket;
use tally_jobs::ports::{Handed, JobQueue, Receipt};
use tally_kernel::{Clock, Fault, FaultKind, Ids, Probe};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::acks::End;
use crate::address::Address;
use crate::consume::Consuming;
use crate::desk::Desk;
use crate::error::{ConnectError, Trouble};
use crate::figures::{Counters, Depth, Figures};
use crate::options::Options;
use crate::probe::QueueProbe;
use crate::publish::{Publisher, publisher};
use crate::supervise::{Slot, Supervisor};
use crate::topology::Names;

/// How long an orderly end may take.
const GOODBYE: Duration = Duration::from_secs(5);
/// How long counting may take.
const COUNT: Duration = Duration::from_secs(2);

/// The job queue on one broker. It connects by itself, for as long as it lives; dropping it ends its tasks.
pub struct QueueOnRabbit {
    publisher: Publisher,
    desk: Arc<Desk>,
    probe: Arc<QueueProbe>,
    names: Arc<Names>,
    counters: Arc<Counters>,
    slots: [Slot; 2],
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl QueueOnRabbit {
    /// Begins to connect to the broker at `uri` (`amqp://user:password@host:5672/vhost`, or `amqps://…`), and goes on
    /// for ever: whether there is a broker, and one that lets us in, is for [`QueueOnRabbit::probe`] to say. Tickets
    /// are fetched from the first [`JobQueue::next`] on.
    ///
    /// `clock` gives pauses, `ids` their chance. Must be called on a runtime of tokio.
    pub fn connect(
        uri: &str,
        options: Options,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Result<Self, ConnectError> {
        let address = Arc::new(Address::parse(uri)?);
        let names = Arc::new(Names::new(checked(&options.namespace)?));
        let (counters, stop): (Arc<Counters>, _) = (Arc::default(), CancellationToken::new());
        let (publisher, publishing) =
            publisher(Arc::clone(&names), Arc::clone(&counters), options.confirm_timeout);
        let desk = Arc::new(Desk::new());
        let (flowing, flows) = watch::channel(false);
        let consuming = Consuming {
            desk: Arc::clone(&desk),
            names: Arc::clone(&names),
            counters: Arc::clone(&counters),
            publisher: publisher.clone(),
            prefetch: options.prefetch.max(1),
            flowing,
        };
        let probe = QueueProbe { shut: publisher.shut(), flowing: flows, wanted: desk.wanted().clone() };
        let supervisor = Supervisor {
            address,
            options: Arc::new(options),
            counters: Arc::clone(&counters),
            clock,
            ids,
            stop: stop.clone(),
        };
        let (tasks, slots) = (TaskTracker::new(), <[Slot; 2]>::default());
        tasks.spawn(supervisor.clone().run(publishing, slots[0].clone()));
        let (wanted, slot) = (desk.wanted().clone(), slots[1].clone());
        tasks.spawn(async move {
            tokio::select! {
                () = supervisor.stop.cancelled() => return,
                () = wanted.cancelled() => {}
            }
            supervisor.run(consuming, slot).await;
        });
        tasks.close();
        Ok(Self { publisher, desk, probe: Arc::new(probe), names, counters, slots, tasks, stop })
    }

    /// How the queue is, for health checks.
    #[must_use]
    pub fn probe(&self) -> Arc<dyn Probe> {
        Arc::clone(&self.probe) as _
    }

    /// Waits until the broker takes offers and, where tickets were asked for, gives them.
    pub async fn well(&self) {
        self.probe.well().await;
    }

    /// What has happened so far.
    #[must_use]
    pub fn figures(&self) -> Figures {
        self.counters.read()
    }

    /// How many messages wait on the broker. A few round trips: for every few seconds, not for every request.
    pub async fn depth(&self) -> Result<Depth, Fault> {
        const DURING: &str = "count what waits on the broker";
        let counted = timeout(COUNT, self.count()).await;
        let counted = counted.unwrap_or(Err(Trouble::Slow("counting")));
        counted.map_err(|trouble| Fault::because(FaultKind::Unavailable, DURING, trouble))
    }

    async fn count(&self) -> Result<Depth, Trouble> {
        // The one that consumes is the better: it works while the broker is in alarm.
        let link = self.slots.iter().rev().find_map(Slot::link).ok_or(Trouble::Closed)?;
        // A channel of its own, which the broker closes when a queue is gone.
        let channel = link.channel().await?;
        let depth = self.names.depth(&channel).await?;
        channel.close(200, "OK".into()).await?;
        Ok(depth)
    }

    /// Ends in order: closes the queue, waits until what was not handed out is given back and what is done is told to
    /// the broker, and disconnects. Tickets that are still in work then are handed out again. Takes five seconds at
    /// most, however the broker is.
    pub async fn shut_down(&self) {
        self.close();
        self.stop.cancel();
        if timeout(GOODBYE, self.tasks.wait()).await.is_err() {
            tracing::warn!("the broker did not say goodbye in time");
        }
    }
}

#[async_trait]
impl JobQueue for QueueOnRabbit {
    async fn offer(&self, ticket: Ticket) -> Result<(), Fault> {
        self.publisher.offer(ticket).await
    }

    async fn offer_light(&self, ticket: Ticket) -> Result<(), Fault> {
        self.publisher.offer_light(ticket).await
    }

    fn takes_offers(&self) -> bool {
        self.publisher.shut().borrow().is_none()
    }

    async fn next(&self) -> Result<Handed, Fault> {
        Ok(self.desk.next().await)
    }

    async fn done(&self, receipt: Receipt) -> Result<(), Fault> {
        self.desk.settle(&receipt, End::Done);
        Ok(())
    }

    async fn give_back(&self, receipt: Receipt) -> Result<(), Fault> {
        self.desk.settle(&receipt, End::Back);
        Ok(())
    }

    fn close(&self) {
        self.desk.close();
    }
}

impl Drop for QueueOnRabbit {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn checked(namespace: &str) -> Result<&str, ConnectError> {
    let fits = (1..=Options::LONGEST_NAMESPACE).contains(&namespace.len());
    let plain = namespace.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    if fits && plain { Ok(namespace) } else { Err(ConnectError::BadNamespace) }
}
