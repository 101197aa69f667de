//! Queues on a broker, and a second client that interferes.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use lapin::options::{BasicPublishOptions, QueueDeleteOptions, QueuePurgeOptions};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use tally_contract::doubles::CountedIds;
use tally_contract::samples;
use tally_jobs::options::Priority;
use tally_jobs::ports::{Delivery, JobQueue, Receipt};
use tally_jobs::record::Ticket;
use tally_kernel::{Clock, Fault, Timestamp};
use tally_rabbitmq::{RabbitOptions, RabbitQueue};
use tally_tests::PATIENCE_S;
use tally_tests::proxy::Proxy;
use tally_tests::services::rabbitmq::namespace;
use tokio::time::Instant;

/// The clock of the runtime: pauses are real.
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

/// Options with a namespace of its own and a short confirm timeout.
pub fn options() -> RabbitOptions {
    RabbitOptions {
        namespace: namespace(),
        confirm_timeout: Duration::from_secs(1),
        ..RabbitOptions::default()
    }
}

pub fn connect(uri: &str, options: &RabbitOptions) -> RabbitQueue {
    let clock = Arc::new(RealClock(Instant::now()));
    RabbitQueue::connect(uri, options.clone(), clock, Arc::<CountedIds>::default()).expect("an address")
}

/// A queue that is ready, and the proxy before its broker.
pub async fn behind_proxy(uri: &str, options: &RabbitOptions) -> (RabbitQueue, Proxy) {
    let rest = uri.rsplit('@').next().expect("an address with credentials");
    let (host, vhost) = rest.split_once('/').unwrap_or((rest, "%2f"));
    let proxy = Proxy::before(host).await;
    let credentials = uri.strip_suffix(rest).expect("it ends with that");
    let queue = connect(&format!("{credentials}{}/{vhost}", proxy.address()), options);
    in_time(queue.wait_ready()).await;
    (queue, proxy)
}

/// Awaits an event, with the time limit of a test.
pub async fn in_time<T>(event: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(PATIENCE_S), event).await.expect("in time")
}

/// Polls until a condition holds.
pub async fn eventually(holds: impl Fn() -> bool) {
    in_time(async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

pub fn ticket(number: u64) -> Ticket {
    Ticket { id: samples::id(number), epoch: number, priority: Priority::Normal, redelivered: false }
}

pub async fn take(queue: &RabbitQueue) -> (Ticket, Receipt) {
    match in_time(queue.next()).await.expect("next has no faults") {
        Delivery::Ticket(ticket, receipt) => (ticket, receipt),
        Delivery::Closed => panic!("the queue is closed"),
    }
}

/// Publishes until the broker confirms, as the relay does.
pub async fn publish_until_confirmed(queue: &RabbitQueue, ticket: Ticket) -> Vec<Fault> {
    let mut faults = Vec::new();
    in_time(async {
        while let Err(fault) = queue.publish(ticket).await {
            faults.push(fault);
            queue.wait_ready().await;
        }
    })
    .await;
    faults
}

/// Takes tickets until one of this epoch comes, and acknowledges the others.
pub async fn take_epoch(queue: &RabbitQueue, epoch: u64) -> (Ticket, Receipt) {
    loop {
        let (ticket, receipt) = take(queue).await;
        if ticket.epoch == epoch {
            return (ticket, receipt);
        }
        queue.ack(receipt).await.expect("done");
    }
}

/// Another client of the broker.
pub struct OtherClient {
    channel: Channel,
    namespace: String,
    _connection: Connection,
}

impl OtherClient {
    pub async fn new(uri: &str, options: &RabbitOptions) -> Self {
        let connection = Connection::connect(uri, ConnectionProperties::default()).await.expect("the broker");
        let channel = connection.create_channel().await.expect("a channel");
        Self { channel, namespace: options.namespace.clone(), _connection: connection }
    }

    pub async fn delete(&self, priority: &str) {
        let options = QueueDeleteOptions::default();
        self.channel.queue_delete(self.name(priority).into(), options).await.expect("the queue is deleted");
    }

    pub async fn purge(&self, priority: &str) -> u32 {
        let options = QueuePurgeOptions::default();
        self.channel.queue_purge(self.name(priority).into(), options).await.expect("the queue is purged")
    }

    pub async fn publish(&self, priority: &str, body: &[u8]) {
        let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
        let sent =
            self.channel.basic_publish("".into(), self.name(priority).into(), options, body, properties);
        sent.await.expect("the message is sent").await.expect("the message is confirmed");
    }

    fn name(&self, priority: &str) -> String {
        format!("{}.jobs.{priority}", self.namespace)
    }
}
