//! kill -9 at random moments, again and again on one data folder: every job that was acknowledged ends, once, right.

use std::sync::atomic::AtomicU64;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use tally_tests::process::Process;
use tally_tests::rng::SeededRng;
use tally_tests::server::{Launch, Server};
use tempfile::TempDir;

use crate::history::{Attempt, judge, settle};
use crate::load::{Done, Pages, Wanted, submit};

/// Clients that submit side by side.
const CLIENTS: usize = 8;
/// The most that each submits in a round.
const MOST: usize = 25;
/// A job that runs at three kills in a row must be taken for the killer. Here the killer stands outside, so after so
/// many kills the server is left in peace until its jobs have ended.
const KILLS_IN_A_ROW: u64 = 2;

/// All that goes on from round to round.
struct Campaign {
    rng: SeededRng,
    pages: Pages,
    numbers: AtomicU64,
    attempts: Vec<Attempt>,
    repeat: Vec<Wanted>,
}

#[test]
fn every_acknowledged_job_survives_hundreds_of_kills() {
    let rounds = crate::number("FAULT_RUNS", || 100);
    let mut rng = crate::seed("crashes");
    let pages = Pages::new(&mut rng);
    let mut campaign =
        Campaign { rng, pages, numbers: AtomicU64::new(0), attempts: Vec::new(), repeat: Vec::new() };
    let began = Instant::now();
    let mut server = Launch::new().start();
    let mut kills = 0;
    for _ in 0..rounds {
        if kills >= KILLS_IN_A_ROW {
            settle(&server);
            kills = 0;
        }
        campaign.round(&mut server);
        kills += 1;
        if kills < KILLS_IN_A_ROW && campaign.rng.below(3) == 0 {
            killed_while_it_starts(&server, &mut campaign.rng);
            kills += 1;
        }
        server.start_again();
    }
    campaign.finish(&server);
    settle(&server);
    let verdict = judge(&server, &campaign.attempts);
    eprintln!("crashes: rounds {rounds}, {verdict:?}, {:.1} s", began.elapsed().as_secs_f64());
    verdict.assert_clean();
}

impl Campaign {
    /// Clients submit; at a random moment the server is killed under them.
    fn round(&mut self, server: &mut Server) {
        let after = Duration::from_micros(self.rng.below(120_000));
        let client = (*server).clone();
        let mut repeat = std::mem::take(&mut self.repeat);
        let (tell, ended) = channel();
        let done: Vec<Done> = std::thread::scope(|scope| {
            let each: Vec<_> = (0..CLIENTS)
                .map(|place| {
                    let mut rng = self.rng.split();
                    let share = (repeat.len() / (CLIENTS - place)).min(repeat.len());
                    let mine = repeat.split_off(repeat.len() - share);
                    let (client, pages, numbers, tell) = (&client, &self.pages, &self.numbers, tell.clone());
                    scope.spawn(move || {
                        let done = submit(client, &mut rng, pages, numbers, mine, MOST);
                        let _counted = tell.send(());
                        done
                    })
                })
                .collect();
            drop(tell);
            // The moment comes after a random time, or when all clients have had their say.
            let until = Instant::now() + after;
            for _ in 0..CLIENTS {
                if ended.recv_timeout(until.saturating_duration_since(Instant::now())).is_err() {
                    break;
                }
            }
            server.kill();
            each.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        self.take(done);
    }

    fn take(&mut self, done: Vec<Done>) {
        for done in done {
            self.attempts.extend(done.attempts);
            self.repeat.extend(done.repeat);
        }
    }

    /// What was hidden by the last crash is asked for once more, so that every keyed submit has an answer.
    fn finish(&mut self, server: &Server) {
        let repeat = std::mem::take(&mut self.repeat);
        let most = repeat.len();
        let mut rng = self.rng.split();
        let done = submit(server, &mut rng, &self.pages, &self.numbers, repeat, most);
        assert!(done.repeat.is_empty(), "the server does not answer: {:?}", done.repeat);
        self.take(vec![done]);
    }
}

/// Starts it and kills it before it says anything, perhaps in the middle of its recovery.
fn killed_while_it_starts(server: &Server, rng: &mut SeededRng) {
    let log = TempDir::new().unwrap();
    let process = Process::start(&mut Launch::new().command(server.data()), &log.path().join("log"));
    let early = process.wait(Duration::from_micros(rng.below(60_000)));
    assert_eq!(early, None, "it ended by itself:\n{}", process.log());
    process.kill();
}
