//! Measures how long a start and reads take with a million queued jobs.

use std::time::{Duration, Instant};

use tally_contract::samples;
use tally_embedded::Embedded;
use tally_jobs::ports::{Delivery, JobQuery};
use tally_jobs::record::NewJob;
use tally_jobs::state::JobState;
use tally_kernel::OwnerId;
use tally_kernel::Page;

use crate::fixture;

/// Fills a folder with jobs, opens it again, and reads.
pub async fn run(jobs: u64) {
    let folder = fixture::folder();
    fill(&fixture::open_at(folder.path()), jobs).await;
    let (began, cpu) = (Instant::now(), fixture::cpu());
    let embedded = fixture::open_at(folder.path());
    let (took, cpu) = (began.elapsed(), fixture::cpu() - cpu);
    println!("opened {} queued jobs in {took:?}, {cpu:?} of CPU", embedded.recovery().queued);
    assert!(matches!(embedded.queue().next().await, Ok(Delivery::Ticket(..))));
    measure_reads(&embedded).await;
    embedded.close().await.expect("close");
}

async fn fill(embedded: &Embedded, jobs: u64) {
    let store = embedded.store();
    let began = Instant::now();
    for start in (0..jobs).step_by(400) {
        let admits = (start..jobs.min(start + 400)).map(|number| {
            let new = samples::small(number);
            store.admit(NewJob { content_bytes: 1, ..new })
        });
        for admitted in futures_util::future::join_all(admits).await {
            admitted.expect("admit");
        }
    }
    println!("admitted {jobs} jobs in {:?}", began.elapsed());
}

/// Measures reads with this many jobs.
async fn measure_reads(embedded: &Embedded) {
    let catalogue = embedded.catalogue();
    let mut times = Vec::new();
    for number in 0..2_000 {
        let began = Instant::now();
        catalogue.find(&OwnerId::LOCAL, samples::id(number * 397)).await.expect("find");
        times.push(began.elapsed());
    }
    times.sort_unstable();
    println!("find p50 {:?} p99 {:?}", quantile(&times, 0.5), quantile(&times, 0.99));
    let list = async |name: &str, query: JobQuery| {
        let began = Instant::now();
        let page = catalogue.list(&query, &Page { limit: 50, cursor: None }).await.expect("list");
        let more = if page.next.is_some() { "more pages" } else { "the last page" };
        println!("list {name}: {} jobs, {more}, {:?}", page.items.len(), began.elapsed());
    };
    list("all", JobQuery::default()).await;
    list("succeeded", JobQuery { state: Some(JobState::Succeeded), ..JobQuery::default() }).await;
    list("running", JobQuery { state: Some(JobState::Running), ..JobQuery::default() }).await;
    list("failed", JobQuery { state: Some(JobState::Failed), ..JobQuery::default() }).await;
    list("text without a match", JobQuery { text: Some("nowhere".into()), ..JobQuery::default() }).await;
    let later = samples::CREATED.after(Duration::from_secs(1 << 30));
    list("time without a match", JobQuery { since: Some(later), ..JobQuery::default() }).await;
    let (began, now) = (Instant::now(), samples::CREATED.after(Duration::from_secs(3600)));
    for _ in 0..1_000 {
        embedded.store().overdue(now, 256).await.expect("overdue");
    }
    println!("overdue, none: {:?}", began.elapsed() / 1_000);
    let began = Instant::now();
    catalogue.census().await.expect("census");
    println!("census: {:?}", began.elapsed());
}

/// The quantile of the sorted times.
fn quantile(sorted: &[Duration], of: f64) -> Duration {
    sorted[((sorted.len() - 1) as f64 * of) as usize]
}
