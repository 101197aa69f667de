//! Measures job throughput on a database. Each client admits a job of 1 kB, marks it as published, claims it and
//! completes it with a hundred words, over and over.
//!
//! ```text
//! cargo run --release -p tally-mongo --example jobs_per_second <address> [clients] [jobs]
//! ```

#![expect(clippy::print_stdout, reason = "a measurement says what it measured")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use tally_contract::samples;
use tally_jobs::content::Content;
use tally_jobs::id::JobId;
use tally_jobs::parts::Output;
use tally_jobs::ports::{Admission, CompleteResult, JobStore};
use tally_jobs::record::NewJob;
use tally_jobs::state::AttemptOutcome;
use tally_kernel::{Clock, Ids, Timestamp};
use tally_mongo::{Options, connect};
use tokio::task::JoinSet;
use uuid::Uuid;

/// The allocator of the executables. With the system's, a third of the time goes to allocation.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct System;

#[async_trait::async_trait]
impl Clock for System {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "a measurement is its own executable")]
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    async fn sleep(&self, pause: Duration) {
        tokio::time::sleep(pause).await;
    }
}

impl Ids for System {
    fn fresh(&self, _: Timestamp) -> Uuid {
        #[expect(clippy::disallowed_methods, reason = "a measurement is its own executable")]
        Uuid::now_v7()
    }

    fn chance(&self) -> f64 {
        0.5
    }
}

/// Duration of each step.
#[derive(Default)]
struct StepTimes {
    admit: Vec<Duration>,
    publish: Vec<Duration>,
    claim: Vec<Duration>,
    complete: Vec<Duration>,
}

struct Run {
    store: Arc<dyn JobStore>,
    output: Output,
    left: AtomicU64,
}

impl Run {
    async fn run_job(&self, took: &mut StepTimes) {
        let now = System.now();
        let new = NewJob {
            id: JobId::new(System.fresh(now)),
            content_bytes: 1024,
            content: Some(Content::Inline(vec![b'w'; 1024].into())),
            created_at: now,
            ..samples::small(0)
        };
        let began = Instant::now();
        let Admission::New { job, .. } = self.store.admit(new).await.expect("admit") else { panic!("new") };
        took.admit.push(began.elapsed());
        let (began, ticket) = (Instant::now(), job.ticket());
        self.store.published(&[ticket], System.now()).await.expect("published");
        took.publish.push(began.elapsed());
        let began = Instant::now();
        let hold = self.store.claim(ticket, &samples::worker("life"), System.now()).await.expect("claim");
        took.claim.push(began.elapsed());
        let (began, outcome) = (Instant::now(), AttemptOutcome::Succeeded(Box::new(self.output.clone())));
        let end =
            self.store.complete(&hold.expect("it waits").job, outcome, System.now()).await.expect("complete");
        took.complete.push(began.elapsed());
        assert!(matches!(end, CompleteResult::Written(_)));
    }

    async fn run_jobs(self: Arc<Self>) -> StepTimes {
        let mut took = StepTimes::default();
        while self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
        {
            self.run_job(&mut took).await;
        }
        took
    }
}

#[tokio::main]
async fn main() {
    let mut words = std::env::args().skip(1);
    let uri = words.next().unwrap_or_else(|| "mongodb://127.0.0.1:27017/life".to_owned());
    let numbers: Vec<u64> = words.filter_map(|word| word.parse().ok()).collect();
    let clients = numbers.first().copied().unwrap_or(64);
    let jobs = numbers.get(1).copied().unwrap_or(20_000);
    let mongo = connect(Options::at(uri), Arc::new(System), Arc::new(System)).await.expect("an address");
    mongo.key_secret().await.expect("its format is known");
    let run = Run { store: mongo.store(), output: samples::output(100, 100), left: AtomicU64::new(jobs) };
    let run = Arc::new(run);
    let (began, cpu_before) = (Instant::now(), cpu());
    let mut tasks = JoinSet::new();
    for _ in 0..clients {
        tasks.spawn(Arc::clone(&run).run_jobs());
    }
    let mut all = StepTimes::default();
    for took in tasks.join_all().await {
        all.admit.extend(took.admit);
        all.publish.extend(took.publish);
        all.claim.extend(took.claim);
        all.complete.extend(took.complete);
    }
    let (took, cpu) = (began.elapsed(), cpu() - cpu_before);
    println!(
        "{clients} clients: {:.0} jobs/s, {:.4} ms of CPU a job in this process",
        jobs as f64 / took.as_secs_f64(),
        cpu.as_secs_f64() * 1000.0 / jobs as f64,
    );
    for (what, mut steps) in
        [("admit", all.admit), ("publish", all.publish), ("claim", all.claim), ("complete", all.complete)]
    {
        steps.sort_unstable();
        println!(
            "{what}: p50 {:?} p99 {:?} max {:?}",
            share(&steps, 0.5),
            share(&steps, 0.99),
            share(&steps, 1.0)
        );
    }
}

/// CPU time of this process: `utime` and `stime` of proc(5), in ticks of 10 ms.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let after_name = stat.rsplit_once(')').expect("the name is in brackets").1;
    let ticks: u64 =
        after_name.split_whitespace().skip(11).take(2).map(|field| field.parse::<u64>().unwrap_or(0)).sum();
    Duration::from_millis(ticks * 10)
}

/// The quantile `of` of sorted times.
fn share(sorted: &[Duration], of: f64) -> Duration {
    sorted[((sorted.len() - 1) as f64 * of) as usize]
}
