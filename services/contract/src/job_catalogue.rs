//! What every catalogue of jobs keeps to.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tally_jobs::model::{Ending, JobId, NewJob};
use tally_jobs::ports::{Admission, JobQuery, ListError};
use tally_jobs::settings::Settings;
use tally_jobs::state::{Order, State};
use tally_jobs::words::WordList;
use tally_kernel::{Cursor, Page, Timestamp};

use crate::doubles::HandClock;
use crate::samples;
use crate::suite::{Check, Ground, Place, run_in_places};

/// Runs every check, each in a place that `make` makes with the clock it is given.
pub async fn job_catalogue<F>(make: impl Fn(Arc<HandClock>) -> F)
where
    F: Future<Output = Place>,
{
    let checks: &[Check<Ground>] = &[
        Check::new("the_newest_come_first_page_by_page", |g| Box::pin(page_by_page(g))),
        Check::new("a_list_stands_while_jobs_come_and_go", |g| Box::pin(stands(g))),
        Check::new("a_cursor_of_somebody_else_is_refused", |g| Box::pin(bad_cursor(g))),
        Check::new("lists_show_records_without_their_words", |g| Box::pin(without_words(g))),
        Check::new("by_state", |g| Box::pin(by_state(g))),
        Check::new("by_labels", |g| Box::pin(by_labels(g))),
        Check::new("by_host", |g| Box::pin(by_host(g))),
        Check::new("by_time", |g| Box::pin(by_time(g))),
        Check::new("by_text", |g| Box::pin(by_text(g))),
        Check::new("by_several", |g| Box::pin(by_several(g))),
        Check::new("the_census_counts_who_waits_and_runs", |g| Box::pin(census(g))),
    ];
    run_in_places(checks, make).await;
}

impl Ground {
    /// The numbers of all jobs of a list, read in pages of this size.
    async fn listed(&self, query: &JobQuery, limit: usize) -> Vec<JobId> {
        let mut ids = Vec::new();
        let mut cursor = None;
        loop {
            let slice = self.catalogue().list(query, &Page { limit, cursor }).await.unwrap();
            assert!(slice.items.len() <= limit);
            ids.extend(slice.items.iter().map(|job| job.id));
            cursor = slice.next;
            if cursor.is_none() {
                return ids;
            }
        }
    }

    async fn put(&self, new: NewJob) {
        let admission = self.store().admit(new).await.unwrap();
        assert!(matches!(admission, Admission::New { .. }), "{admission:?}");
    }

    async fn put_and_end(&self, new: NewJob, ending: Ending) {
        let ticket = new.clone().into_job().ticket();
        self.put(new).await;
        let hold = self.store().claim(ticket, &samples::worker("suite"), self.now()).await.unwrap();
        self.store().settle(&hold.expect("it waits").job, ending, self.now()).await.unwrap();
    }
}

fn ids(numbers: &[u64]) -> Vec<JobId> {
    numbers.iter().map(|number| samples::id(*number)).collect()
}

fn at(ms: u64) -> Timestamp {
    samples::CREATED.after(Duration::from_millis(ms))
}

async fn page_by_page(ground: Arc<Ground>) {
    let all = JobQuery::default();
    assert!(ground.listed(&all, 10).await.is_empty());
    // Admission decides, not the clock: the last one was created first.
    let numbers: Vec<u64> = (10..23).chain([1]).collect();
    for number in &numbers {
        ground.put(samples::text(*number)).await;
    }
    let newest_first = ids(&numbers.iter().rev().copied().collect::<Vec<_>>());
    for limit in [1, 2, 5, 7, 13, 14, 100] {
        assert_eq!(ground.listed(&all, limit).await, newest_first, "pages of {limit}");
    }
    let exact = ground.catalogue().list(&all, &Page { limit: 14, cursor: None }).await.unwrap();
    assert_eq!(exact.next, None, "nothing comes after the last");
}

async fn stands(ground: Arc<Ground>) {
    for number in 0..6 {
        ground.put(samples::text(number)).await;
    }
    let all = JobQuery::default();
    let first = ground.catalogue().list(&all, &Page { limit: 3, cursor: None }).await.unwrap();
    ground.put(samples::text(9)).await;
    for number in [3, 2] {
        ground.store().amend(samples::id(number), Order::Delete, ground.now()).await.unwrap();
    }
    let second = ground.catalogue().list(&all, &Page { limit: 3, cursor: first.next }).await.unwrap();
    let rest: Vec<_> = second.items.iter().map(|job| job.id).collect();
    assert_eq!(rest, ids(&[1, 0]));
    assert_eq!(second.next, None);
}

async fn bad_cursor(ground: Arc<Ground>) {
    ground.put(samples::text(1)).await;
    for bad in ["", "0", "nonsense", "-1", "ffffffffffffffffffffffff", "' OR 1=1", "\u{1F600}"] {
        let page = Page { limit: 3, cursor: Some(Cursor::new(bad)) };
        let listed = ground.catalogue().list(&JobQuery::default(), &page).await;
        assert!(matches!(listed, Err(ListError::BadCursor)), "{bad}: {listed:?}");
    }
}

async fn without_words(ground: Arc<Ground>) {
    ground.put_and_end(samples::file(1), samples::success(50, 5)).await;
    ground.put(samples::url(2, "https://example.com/a")).await;
    let page = Page { limit: 10, cursor: None };
    let listed = ground.catalogue().list(&JobQuery::default(), &page).await.unwrap();
    for job in listed.items {
        let found = ground.catalogue().find(job.id).await.unwrap();
        let tally_jobs::ports::Lookup::Found(mut found) = found else { panic!("{found:?}") };
        if let Some(report) = &mut found.report {
            assert_eq!(report.top_words.len(), 5);
            Arc::make_mut(report).top_words = WordList::default();
        }
        assert_eq!(job, found);
    }
}

async fn by_state(ground: Arc<Ground>) {
    for number in [1, 6] {
        ground.put(samples::text(number)).await;
    }
    ground.put_and_end(samples::text(2), samples::success(3, 3)).await;
    ground.put_and_end(samples::text(3), Ending::Failed(samples::failure())).await;
    ground.put(samples::text(4)).await;
    ground.store().amend(samples::id(4), Order::Cancel, ground.now()).await.unwrap();
    ground.put(samples::text(5)).await;
    let ticket = samples::text(5).into_job().ticket();
    ground.store().claim(ticket, &samples::worker("suite"), ground.now()).await.unwrap().unwrap();
    ground.put_and_end(samples::text(7), samples::success(3, 3)).await;
    for (state, numbers) in [
        (State::Queued, &[6, 1][..]),
        (State::Running, &[5]),
        (State::Succeeded, &[7, 2]),
        (State::Failed, &[3]),
        (State::Cancelled, &[4]),
    ] {
        let query = JobQuery { state: Some(state), ..JobQuery::default() };
        for limit in [1, 10] {
            assert_eq!(ground.listed(&query, limit).await, ids(numbers), "{state:?}");
        }
    }
}

fn labelled(number: u64, labels: &[(&str, &str)]) -> NewJob {
    let labels = labels.iter().map(|(name, value)| samples::label(name, value)).collect();
    NewJob { settings: Settings { labels, ..Settings::default() }, ..samples::text(number) }
}

async fn by_labels(ground: Arc<Ground>) {
    ground.put(labelled(1, &[("team", "docs")])).await;
    ground.put(labelled(2, &[("project", "x"), ("team", "docs")])).await;
    ground.put(labelled(3, &[("project", "x"), ("team", "web")])).await;
    ground.put(samples::text(4)).await;
    for (labels, numbers) in [
        (&[("team", "docs")][..], &[2, 1][..]),
        (&[("project", "x"), ("team", "docs")], &[2]),
        (&[("team", "docs"), ("team", "web")], &[]),
        (&[("team", "doc")], &[]),
        (&[("docs", "team")], &[]),
    ] {
        let labels = labels.iter().map(|(name, value)| samples::label(name, value)).collect();
        let query = JobQuery { labels, ..JobQuery::default() };
        assert_eq!(ground.listed(&query, 1).await, ids(numbers), "{query:?}");
    }
    ground.store().amend(samples::id(2), Order::Delete, ground.now()).await.unwrap();
    let query = JobQuery { labels: vec![samples::label("team", "docs")], ..JobQuery::default() };
    assert_eq!(ground.listed(&query, 10).await, ids(&[1]));
}

async fn by_host(ground: Arc<Ground>) {
    ground.put(samples::url(1, "https://example.com/a")).await;
    ground.put(samples::url(2, "http://EXAMPLE.com:8080/b")).await;
    ground.put(samples::url(3, "https://www.example.com/")).await;
    ground.put(samples::text(4)).await;
    let host = |host: &str| JobQuery { host: Some(host.into()), ..JobQuery::default() };
    assert_eq!(ground.listed(&host("example.com"), 1).await, ids(&[2, 1]));
    assert_eq!(ground.listed(&host("www.example.com"), 10).await, ids(&[3]));
    assert!(ground.listed(&host("xample.com"), 10).await.is_empty());
}

async fn by_time(ground: Arc<Ground>) {
    for number in [1, 2, 3, 4] {
        ground.put(samples::text(number)).await;
    }
    let between = |since, until| JobQuery { since, until, ..JobQuery::default() };
    assert_eq!(ground.listed(&between(Some(at(2)), None), 10).await, ids(&[4, 3, 2]), "at it or later");
    assert_eq!(ground.listed(&between(None, Some(at(3))), 10).await, ids(&[2, 1]), "before it");
    assert_eq!(ground.listed(&between(Some(at(2)), Some(at(4))), 1).await, ids(&[3, 2]));
    assert!(ground.listed(&between(Some(at(9)), None), 10).await.is_empty());
}

async fn by_text(ground: Arc<Ground>) {
    ground.put(samples::url(1, "https://example.com/Path_one?q=100%25")).await;
    ground.put(samples::url(2, "https://example.com/PathXone")).await;
    ground.put(samples::file(3)).await;
    ground.put(samples::text(4)).await;
    let text = |text: &str| JobQuery { text: Some(text.into()), ..JobQuery::default() };
    assert_eq!(ground.listed(&text("path_ONE"), 10).await, ids(&[1]), "no wildcards");
    assert_eq!(ground.listed(&text("100%"), 10).await, ids(&[3, 1]));
    assert_eq!(ground.listed(&text("bericht über"), 10).await, ids(&[3]));
    assert_eq!(ground.listed(&text(&samples::id(4).to_string()), 10).await, ids(&[4]));
    let part = samples::id(4).to_string();
    assert_eq!(ground.listed(&text(&part[part.len() - 6..].to_uppercase()), 10).await, ids(&[4]));
    assert!(ground.listed(&text("'\"\\"), 10).await.is_empty());
    assert!(ground.listed(&text(&samples::stranger().to_string()), 10).await.is_empty());
}

async fn by_several(ground: Arc<Ground>) {
    let labelled = |number, address: &str| {
        let settings = Settings { labels: vec![samples::label("a", "b")], ..Settings::default() };
        NewJob { settings, ..samples::url(number, address) }
    };
    ground.put(labelled(1, "https://example.com/x")).await;
    ground.put(labelled(2, "https://example.org/x")).await;
    ground.put_and_end(labelled(3, "https://example.com/x"), Ending::Failed(samples::failure())).await;
    ground.put(samples::url(4, "https://example.com/x")).await;
    let query = JobQuery {
        state: Some(State::Queued),
        labels: vec![samples::label("a", "b")],
        host: Some("example.com".into()),
        since: Some(at(0)),
        until: Some(at(100)),
        text: Some("/X".into()),
    };
    assert_eq!(ground.listed(&query, 1).await, ids(&[1]));
    let failed = JobQuery { state: Some(State::Failed), ..query };
    assert_eq!(ground.listed(&failed, 1).await, ids(&[3]));
}

async fn census(ground: Arc<Ground>) {
    let empty = ground.catalogue().census().await.unwrap();
    assert_eq!((empty.queued, empty.running, empty.oldest_due_at), (0, 0, None));
    for number in [3, 1, 2] {
        ground.put(samples::text(number)).await;
    }
    let census = ground.catalogue().census().await.unwrap();
    assert_eq!((census.queued, census.running, census.oldest_due_at), (3, 0, Some(at(1))));
    ground.clock.advance(Duration::from_secs(1));
    let ticket = samples::text(1).into_job().ticket();
    let hold = ground.store().claim(ticket, &samples::worker("suite"), ground.now()).await.unwrap().unwrap();
    let census = ground.catalogue().census().await.unwrap();
    assert_eq!((census.queued, census.running, census.oldest_due_at), (2, 1, Some(at(2))));
    ground.store().release(&hold.job, ground.now()).await.unwrap();
    let census = ground.catalogue().census().await.unwrap();
    assert_eq!((census.queued, census.running), (3, 0));
    let hold =
        ground.store().claim(hold.job.ticket(), &samples::worker("suite"), ground.now()).await.unwrap();
    let hold = hold.expect("it waits again");
    ground.store().settle(&hold.job, samples::success(3, 3), ground.now()).await.unwrap();
    for number in [2, 3] {
        ground.store().amend(samples::id(number), Order::Cancel, ground.now()).await.unwrap();
    }
    assert_eq!(ground.catalogue().census().await.unwrap(), empty);
}
