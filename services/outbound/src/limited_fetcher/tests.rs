//! When a permit is taken, held and released, and which failures count against the host.

use std::sync::Mutex;

use tally_contract::doubles::{CountedIds, HandClock, Script, ScriptedFetcher};

use super::*;

const PAGE: &str = "http://a.example/page";

/// The hosts whose circuit opened, and those whose circuit closed.
#[derive(Default)]
struct Transitions(Mutex<(Vec<String>, Vec<String>)>);

impl BreakerObserver for Transitions {
    fn opened(&self, host: &str, _until: Timestamp) {
        self.0.lock().unwrap().0.push(host.to_owned());
    }
    fn closed(&self, host: &str) {
        self.0.lock().unwrap().1.push(host.to_owned());
    }
}

struct Fixture {
    pages: Arc<ScriptedFetcher>,
    transitions: Arc<Transitions>,
    fetcher: LimitedFetcher,
}

impl Fixture {
    fn new(script: Script) -> Self {
        let pages = Arc::new(ScriptedFetcher::default());
        pages.script(PAGE, [script]);
        let limiter = HostLimiter::new(1, Arc::new(HandClock::default()), Arc::new(CountedIds::default()));
        let transitions = Arc::<Transitions>::default();
        let fetcher = LimitedFetcher::new(Arc::clone(&pages) as _, limiter, Arc::clone(&transitions) as _);
        Self { pages, transitions, fetcher }
    }

    async fn open(&self) -> Result<Fetched, Unfetched> {
        self.fetcher.open(&PublicUrl::parse(PAGE).unwrap(), &FetchLimits::default()).await
    }

    async fn defer_reason(&self) -> Option<&'static str> {
        match self.open().await {
            Err(Unfetched::Deferred(deferral)) => Some(deferral.reason),
            _ => None,
        }
    }
}

fn failing(kind: CountFailure) -> Script {
    Script::Fails(kind.because("by script"))
}

#[tokio::test]
async fn defers_without_asking_the_host() {
    let fixture = Fixture::new(Script::text("words"));
    let _fetched = fixture.open().await.ok().unwrap();
    assert_eq!(fixture.defer_reason().await, Some("busy"));
    assert_eq!(fixture.pages.asked(), [PAGE]);
}

#[tokio::test]
async fn holds_the_permit_until_the_body_ends_or_is_dropped() {
    let fixture = Fixture::new(Script::text("words"));
    let mut fetched = fixture.open().await.ok().unwrap();
    assert!(fetched.body.next().await.is_some_and(|piece| piece.is_ok()));
    assert_eq!(fixture.defer_reason().await, Some("busy"));
    assert!(fetched.body.next().await.is_none());
    let unread = fixture.open().await.ok().unwrap();
    assert_eq!(fixture.defer_reason().await, Some("busy"));
    drop(unread);
    assert!(fixture.open().await.is_ok());
}

#[tokio::test]
async fn a_cancelled_fetch_releases_its_permit() {
    let fixture = Fixture::new(Script::Hangs);
    assert!(futures_util::FutureExt::now_or_never(fixture.open()).is_none());
    fixture.pages.script(PAGE, [Script::text("words")]);
    assert!(fixture.open().await.is_ok());
}

#[tokio::test]
async fn failures_in_a_row_open_the_circuit_and_are_reported_once() {
    let fixture = Fixture::new(failing(CountFailure::Unreachable));
    for _ in 0..5 {
        assert!(matches!(fixture.open().await, Err(Unfetched::Failed { .. })));
    }
    assert_eq!(fixture.defer_reason().await, Some("circuit-open"));
    assert_eq!(*fixture.transitions.0.lock().unwrap(), (vec!["a.example:80".to_owned()], Vec::new()));
}

#[tokio::test]
async fn a_failure_behind_a_redirect_does_not_count_against_the_first_host() {
    let elsewhere = PublicUrl::parse("http://b.example/").unwrap();
    let failure = CountFailure::Unreachable.because("by script");
    let fixture = Fixture::new(Script::Leads(elsewhere.clone(), failure.clone()));
    for _ in 0..12 {
        let failed = Unfetched::Failed { final_url: elsewhere.clone(), failure: failure.clone() };
        assert_eq!(fixture.open().await.err(), Some(failed));
    }
    assert_eq!(*fixture.transitions.0.lock().unwrap(), Default::default());
}
