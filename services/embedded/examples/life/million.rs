//! How long a start takes with a million jobs waiting.

use std::time::{Duration, Instant};

use tally_contract::samples;
use tally_embedded::Embedded;
use tally_jobs::model::NewJob;
use tally_jobs::ports::{Handed, JobQuery};
use tally_jobs::state::State;
use tally_kernel::Page;

use crate::ground;

/// Measures.
pub async fn run(jobs: u64) {
    let folder = ground::folder();
    fill(&ground::open_at(folder.path()), jobs).await;
    let (began, cpu) = (Instant::now(), ground::cpu());
    let embedded = ground::open_at(folder.path());
    let (took, cpu) = (began.elapsed(), ground::cpu() - cpu);
    println!("opened {} waiting jobs in {took:?}, {cpu:?} of CPU", embedded.recovery().waiting);
    assert!(matches!(embedded.queue().next().await, Ok(Handed::Ticket(..))));
    ask(&embedded).await;
    embedded.close().await.expect("close");
}

async fn fill(embedded: &Embedded, jobs: u64) {
    let store = embedded.store();
    let began = Instant::now();
    for start in (0..jobs).step_by(400) {
        let admits = (start..jobs.min(start + 400)).map(|number| {
            let new = samples::text(number);
            store.admit(NewJob { source: tally_jobs::model::Source::Text { bytes: 1 }, ..new })
        });
        for admitted in futures_util::future::join_all(admits).await {
            admitted.expect("admit");
        }
    }
    println!("admitted {jobs} jobs in {:?}", began.elapsed());
}

/// What reading costs with so many jobs.
async fn ask(embedded: &Embedded) {
    let catalogue = embedded.catalogue();
    let mut finds = Vec::new();
    for number in 0..2_000 {
        let began = Instant::now();
        catalogue.find(samples::id(number * 397)).await.expect("find");
        finds.push(began.elapsed());
    }
    finds.sort_unstable();
    println!("find p50 {:?} p99 {:?}", share(&finds, 0.5), share(&finds, 0.99));
    let list = async |what: &str, query: JobQuery| {
        let began = Instant::now();
        let page = catalogue.list(&query, &Page { limit: 50, cursor: None }).await.expect("list");
        let more = if page.next.is_some() { "more behind" } else { "the end" };
        println!("list {what}: {} jobs, {more}, {:?}", page.items.len(), began.elapsed());
    };
    list("all", JobQuery::default()).await;
    list("succeeded", JobQuery { state: Some(State::Succeeded), ..JobQuery::default() }).await;
    list("running", JobQuery { state: Some(State::Running), ..JobQuery::default() }).await;
    list("failed", JobQuery { state: Some(State::Failed), ..JobQuery::default() }).await;
    list("text in none", JobQuery { text: Some("nowhere".into()), ..JobQuery::default() }).await;
    let later = samples::CREATED.after(Duration::from_secs(1 << 30));
    list("time of none", JobQuery { since: Some(later), ..JobQuery::default() }).await;
    let (began, now) = (Instant::now(), samples::CREATED.after(Duration::from_secs(3600)));
    for _ in 0..1_000 {
        embedded.store().overdue(now, 256).await.expect("overdue");
    }
    println!("overdue, none: {:?}", began.elapsed() / 1_000);
    let began = Instant::now();
    catalogue.census().await.expect("census");
    println!("census: {:?}", began.elapsed());
}

/// The value below which this share of the sorted times lies.
fn share(sorted: &[Duration], of: f64) -> Duration {
    sorted[((sorted.len() - 1) as f64 * of) as usize]
}
