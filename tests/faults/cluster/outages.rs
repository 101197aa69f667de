//! What clients and operators see while the broker or the store is away, blocked or silent.

use std::time::{Duration, Instant};

use serde_json::json;
use tally_tests::cluster::{Cluster, Role};
use tally_tests::message::Answer;
use tally_tests::wait;

use super::shared_cluster::{assert_done, on_cluster, submit_text, tell};

/// A submit that is decided here and now, on a slow build and a busy machine.
const AT_ONCE: Duration = Duration::from_millis(500);
/// The time limit of a call to the store, and some.
const IN_TIME: Duration = Duration::from_secs(8);

fn submit(cluster: &Cluster) -> (Answer, Duration) {
    let began = Instant::now();
    let answer = cluster.apis[0].client().submit(&json!({"text": "three plain words"}));
    (answer, began.elapsed())
}

fn assert_refused(answer: &Answer) {
    let problem = answer.problem(503);
    assert!(answer.header("retry-after").is_some(), "{problem}");
}

#[test]
fn while_the_broker_is_down_submits_go_on_into_the_store() {
    on_cluster("the broker is down", |cluster, _| {
        cluster.kill_broker();
        wait::until("the API names the queue", || cluster.apis[0].misses("queue"));
        wait::until("the worker names the queue", || cluster.workers[0].misses("queue"));
        let mut slowest = Duration::ZERO;
        let ids: Vec<String> = (0..20)
            .map(|_| {
                let (answer, took) = submit(cluster);
                slowest = slowest.max(took);
                tally_tests::client::id_of(&answer.expect(202).json())
            })
            .collect();
        assert!(slowest < AT_ONCE, "a broker that is known to be away held a client up for {slowest:?}");
        cluster.start_broker();
        for id in ids {
            assert_done(&cluster.apis[0].client().wait(&id), 1);
        }
        tell("the broker is down", "20 submits, each", slowest);
    });
}

#[test]
fn while_the_broker_is_in_alarm_submits_go_on_and_workers_as_well() {
    on_cluster("the broker is in alarm", |cluster, _| {
        cluster.ctl(&["set_vm_memory_high_watermark", "0"]);
        let mut ids = Vec::new();
        let mut slowest = Duration::ZERO;
        // A broker in alarm blocks its publishers.
        wait::until("the API names the queue", || {
            let (answer, took) = submit(cluster);
            slowest = slowest.max(took);
            ids.push(tally_tests::client::id_of(&answer.expect(202).json()));
            cluster.apis[0].misses("queue")
        });
        assert!(slowest < Duration::from_secs(3), "a broker in alarm held a client up for {slowest:?}");
        assert!(submit(cluster).1 < AT_ONCE, "and does so no more when it is known");
        cluster.ctl(&["set_vm_memory_high_watermark", "0.4"]);
        cluster.await_ready();
        for id in ids {
            assert_done(&cluster.apis[0].client().wait(&id), 1);
        }
        tell("the broker is in alarm", "the slowest submit", slowest);
    });
}

#[test]
fn past_the_bound_submits_are_refused_at_once_and_reading_goes_on() {
    on_cluster("the bound", |cluster, _| {
        let mut bounded = cluster.member(Role::Api, &["--max-queued-jobs", "20"]);
        bounded.back();
        for member in cluster.members() {
            member.broker.refuse();
        }
        bounded.broker.refuse();
        wait::until("the API names the queue", || bounded.misses("queue"));
        let client = bounded.client().clone();
        let mut ids = Vec::new();
        let refused = loop {
            let answer = client.submit(&json!({"text": "three plain words"}));
            match answer.status {
                202 => ids.push(tally_tests::client::id_of(&answer.json())),
                _ => break answer,
            }
            assert!(ids.len() < 2_000, "there is no bound");
        };
        assert_refused(&refused);
        let began = Instant::now();
        assert_refused(&client.submit(&json!({"text": "one more"})));
        let took = began.elapsed();
        assert!(took < AT_ONCE, "{took:?}");
        assert_eq!(client.job(&ids[0])["state"], "queued");
        for member in cluster.members() {
            member.broker.heal();
        }
        bounded.broker.heal();
        for id in &ids {
            assert_done(&client.wait(id), 1);
        }
        wait::until("there is room again", || {
            let answer = client.submit(&json!({"text": "three plain words"}));
            answer.status == 202
        });
        crate::history::settle(&client);
        tell("the bound", &format!("after {} jobs refused", ids.len()), took);
    });
}

fn without_store(
    cluster: &mut Cluster,
    window: &str,
    hurt: impl Fn(&mut Cluster),
    heal: impl Fn(&mut Cluster),
) {
    let before = submit_text(cluster.apis[0].client(), "three plain words");
    hurt(cluster);
    let mut slowest = Duration::ZERO;
    for _ in 0..3 {
        let (answer, took) = submit(cluster);
        assert_refused(&answer);
        slowest = slowest.max(took);
    }
    assert!(slowest < IN_TIME, "a submit hung for {slowest:?}");
    let said = wait::until("the API names the store", || cluster.apis[0].misses("store"));
    wait::until("the worker names the store", || cluster.workers[0].misses("store"));
    assert!(said < IN_TIME);
    for member in cluster.members() {
        let _alive = member.client().get("/health/live").expect(200);
    }
    heal(cluster);
    let back = wait::within(Duration::from_secs(30), "the API is ready", || cluster.apis[0].is_ready());
    let client = cluster.apis[0].client();
    let job = client.wait(&before);
    assert_eq!((&job["state"], &job["result"]["words"]), (&json!("succeeded"), &json!(3)), "{job}");
    assert_done(&client.count_text("three plain words"), 1);
    tell(window, &format!("503 within {:.2} s, ready again", slowest.as_secs_f64()), back);
}

#[test]
fn while_the_store_is_down_nothing_hangs() {
    on_cluster("the store is down", |cluster, _| {
        without_store(cluster, "the store is down", |cluster| cluster.store.kill(), Cluster::start_store);
    });
}

#[test]
fn while_the_store_is_silent_nothing_hangs() {
    on_cluster("the store is silent", |cluster, _| {
        without_store(
            cluster,
            "the store is silent",
            |cluster| cluster.store.freeze(),
            |cluster| cluster.store.thaw(),
        );
    });
}

/// Tickets that are given back once a second reach a broker's limit of deliveries; those in hand do not.
#[test]
fn while_only_workers_miss_the_store_tickets_stay_in_hand() {
    on_cluster("workers without their store", |cluster, _| {
        for worker in &cluster.workers {
            worker.store.refuse();
        }
        wait::until("the worker names the store", || {
            cluster.workers.iter().all(|worker| worker.misses("store"))
        });
        let id = submit_text(cluster.apis[0].client(), "three plain words");
        let asked = || cluster.workers.iter().any(|worker| worker.log().contains("kept in hand"));
        wait::until("a worker says that it keeps tickets", asked);
        let before: f64 = cluster.workers.iter().map(redelivered).sum();
        // Several of its tries later the ticket has not come back.
        let connections =
            || cluster.workers.iter().map(|worker| worker.metric("tally_job_attempts_total")).sum::<f64>();
        let attempts = connections();
        std::thread::park_timeout(Duration::from_secs(4));
        assert_eq!(connections(), attempts, "no worker can have claimed it");
        let after: f64 = cluster.workers.iter().map(redelivered).sum();
        for worker in &cluster.workers {
            worker.store.heal();
        }
        assert_done(&cluster.apis[0].client().wait(&id), 1);
        assert!((after - before).abs() < 0.5, "it went back and forth {} times", after - before);
        tell("workers without their store", "one delivery", Duration::ZERO);
    });
}

fn redelivered(worker: &tally_tests::cluster::Member) -> f64 {
    worker.metric("tally_tickets_redelivered_total")
}
