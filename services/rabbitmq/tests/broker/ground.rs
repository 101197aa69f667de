//! What the tests stand on: queues on a broker, and a hand that meddles with it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use lapin::options::{BasicPublishOptions, QueueDeleteOptions, QueuePurgeOptions};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use tally_contract::doubles::CountedIds;
use tally_contract::samples;
use tally_jobs::model::Ticket;
use tally_jobs::ports::{Handed, JobQueue, Receipt};
use tally_jobs::settings::Priority;
use tally_kernel::{Clock, Fault, Timestamp};
use tally_rabbitmq::{Options, QueueOnRabbit};
use tally_tests::PATIENCE_S;
use tally_tests::proxy::Proxy;
use tally_tests::services::rabbitmq::namespace;
use tokio::time::Instant;

/// The time of the runtime: pauses are real.
pub struct RealClock(Instant);

#[async_trait]
impl Clock for RealClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(0).after(self.0.elapsed())
    }

    async fn sleep(&self, pause: Duration) {
        tokio::time::sleep(pause).await;
    }
}

/// Options for a namespace of its own, with a short patience for confirmations.
pub fn options() -> Options {
    Options { namespace: namespace(), confirm_timeout: Duration::from_secs(1), ..Options::default() }
}

pub fn connect(uri: &str, options: &Options) -> QueueOnRabbit {
    let clock = Arc::new(RealClock(Instant::now()));
    QueueOnRabbit::connect(uri, options.clone(), clock, Arc::<CountedIds>::default()).expect("an address")
}

/// A queue that is well, and a proxy before its broker.
pub async fn behind_proxy(uri: &str, options: &Options) -> (QueueOnRabbit, Proxy) {
    let rest = uri.rsplit('@').next().expect("an address with credentials");
    let (host, vhost) = rest.split_once('/').unwrap_or((rest, "%2f"));
    let proxy = Proxy::before(host).await;
    let credentials = uri.strip_suffix(rest).expect("it ends with that");
    let queue = connect(&format!("{credentials}{}/{vhost}", proxy.address()), options);
    in_time(queue.well()).await;
    (queue, proxy)
}

/// What happens sooner or later, and never later than a test's patience.
pub async fn in_time<T>(event: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(PATIENCE_S), event).await.expect("in time")
}

/// Waits until something shows that nobody tells.
pub async fn eventually(shows: impl Fn() -> bool) {
    in_time(async {
        while !shows() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

pub fn ticket(number: u64) -> Ticket {
    Ticket { id: samples::id(number), epoch: number, priority: Priority::Normal, redelivered: false }
}

pub async fn take(queue: &QueueOnRabbit) -> (Ticket, Receipt) {
    match in_time(queue.next()).await.expect("next has no faults") {
        Handed::Ticket(ticket, receipt) => (ticket, receipt),
        Handed::Closed => panic!("nobody closed the queue"),
    }
}

/// Offers until the broker has it, as the relay does.
pub async fn offer_until_taken(queue: &QueueOnRabbit, ticket: Ticket) -> Vec<Fault> {
    let mut faults = Vec::new();
    in_time(async {
        while let Err(fault) = queue.offer(ticket).await {
            faults.push(fault);
            queue.well().await;
        }
    })
    .await;
    faults
}

/// Takes tickets until one of this epoch comes; repeats of others are done.
pub async fn take_epoch(queue: &QueueOnRabbit, epoch: u64) -> (Ticket, Receipt) {
    loop {
        let (ticket, receipt) = take(queue).await;
        if ticket.epoch == epoch {
            return (ticket, receipt);
        }
        queue.done(receipt).await.expect("done");
    }
}

/// Somebody else with access to the broker.
pub struct Meddler {
    channel: Channel,
    namespace: String,
    _connection: Connection,
}

impl Meddler {
    pub async fn new(uri: &str, options: &Options) -> Self {
        let connection = Connection::connect(uri, ConnectionProperties::default()).await.expect("the broker");
        let channel = connection.create_channel().await.expect("a channel");
        Self { channel, namespace: options.namespace.clone(), _connection: connection }
    }

    pub async fn delete(&self, line: &str) {
        let options = QueueDeleteOptions::default();
        self.channel.queue_delete(self.name(line).into(), options).await.expect("it is deleted");
    }

    pub async fn purge(&self, line: &str) -> u32 {
        let options = QueuePurgeOptions::default();
        self.channel.queue_purge(self.name(line).into(), options).await.expect("it is purged")
    }

    pub async fn publish(&self, line: &str, body: &[u8]) {
        let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
        let sent = self.channel.basic_publish("".into(), self.name(line).into(), options, body, properties);
        sent.await.expect("it is sent").await.expect("it is taken");
    }

    fn name(&self, line: &str) -> String {
        format!("{}.jobs.{line}", self.namespace)
    }
}
