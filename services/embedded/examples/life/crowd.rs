//! How fast jobs live: 64 clients, each admitting a job of 1 kB, claiming the next one and settling it with some hundred
//! words, over and over; then one client alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tally_contract::doubles::CountedIds;
use tally_contract::samples;
use tally_embedded::Embedded;
use tally_jobs::model::{Content, Ending, JobId, NewJob, Source};
use tally_jobs::ports::{Admission, Handed, JobQueue, JobStore, Settled};
use tally_jobs::report::Findings;
use tally_kernel::{Clock, Ids};
use tokio::task::JoinSet;

use crate::ground;

/// What the clients share.
struct Run {
    store: Arc<dyn JobStore>,
    queue: Arc<dyn JobQueue>,
    ids: CountedIds,
    found: Findings,
    left: AtomicU64,
}

impl Run {
    fn new(embedded: &Embedded, jobs: u64) -> Arc<Self> {
        let (store, queue) = (embedded.store(), embedded.queue());
        let found = samples::findings(100, 100);
        Arc::new(Self { store, queue, ids: CountedIds::default(), found, left: AtomicU64::new(jobs) })
    }

    fn new_job(&self) -> NewJob {
        let now = ground::SystemClock.now();
        NewJob {
            id: JobId::new(self.ids.fresh(now)),
            source: Source::Text { bytes: 1024 },
            content: Some(Content::Inline(vec![b'w'; 1024].into())),
            created_at: now,
            ..samples::text(0)
        }
    }

    /// One life; how long its admit took.
    async fn live(&self) -> Duration {
        let began = Instant::now();
        let admission = self.store.admit(self.new_job()).await.expect("admit");
        let took = began.elapsed();
        assert!(matches!(admission, Admission::New { .. }));
        let Handed::Ticket(ticket, receipt) = self.queue.next().await.expect("next") else {
            panic!("closed")
        };
        let now = ground::SystemClock.now();
        let hold =
            self.store.claim(ticket, &samples::worker("life"), now).await.expect("claim").expect("it waits");
        let ending = Ending::Succeeded(Box::new(self.found.clone()));
        let end = self.store.settle(&hold.job, ending, now).await.expect("settle");
        assert!(matches!(end, Settled::Written(_)));
        self.queue.done(receipt).await.expect("done");
        took
    }

    async fn live_on(self: Arc<Self>) -> Vec<Duration> {
        let mut acks = Vec::new();
        while self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
        {
            acks.push(self.live().await);
        }
        acks
    }
}

/// Measures.
pub async fn run(clients: u64, jobs: u64, lone: u64) {
    let folder = ground::folder();
    let embedded = ground::open_at(folder.path());
    let making = time_of_making(&Run::new(&embedded, 0));
    crowd(&embedded, clients, jobs, making).await;
    alone(&embedded, lone).await;
    embedded.close().await.expect("close");
}

async fn crowd(embedded: &Embedded, clients: u64, jobs: u64, making: Duration) {
    let run = Run::new(embedded, jobs);
    let (began, cpu) = (Instant::now(), ground::cpu());
    let mut tasks = JoinSet::new();
    for _ in 0..clients {
        tasks.spawn(Arc::clone(&run).live_on());
    }
    let mut acks: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
    let (took, cpu) = (began.elapsed(), ground::cpu() - cpu);
    acks.sort_unstable();
    let per_job = cpu.as_secs_f64() * 1000.0 / jobs as f64;
    println!(
        "{clients} clients: {:.0} jobs/s, {per_job:.4} ms of CPU a job ({:.4} of it to make the findings), \
         admit p50 {:?} p99 {:?} max {:?}",
        jobs as f64 / took.as_secs_f64(),
        making.as_secs_f64() * 1000.0,
        share(&acks, 0.5),
        share(&acks, 0.99),
        share(&acks, 1.0),
    );
}

async fn alone(embedded: &Embedded, jobs: u64) {
    if jobs == 0 {
        return;
    }
    let run = Run::new(embedded, 0);
    let mut lives = Vec::new();
    for _ in 0..jobs {
        let began = Instant::now();
        run.live().await;
        lives.push(began.elapsed());
    }
    lives.sort_unstable();
    println!("alone: a life p50 {:?} p99 {:?}", share(&lives, 0.5), share(&lives, 0.99));
}

/// What it costs the measurement itself to make a report and a histogram to hand in.
fn time_of_making(run: &Run) -> Duration {
    let began = Instant::now();
    (0..2_000).for_each(|_| drop(std::hint::black_box(run.found.clone())));
    began.elapsed() / 2_000
}

/// The value below which this share of the sorted times lies.
fn share(sorted: &[Duration], of: f64) -> Duration {
    sorted[((sorted.len() - 1) as f64 * of) as usize]
}
