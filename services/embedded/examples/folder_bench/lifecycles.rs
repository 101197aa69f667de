//! Measures whole job lifecycles. Each of 64 clients repeatedly admits a job of 1 kB, claims the next one and completes
//! it with a hundred words. Then one client does the same alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tally_contract::doubles::CountedIds;
use tally_contract::samples;
use tally_embedded::Embedded;
use tally_jobs::content::Content;
use tally_jobs::id::JobId;
use tally_jobs::parts::Output;
use tally_jobs::ports::{Admission, CompleteResult, Delivery, JobQueue, JobStore};
use tally_jobs::record::NewJob;
use tally_jobs::state::AttemptOutcome;
use tally_kernel::{Clock, Ids};
use tokio::task::JoinSet;

use crate::fixture;

/// Shared by the clients.
struct Run {
    store: Arc<dyn JobStore>,
    queue: Arc<dyn JobQueue>,
    ids: CountedIds,
    output: Output,
    left: AtomicU64,
}

impl Run {
    fn new(embedded: &Embedded, jobs: u64) -> Arc<Self> {
        let (store, queue) = (embedded.store(), embedded.queue());
        let output = samples::output(100, 100);
        Arc::new(Self { store, queue, ids: CountedIds::default(), output, left: AtomicU64::new(jobs) })
    }

    fn new_job(&self) -> NewJob {
        let now = fixture::SystemClock.now();
        NewJob {
            id: JobId::new(self.ids.fresh(now)),
            content_bytes: 1024,
            content: Some(Content::Inline(vec![b'w'; 1024].into())),
            created_at: now,
            ..samples::small(0)
        }
    }

    /// One lifecycle. Returns how long the admit took.
    async fn complete_one(&self) -> Duration {
        let began = Instant::now();
        let admission = self.store.admit(self.new_job()).await.expect("admit");
        let took = began.elapsed();
        assert!(matches!(admission, Admission::New { .. }));
        let Delivery::Ticket(ticket, receipt) = self.queue.next().await.expect("next") else {
            panic!("closed")
        };
        let now = fixture::SystemClock.now();
        let claimed = self
            .store
            .claim(ticket, &samples::worker("life"), now)
            .await
            .expect("claim")
            .expect("the job is queued");
        let outcome = AttemptOutcome::Succeeded(Box::new(self.output.clone()));
        let result = self.store.complete(&claimed.job, outcome, now).await.expect("complete");
        assert!(matches!(result, CompleteResult::Written(_)));
        self.queue.ack(receipt).await.expect("ack");
        took
    }

    async fn complete_many(self: Arc<Self>) -> Vec<Duration> {
        let mut admit_times = Vec::new();
        while self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
        {
            admit_times.push(self.complete_one().await);
        }
        admit_times
    }
}

/// Measures `jobs` of many clients, then `single` of one client.
pub async fn run(clients: u64, jobs: u64, single: u64) {
    let folder = fixture::folder();
    let embedded = fixture::open_at(folder.path());
    let output_time = time_of_output(&Run::new(&embedded, 0));
    many_clients(&embedded, clients, jobs, output_time).await;
    one_client(&embedded, single).await;
    embedded.close().await.expect("close");
}

async fn many_clients(embedded: &Embedded, clients: u64, jobs: u64, output_time: Duration) {
    let run = Run::new(embedded, jobs);
    let (began, cpu) = (Instant::now(), fixture::cpu());
    let mut tasks = JoinSet::new();
    for _ in 0..clients {
        tasks.spawn(Arc::clone(&run).complete_many());
    }
    let mut admit_times: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
    let (took, cpu) = (began.elapsed(), fixture::cpu() - cpu);
    admit_times.sort_unstable();
    let per_job = cpu.as_secs_f64() * 1000.0 / jobs as f64;
    println!(
        "{clients} clients: {:.0} jobs/s, {per_job:.4} ms of CPU a job ({:.4} of it to make the output), \
         admit p50 {:?} p99 {:?} max {:?}",
        jobs as f64 / took.as_secs_f64(),
        output_time.as_secs_f64() * 1000.0,
        quantile(&admit_times, 0.5),
        quantile(&admit_times, 0.99),
        quantile(&admit_times, 1.0),
    );
}

async fn one_client(embedded: &Embedded, jobs: u64) {
    if jobs == 0 {
        return;
    }
    let run = Run::new(embedded, 0);
    let mut times = Vec::new();
    for _ in 0..jobs {
        let began = Instant::now();
        run.complete_one().await;
        times.push(began.elapsed());
    }
    times.sort_unstable();
    println!("one client: a lifecycle p50 {:?} p99 {:?}", quantile(&times, 0.5), quantile(&times, 0.99));
}

/// The time that the measurement itself takes to make an output.
fn time_of_output(run: &Run) -> Duration {
    let began = Instant::now();
    (0..2_000).for_each(|_| drop(std::hint::black_box(run.output.clone())));
    began.elapsed() / 2_000
}

/// The quantile of the sorted times.
fn quantile(sorted: &[Duration], of: f64) -> Duration {
    sorted[((sorted.len() - 1) as f64 * of) as usize]
}
