//! Clients that submit to both APIs while something dies, and the comparison of their story with the store's.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread::{JoinHandle, park_timeout, spawn};
use std::time::{Duration, Instant};

use tally_tests::PATIENCE_S;
use tally_tests::client::Client;
use tally_tests::cluster::Cluster;
use tally_tests::connection::Connection;
use tally_tests::rng::SeededRng;
use tally_tests::wait;

use super::shared_cluster::on_cluster;
use crate::history::{Attempt, Verdict, compare, listed, settle};
use crate::load::{Pages, Wanted, wanted};

/// Clients that submit side by side.
const CLIENTS: usize = 4;
/// The pause of a client between two submits: the machine is to be hurt by faults, not by load.
const PACE: Duration = Duration::from_millis(15);
/// The longest that any answer may take, the ten seconds included that some clients ask for: longer is hanging.
const HANGING: Duration = Duration::from_secs(20);

/// Clients at work.
pub(super) struct Campaign {
    shared: Arc<Shared>,
    clients: Vec<JoinHandle<Vec<Attempt>>>,
}

struct Shared {
    apis: Vec<Client>,
    pages: Pages,
    marks: String,
    numbers: AtomicU64,
    acknowledged: AtomicUsize,
    /// Submits that were answered with 503, or not at all.
    refused: AtomicUsize,
    slowest_ms: AtomicU64,
    over: AtomicBool,
}

/// Runs clients against the cluster while `act` hurts it; all must be well in the end. Repeated as `FAULT_RUNS` asks.
pub(super) fn under_load(test: &str, act: impl Fn(&mut Cluster, &mut SeededRng, &Campaign)) {
    on_cluster(test, |cluster, rng| {
        for _ in 0..rounds() {
            let clients = cluster.clients();
            one_round(test, cluster, rng, &clients, &act);
        }
    });
}

/// The same with clients that know one address only, that of an edge before the APIs.
pub(super) fn under_load_at_the_edge(test: &str, act: impl Fn(&mut Cluster, &mut SeededRng, &Campaign)) {
    on_cluster(test, |cluster, rng| {
        let edge = cluster.edge();
        for _ in 0..rounds() {
            one_round(test, cluster, rng, &[edge.client().clone()], &act);
        }
    });
}

/// How often a campaign is run: `make test` asks for 100 kills of one process, which is one round here.
fn rounds() -> u64 {
    (crate::number("FAULT_RUNS", || 100) / 100).max(1)
}

fn one_round(
    test: &str,
    cluster: &mut Cluster,
    rng: &mut SeededRng,
    clients: &[Client],
    act: &impl Fn(&mut Cluster, &mut SeededRng, &Campaign),
) {
    let began = Instant::now();
    let campaign = Campaign::start(clients.to_vec(), rng);
    campaign.goes_on(20);
    act(cluster, rng, &campaign);
    cluster.mend();
    campaign.goes_on(20);
    let refused = campaign.shared.refused.load(Ordering::Relaxed);
    let slowest = Duration::from_millis(campaign.shared.slowest_ms.load(Ordering::Relaxed));
    let verdict = campaign.end();
    eprintln!(
        "{test}: {verdict}, refused {refused}, slowest answer {:.1} s, {:.1} s in all",
        slowest.as_secs_f64(),
        began.elapsed().as_secs_f64()
    );
    verdict.assert_clean();
    assert!(slowest < HANGING, "an answer took {slowest:?}");
}

impl Campaign {
    fn start(apis: Vec<Client>, rng: &mut SeededRng) -> Self {
        let pages = Pages::new(rng);
        let shared = Arc::new(Shared {
            apis,
            pages,
            // Fresh on the store, whose data outlive a seed.
            marks: format!("&label=campaign:{:016x}", SeededRng::fresh_seed()),
            numbers: AtomicU64::new(0),
            acknowledged: AtomicUsize::new(0),
            refused: AtomicUsize::new(0),
            slowest_ms: AtomicU64::new(0),
            over: AtomicBool::new(false),
        });
        let clients = (0..CLIENTS).map(|_| {
            let (shared, rng) = (Arc::clone(&shared), rng.split());
            spawn(move || shared.submit(rng))
        });
        Self { clients: clients.collect(), shared }
    }

    /// How many submits were acknowledged so far.
    pub(super) fn acknowledged(&self) -> usize {
        self.shared.acknowledged.load(Ordering::Relaxed)
    }

    /// How many were refused or not answered.
    pub(super) fn refused(&self) -> usize {
        self.shared.refused.load(Ordering::Relaxed)
    }

    /// Waits until so many more submits were acknowledged.
    pub(super) fn goes_on(&self, more: usize) {
        let goal = self.acknowledged() + more;
        wait::until("clients are answered", || {
            assert!(!self.clients.iter().any(JoinHandle::is_finished), "a client gave up");
            self.acknowledged() >= goal
        });
    }

    /// Every job that was made for these clients.
    pub(super) fn jobs(&self) -> Vec<serde_json::Value> {
        listed(&self.shared.apis[0], &self.shared.marks)
    }

    fn end(mut self) -> Verdict {
        self.shared.over.store(true, Ordering::Relaxed);
        let clients = std::mem::take(&mut self.clients);
        let attempts: Vec<Attempt> =
            clients.into_iter().flat_map(|client| client.join().expect("a client ends well")).collect();
        let api = &self.shared.apis[0];
        settle(api);
        compare(api, &attempts, listed(api, &self.shared.marks))
    }
}

impl Drop for Campaign {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
    }
}

impl Shared {
    /// Submits until it is over. A submit with a key is repeated, at whichever API, until it is acknowledged.
    fn submit(&self, mut rng: SeededRng) -> Vec<Attempt> {
        let mut attempts = Vec::new();
        let mut place = usize::try_from(rng.below(self.apis.len() as u64)).expect("few");
        let mut connection = None;
        while !self.over.load(Ordering::Relaxed) {
            let number = self.numbers.fetch_add(1, Ordering::Relaxed);
            let mut next = wanted(&mut rng, &self.pages, number, &self.marks);
            let until = Instant::now() + 2 * Duration::from_secs(PATIENCE_S);
            while !self.once(&mut next, place, &mut connection) {
                // As a balancer would: the next one may be well.
                (place, connection) = ((place + 1) % self.apis.len(), None);
                park_timeout(PACE * 4);
                if !next.is_keyed() {
                    break;
                }
                assert!(Instant::now() < until, "a submit is never acknowledged: {next:?}");
            }
            attempts.push(next.attempt);
            park_timeout(PACE);
        }
        attempts
    }

    fn once(&self, next: &mut Wanted, place: usize, connection: &mut Option<Connection>) -> bool {
        let began = Instant::now();
        let answer = next.send(&self.apis[place], connection);
        let took = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.slowest_ms.fetch_max(took, Ordering::Relaxed);
        let accepted = answer.is_ok_and(|answer| answer.status != 503);
        let tally = if accepted { &self.acknowledged } else { &self.refused };
        tally.fetch_add(1, Ordering::Relaxed);
        accepted
    }
}
