//! Measures tickets per second, from 64 callers: published and confirmed; delivered and acknowledged; both at once.
//!
//! `cargo run --release -p tally-rabbitmq --example tickets_per_second [tickets] [prefetch…]` prints one line per
//! prefetch. It uses the broker at `TALLY_TEST_AMQP_URL`, or starts one.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tally_contract::doubles::CountedIds;
use tally_contract::samples;
use tally_jobs::options::Priority;
use tally_jobs::ports::{Delivery, JobQueue};
use tally_jobs::record::Ticket;
use tally_kernel::{Clock, Timestamp};
use tally_rabbitmq::{RabbitOptions, RabbitQueue};
use tally_tests::services::rabbitmq::{namespace, rabbitmq};
use tokio::task::JoinSet;
use tokio::time::Instant;

const CALLERS: u64 = 64;

struct RealClock(Instant);

#[async_trait]
impl Clock for RealClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(0).after(self.0.elapsed())
    }

    async fn sleep(&self, pause: Duration) {
        tokio::time::sleep(pause).await;
    }
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "it prints its figures")]
async fn main() {
    let mut arguments = std::env::args().skip(1).map(|word| word.parse::<u32>().expect("a number"));
    let tickets = u64::from(arguments.next().unwrap_or(20_000));
    let mut prefetches: Vec<u16> =
        arguments.map(|prefetch| prefetch.try_into().expect("a prefetch")).collect();
    if prefetches.is_empty() {
        prefetches = vec![8, 32, 64, 128, 256, 512];
    }
    let broker = rabbitmq().await;
    println!("prefetch  published/s  acked/s  both/s");
    for prefetch in prefetches {
        let options = RabbitOptions { namespace: namespace(), prefetch, ..RabbitOptions::default() };
        let clock = Arc::new(RealClock(Instant::now()));
        let queue = RabbitQueue::connect(&broker.uri, options, clock, Arc::<CountedIds>::default());
        let queue = Arc::new(queue.expect("an address"));
        queue.wait_ready().await;
        let published = rate(tickets, publish(&queue, tickets)).await;
        let acked = rate(tickets, work(&queue, tickets)).await;
        let both =
            rate(tickets, async { tokio::join!(publish(&queue, tickets), work(&queue, tickets)) }).await;
        println!("{prefetch:>8}  {published:>11.0}  {acked:>7.0}  {both:>6.0}");
        queue.shut_down().await;
    }
}

async fn rate<T>(tickets: u64, run: impl Future<Output = T>) -> f64 {
    let began = Instant::now();
    run.await;
    tickets as f64 / began.elapsed().as_secs_f64()
}

/// Each caller publishes its share, one ticket after the other.
async fn publish(queue: &Arc<RabbitQueue>, tickets: u64) {
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let queue = Arc::clone(queue);
        callers.spawn(async move {
            for number in (caller..tickets).step_by(CALLERS as usize) {
                let id = samples::id(number);
                let ticket = Ticket { id, epoch: number, priority: Priority::Normal, redelivered: false };
                queue.publish(ticket).await.expect("a broker that confirms");
            }
        });
    }
    callers.join_all().await;
}

/// Each caller takes and acknowledges its share.
async fn work(queue: &Arc<RabbitQueue>, tickets: u64) {
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let queue = Arc::clone(queue);
        callers.spawn(async move {
            for _ in (caller..tickets).step_by(CALLERS as usize) {
                let Ok(Delivery::Ticket(_, receipt)) = queue.next().await else {
                    panic!("the queue is closed")
                };
                queue.ack(receipt).await.expect("done has no faults");
            }
        });
    }
    callers.join_all().await;
}
