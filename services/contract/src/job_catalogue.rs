//! The contract of every catalogue of jobs.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tally_jobs::id::JobId;
use tally_jobs::options::JobOptions;
use tally_jobs::ports::{ActionResult, Admission, JobQuery, ListError, Lookup};
use tally_jobs::record::NewJob;
use tally_jobs::state::{AttemptOutcome, JobAction, JobState};
use tally_kernel::{Cursor, OwnerId, Page, Timestamp};

use crate::doubles::HandClock;
use crate::samples;
use crate::suite::{Check, Fixture, StoreFixture, run_with_clocks};

/// Runs every check, each on a store that `make` makes with the clock it is given.
pub async fn job_catalogue<F>(make: impl Fn(Arc<HandClock>) -> F)
where
    F: Future<Output = StoreFixture>,
{
    let checks: &[Check<Fixture>] = &[
        Check::new("the_newest_come_first_page_by_page", |g| Box::pin(page_by_page(g))),
        Check::new("a_list_stays_stable_while_jobs_come_and_go", |g| Box::pin(stands(g))),
        Check::new("refuses_a_foreign_cursor", |g| Box::pin(bad_cursor(g))),
        Check::new("lists_show_records_without_their_words", |g| Box::pin(without_words(g))),
        Check::new("by_state", |g| Box::pin(by_state(g))),
        Check::new("by_labels", |g| Box::pin(by_labels(g))),
        Check::new("by_host", |g| Box::pin(by_host(g))),
        Check::new("by_time", |g| Box::pin(by_time(g))),
        Check::new("by_text", |g| Box::pin(by_text(g))),
        Check::new("by_several", |g| Box::pin(by_several(g))),
        Check::new("each_owner_sees_its_own_jobs", |g| Box::pin(by_owner(g))),
        Check::new("the_census_counts_waiting_and_running_jobs", |g| Box::pin(census(g))),
    ];
    run_with_clocks(checks, make).await;
}

impl Fixture {
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

    pub(crate) async fn put(&self, new: NewJob) {
        let admission = self.store().admit(new).await.unwrap();
        assert!(matches!(admission, Admission::New { .. }), "{admission:?}");
    }

    pub(crate) async fn put_and_end(&self, new: NewJob, ending: AttemptOutcome) {
        let ticket = new.clone().into_job().ticket();
        self.put(new).await;
        let hold = self.store().claim(ticket, &samples::worker("suite"), self.now()).await.unwrap();
        self.store().complete(&hold.expect("it waits").job, ending, self.now()).await.unwrap();
    }
}

fn ids(numbers: &[u64]) -> Vec<JobId> {
    numbers.iter().map(|number| samples::id(*number)).collect()
}

fn at(ms: u64) -> Timestamp {
    samples::CREATED.after(Duration::from_millis(ms))
}

async fn page_by_page(fixture: Arc<Fixture>) {
    let all = JobQuery::default();
    assert!(fixture.listed(&all, 10).await.is_empty());
    // Admission decides, not the clock: the last one was created first.
    let numbers: Vec<u64> = (10..23).chain([1]).collect();
    for number in &numbers {
        fixture.put(samples::small(*number)).await;
    }
    let newest_first = ids(&numbers.iter().rev().copied().collect::<Vec<_>>());
    for limit in [1, 2, 5, 7, 13, 14, 100] {
        assert_eq!(fixture.listed(&all, limit).await, newest_first, "pages of {limit}");
    }
    let exact = fixture.catalogue().list(&all, &Page { limit: 14, cursor: None }).await.unwrap();
    assert_eq!(exact.next, None, "nothing comes after the last");
}

async fn stands(fixture: Arc<Fixture>) {
    for number in 0..6 {
        fixture.put(samples::small(number)).await;
    }
    let all = JobQuery::default();
    let first = fixture.catalogue().list(&all, &Page { limit: 3, cursor: None }).await.unwrap();
    fixture.put(samples::small(9)).await;
    for number in [3, 2] {
        fixture
            .store()
            .apply(&OwnerId::LOCAL, samples::id(number), JobAction::Delete, fixture.now())
            .await
            .unwrap();
    }
    let second = fixture.catalogue().list(&all, &Page { limit: 3, cursor: first.next }).await.unwrap();
    let rest: Vec<_> = second.items.iter().map(|job| job.id).collect();
    assert_eq!(rest, ids(&[1, 0]));
    assert_eq!(second.next, None);
}

async fn bad_cursor(fixture: Arc<Fixture>) {
    fixture.put(samples::small(1)).await;
    for bad in ["", "0", "nonsense", "-1", "ffffffffffffffffffffffff", "' OR 1=1", "\u{1F600}"] {
        let page = Page { limit: 3, cursor: Some(Cursor::new(bad)) };
        let listed = fixture.catalogue().list(&JobQuery::default(), &page).await;
        assert!(matches!(listed, Err(ListError::BadCursor)), "{bad}: {listed:?}");
    }
}

async fn without_words(fixture: Arc<Fixture>) {
    fixture.put_and_end(samples::full(1), samples::success(50, 5)).await;
    fixture.put(samples::at(2, "example.com", "/a")).await;
    let page = Page { limit: 10, cursor: None };
    let listed = fixture.catalogue().list(&JobQuery::default(), &page).await.unwrap();
    for job in listed.items {
        let found = fixture.catalogue().find(&OwnerId::LOCAL, job.id).await.unwrap();
        let Lookup::Found(mut found) = found else { panic!("{found:?}") };
        assert_eq!(found.parts.detail.len(), if job.state.is_final() { 40 } else { 0 });
        found.parts.detail.clear();
        assert_eq!(job, found);
    }
}

async fn by_state(fixture: Arc<Fixture>) {
    for number in [1, 6] {
        fixture.put(samples::small(number)).await;
    }
    fixture.put_and_end(samples::small(2), samples::success(3, 3)).await;
    fixture.put_and_end(samples::small(3), AttemptOutcome::Failed(samples::failure())).await;
    fixture.put(samples::small(4)).await;
    fixture.store().apply(&OwnerId::LOCAL, samples::id(4), JobAction::Cancel, fixture.now()).await.unwrap();
    fixture.put(samples::small(5)).await;
    let ticket = samples::small(5).into_job().ticket();
    fixture.store().claim(ticket, &samples::worker("suite"), fixture.now()).await.unwrap().unwrap();
    fixture.put_and_end(samples::small(7), samples::success(3, 3)).await;
    for (state, numbers) in [
        (JobState::Queued, &[6, 1][..]),
        (JobState::Running, &[5]),
        (JobState::Succeeded, &[7, 2]),
        (JobState::Failed, &[3]),
        (JobState::Cancelled, &[4]),
    ] {
        let query = JobQuery { state: Some(state), ..JobQuery::default() };
        for limit in [1, 10] {
            assert_eq!(fixture.listed(&query, limit).await, ids(numbers), "{state:?}");
        }
    }
}

fn labelled(number: u64, labels: &[(&str, &str)]) -> NewJob {
    let labels = labels.iter().map(|(name, value)| samples::label(name, value)).collect();
    NewJob { options: JobOptions { labels, ..JobOptions::default() }, ..samples::small(number) }
}

async fn by_labels(fixture: Arc<Fixture>) {
    fixture.put(labelled(1, &[("team", "docs")])).await;
    fixture.put(labelled(2, &[("project", "x"), ("team", "docs")])).await;
    fixture.put(labelled(3, &[("project", "x"), ("team", "web")])).await;
    fixture.put(samples::small(4)).await;
    for (labels, numbers) in [
        (&[("team", "docs")][..], &[2, 1][..]),
        (&[("project", "x"), ("team", "docs")], &[2]),
        (&[("team", "docs"), ("team", "web")], &[]),
        (&[("team", "doc")], &[]),
        (&[("docs", "team")], &[]),
    ] {
        let labels = labels.iter().map(|(name, value)| samples::label(name, value)).collect();
        let query = JobQuery { labels, ..JobQuery::default() };
        assert_eq!(fixture.listed(&query, 1).await, ids(numbers), "{query:?}");
    }
    fixture.store().apply(&OwnerId::LOCAL, samples::id(2), JobAction::Delete, fixture.now()).await.unwrap();
    let query = JobQuery { labels: vec![samples::label("team", "docs")], ..JobQuery::default() };
    assert_eq!(fixture.listed(&query, 10).await, ids(&[1]));
}

async fn by_host(fixture: Arc<Fixture>) {
    fixture.put(samples::at(1, "example.com", "/a")).await;
    fixture.put(samples::at(2, "example.com", "/b")).await;
    fixture.put(samples::at(3, "www.example.com", "/")).await;
    fixture.put(samples::small(4)).await;
    let host = |host: &str| JobQuery { attribute: Some(samples::host_of(host)), ..JobQuery::default() };
    assert_eq!(fixture.listed(&host("example.com"), 1).await, ids(&[2, 1]));
    assert_eq!(fixture.listed(&host("www.example.com"), 10).await, ids(&[3]));
    assert!(fixture.listed(&host("xample.com"), 10).await.is_empty());
}

async fn by_time(fixture: Arc<Fixture>) {
    for number in [1, 2, 3, 4] {
        fixture.put(samples::small(number)).await;
    }
    let between = |since, until| JobQuery { since, until, ..JobQuery::default() };
    assert_eq!(fixture.listed(&between(Some(at(2)), None), 10).await, ids(&[4, 3, 2]), "at it or later");
    assert_eq!(fixture.listed(&between(None, Some(at(3))), 10).await, ids(&[2, 1]), "before it");
    assert_eq!(fixture.listed(&between(Some(at(2)), Some(at(4))), 1).await, ids(&[3, 2]));
    assert!(fixture.listed(&between(Some(at(9)), None), 10).await.is_empty());
}

async fn by_text(fixture: Arc<Fixture>) {
    fixture.put(samples::at(1, "example.com", "/Path_one?q=100%25")).await;
    fixture.put(samples::at(2, "example.com", "/PathXone")).await;
    fixture.put(samples::full(3)).await;
    fixture.put(samples::small(4)).await;
    let text = |text: &str| JobQuery { text: Some(text.into()), ..JobQuery::default() };
    assert_eq!(fixture.listed(&text("path_ONE"), 10).await, ids(&[1]), "no wildcards");
    assert_eq!(fixture.listed(&text("100%"), 10).await, ids(&[3, 1]));
    assert_eq!(fixture.listed(&text("bericht über"), 10).await, ids(&[3]));
    assert_eq!(fixture.listed(&text(&samples::id(4).to_string()), 10).await, ids(&[4]));
    let part = samples::id(4).to_string();
    assert_eq!(fixture.listed(&text(&part[part.len() - 6..].to_uppercase()), 10).await, ids(&[4]));
    assert!(fixture.listed(&text("'\"\\"), 10).await.is_empty());
    assert!(fixture.listed(&text(&samples::stranger().to_string()), 10).await.is_empty());
}

async fn by_several(fixture: Arc<Fixture>) {
    let labelled = |number, host: &str| {
        let options = JobOptions { labels: vec![samples::label("a", "b")], ..JobOptions::default() };
        NewJob { options, ..samples::at(number, host, "/x") }
    };
    fixture.put(labelled(1, "example.com")).await;
    fixture.put(labelled(2, "example.org")).await;
    fixture.put_and_end(labelled(3, "example.com"), AttemptOutcome::Failed(samples::failure())).await;
    fixture.put(samples::at(4, "example.com", "/x")).await;
    let query = JobQuery {
        owner: OwnerId::LOCAL,
        state: Some(JobState::Queued),
        labels: vec![samples::label("a", "b")],
        attribute: Some(samples::host_of("example.com")),
        since: Some(at(0)),
        until: Some(at(100)),
        text: Some("/X".into()),
    };
    assert_eq!(fixture.listed(&query, 1).await, ids(&[1]));
    let failed = JobQuery { state: Some(JobState::Failed), ..query };
    assert_eq!(fixture.listed(&failed, 1).await, ids(&[3]));
}

async fn by_owner(fixture: Arc<Fixture>) {
    let team = OwnerId::parse("team").unwrap();
    fixture.put(samples::small(1)).await;
    fixture.put(samples::owned_by("team", samples::at(2, "example.com", "/"))).await;
    fixture.put(samples::owned_by("team", samples::full(3))).await;
    let of_team = JobQuery { owner: team.clone(), ..JobQuery::default() };
    assert_eq!(fixture.listed(&JobQuery::default(), 10).await, ids(&[1]));
    assert_eq!(fixture.listed(&of_team, 1).await, ids(&[3, 2]));
    let host = Some(samples::host_of("example.com"));
    assert!(
        fixture.listed(&JobQuery { attribute: host.clone(), ..JobQuery::default() }, 10).await.is_empty()
    );
    assert_eq!(fixture.listed(&JobQuery { attribute: host, ..of_team }, 10).await, ids(&[2]));
    let found = fixture.catalogue().find(&team, samples::id(3)).await.unwrap();
    assert!(matches!(found, Lookup::Found(job) if job.owner == team));
    for (owner, number) in [(&OwnerId::LOCAL, 3), (&team, 1)] {
        let id = samples::id(number);
        assert_eq!(fixture.catalogue().find(owner, id).await.unwrap(), Lookup::Unknown);
        let attached = fixture.catalogue().find_with_attachment(owner, id, &samples::ATTACHMENT).await;
        assert_eq!(attached.unwrap(), Lookup::Unknown);
        let applied = fixture.store().apply(owner, id, JobAction::Delete, fixture.now()).await.unwrap();
        assert!(matches!(applied, ActionResult::Unknown), "{applied:?}");
    }
    assert_eq!(fixture.catalogue().census().await.unwrap().queued, 3, "of all owners");
}

async fn census(fixture: Arc<Fixture>) {
    let empty = fixture.catalogue().census().await.unwrap();
    assert_eq!((empty.queued, empty.running, empty.oldest_due_at), (0, 0, None));
    for number in [3, 1, 2] {
        fixture.put(samples::small(number)).await;
    }
    let census = fixture.catalogue().census().await.unwrap();
    assert_eq!((census.queued, census.running, census.oldest_due_at), (3, 0, Some(at(1))));
    fixture.clock.advance(Duration::from_secs(1));
    let ticket = samples::small(1).into_job().ticket();
    let hold =
        fixture.store().claim(ticket, &samples::worker("suite"), fixture.now()).await.unwrap().unwrap();
    let census = fixture.catalogue().census().await.unwrap();
    assert_eq!((census.queued, census.running, census.oldest_due_at), (2, 1, Some(at(2))));
    fixture.store().release(&hold.job, fixture.now()).await.unwrap();
    let census = fixture.catalogue().census().await.unwrap();
    assert_eq!((census.queued, census.running), (3, 0));
    let hold =
        fixture.store().claim(hold.job.ticket(), &samples::worker("suite"), fixture.now()).await.unwrap();
    let hold = hold.expect("it waits again");
    fixture.store().complete(&hold.job, samples::success(3, 3), fixture.now()).await.unwrap();
    for number in [2, 3] {
        fixture
            .store()
            .apply(&OwnerId::LOCAL, samples::id(number), JobAction::Cancel, fixture.now())
            .await
            .unwrap();
    }
    assert_eq!(fixture.catalogue().census().await.unwrap(), empty);
}
