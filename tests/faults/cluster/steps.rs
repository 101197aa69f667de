//! A crash between any two durable effects of a job's life, each made certain: a proxy holds back what would come next,
//! the process dies, and the job goes on elsewhere.
//!
//! The effects in their order: admitted, ticket offered, the others told of it, ticket delivered, claimed, end inserted,
//! open job removed, ticket acknowledged.

use std::time::Duration;

use bson::spec::BinarySubtype;
use bson::{Binary, doc};
use serde_json::json;
use tally_tests::client::{Client, id_of};
use tally_tests::cluster::Cluster;
use tally_tests::message::Request;
use tally_tests::site::{Gate, Site};
use tally_tests::wait;

use super::shared_cluster::{assert_done, on_cluster, slow_at_first, submit_text, submit_url, tell};

/// A job whose worker is gone runs again within this: five seconds, and as many more for the slow build under test.
const SOON: Duration = Duration::from_secs(10);

#[test]
fn an_insert_whose_answer_is_lost_is_one_job() {
    on_cluster("admitted | answered", |cluster, rng| {
        for crash in [false, true] {
            let key = format!("w1-{:x}", rng.draw());
            let label = format!("w1:{key}");
            let request =
                Request::post(&format!("/jobs?label={label}")).json(&json!({"text": "three plain words"}));
            let request = request.header("Idempotency-Key", &key);
            let first = cluster.apis[0].client().clone();
            // Its key is part of the label, so that word is the insert's.
            cluster.apis[0].store.mute_after(key.clone().into_bytes());
            let asking = request.clone();
            let asked = std::thread::spawn(move || first.try_send(&asking));
            let other = cluster.apis[1].client().clone();
            let listed = format!("/jobs?label={label}");
            let there = || {
                other.get(&listed).expect(200).json()["jobs"].as_array().is_some_and(|jobs| jobs.len() == 1)
            };
            wait::until("the job is stored, which its client does not know", there);
            if crash {
                cluster.apis[0].kill();
                assert!(asked.join().unwrap().is_err(), "a dead API answered");
            } else {
                let answer = asked.join().unwrap().expect("it says that it does not know");
                let _problem = answer.problem(503);
                assert!(answer.header("retry-after").is_some());
            }
            let again = other.send(&request);
            assert_eq!(again.header("idempotency-replayed"), Some("true"), "{}", again.text());
            assert_done(&other.wait(&id_of(&again.json())), 1);
            cluster.mend();
            assert!(there(), "it is one job still");
        }
        tell("admitted | answered", "one job", Duration::ZERO);
    });
}

#[test]
fn an_api_that_dies_between_admission_and_offer_leaves_the_job_to_the_relay() {
    on_cluster("admitted | offered", |cluster, _| {
        for api in &cluster.apis {
            api.broker.refuse();
        }
        wait::until("the API misses its broker", || cluster.apis[0].misses("queue"));
        let id = submit_text(cluster.apis[0].client(), "three plain words");
        cluster.apis.iter_mut().for_each(|api| api.kill());
        // No API runs, and the one that comes back to tell of it cannot reach the broker: a worker's relay did it.
        cluster.apis[0].start_again();
        wait::until("the API reaches its store", || cluster.apis[0].has("store"));
        let job = cluster.apis[0].client().wait(&id);
        assert_done(&job, 1);
        let relayed: f64 =
            cluster.workers.iter().map(|worker| worker.metric("tally_tickets_relayed_total")).sum();
        assert!(relayed >= 1.0, "the relay handed it out");
        tell("admitted | offered", "picked up by a relay", waited(&job));
    });
}

/// From the acceptance to the first attempt, as the record tells it.
fn waited(job: &serde_json::Value) -> Duration {
    let at = |name: &str| job[name].as_str().and_then(|time| time.parse::<jiff::Timestamp>().ok()).unwrap();
    at("started_at").duration_since(at("created_at")).unsigned_abs()
}

/// A job that the first worker is at, held up by its page; the second one is stopped.
fn running_on_the_first(cluster: &mut Cluster) -> (Site, Gate, Client, String) {
    let site = Site::local();
    let gate = slow_at_first(&site, "/page");
    cluster.workers[1].stop();
    let api = cluster.apis[0].client().clone();
    let id = submit_url(&api, &site.url("/page"));
    site.await_hits("/page", 1);
    (site, gate, api, id)
}

#[test]
fn an_offer_whose_confirmation_is_lost_is_one_run() {
    on_cluster("offered | noted", |cluster, _| {
        let site = Site::local();
        site.page("/page", "three plain words");
        cluster.apis[0].broker.mute();
        let began = std::time::Instant::now();
        let id = submit_url(cluster.apis[0].client(), &site.url("/page"));
        let took = began.elapsed();
        assert!(
            took < Duration::from_secs(3),
            "a broker that does not confirm held a client up for {took:?}"
        );
        assert_done(&cluster.apis[1].client().wait(&id), 1);
        cluster.apis[0].kill();
        cluster.apis[0].broker.heal();
        cluster.apis[0].back();
        cluster.await_tickets(0);
        assert_done(&cluster.apis[0].client().job(&id), 1);
        assert_eq!(site.hits("/page").len(), 1, "it ran once");
        tell("offered | noted", "answered", took);
    });
}

#[test]
fn many_tickets_of_one_job_are_one_run() {
    on_cluster("the same ticket many times", |cluster, _| {
        let site = Site::local();
        let gate = slow_at_first(&site, "/page");
        let id = submit_url(cluster.apis[0].client(), &site.url("/page"));
        site.await_hits("/page", 1);
        let tickets: Vec<String> =
            (0..60).map(|number| format!(r#"{{"v":1,"id":"{id}","epoch":{}}}"#, number % 3)).collect();
        let broker = cluster.broker.address();
        let bodies = tickets.iter().map(String::as_bytes);
        tally_tests::services::rabbitmq::wire::publish(broker, "tally.jobs.normal", bodies);
        wait::until("workers have them in hand", || cluster.tickets("messages_ready") == 0);
        gate.open();
        assert_done(&cluster.apis[0].client().wait(&id), 1);
        cluster.await_tickets(0);
        assert_eq!(site.hits("/page").len(), 1, "it ran once");
        tell("the same ticket many times", "60 repeats, one run", Duration::ZERO);
    });
}

#[test]
fn a_worker_that_dies_between_delivery_and_claim_costs_nothing() {
    on_cluster("delivered | claimed", |cluster, _| {
        cluster.workers[1].stop();
        cluster.workers[0].store.deafen();
        let id = submit_text(cluster.apis[0].client(), "three plain words");
        wait::until("the ticket has left the line", || cluster.tickets("messages_ready") == 0);
        cluster.workers[0].kill();
        cluster.workers[1].back();
        assert_done(&cluster.apis[0].client().wait(&id), 1);
        tell("delivered | claimed", "one attempt", Duration::ZERO);
    });
}

#[test]
fn a_worker_that_dies_between_claim_and_end_is_replaced_within_seconds() {
    on_cluster("claimed | settled", |cluster, _| {
        let (site, gate, api, id) = running_on_the_first(cluster);
        cluster.workers[1].back();
        cluster.workers[0].kill();
        let took = wait::within(SOON, "the job runs again", || site.hits("/page").len() == 2);
        assert_done(&api.wait(&id), 2);
        assert!(cluster.workers[1].metric("tally_jobs_reclaimed_total") >= 1.0);
        gate.open();
        tell("claimed | settled", "ran again", took);
    });
}

#[test]
fn a_claim_whose_answer_is_lost_with_its_worker_runs_elsewhere() {
    on_cluster("claimed | told", |cluster, _| {
        cluster.workers[1].stop();
        // A claim reads before it writes; only what it writes raises the count of crashes.
        cluster.workers[0].store.mute_after(*b"crashes");
        let api = cluster.apis[0].client().clone();
        let site = Site::local();
        site.page("/page", "three plain words");
        let id = submit_url(&api, &site.url("/page"));
        wait::until("the claim is stored", || api.job(&id)["state"] == "running");
        cluster.workers[0].kill();
        cluster.workers[1].back();
        assert_done(&api.wait(&id), 2);
        tell("claimed | told", "the second attempt", Duration::ZERO);
    });
}

/// Ends that come together are inserted, and then their open jobs removed. Until then those are the truth.
#[test]
fn ends_whose_open_jobs_were_not_removed_are_written_again_and_count_once() {
    const TEXTS: usize = 60;
    on_cluster("inserted | removed", |cluster, rng| {
        let store = cluster.store.address();
        let apart = || {
            // The id of a completion has one byte more, and shorter binaries sort first.
            let first = Binary { subtype: BinarySubtype::Generic, bytes: vec![0; 17] };
            let count = doc! { "count": "jobs", "query": { "_id": { "$gte": first } }, "$db": "tally" };
            tally_tests::services::mongodb::wire::command(store, &count).get_i32("n").expect("a count")
        };
        cluster.workers[1].stop();
        let api = cluster.apis[0].client().clone();
        let label = format!("ends:{:x}", rng.draw());
        let request =
            Request::post(&format!("/jobs?label={label}")).json(&json!({"text": "three plain words"}));
        // So that they are all there when it begins, and end together.
        cluster.workers[0].freeze();
        let ids: Vec<String> = (0..TEXTS).map(|_| id_of(&api.send(&request).expect(202).json())).collect();
        let before = apart();
        // The beginning of a completion in BSON: an `_id` of 17 bytes.
        cluster.workers[0].store.mute_after(*b"\x05_id\0\x11\0\0\0");
        cluster.workers[0].thaw();
        wait::until("some ends are inserted", || apart() - before > 1);
        let open = ids.iter().filter(|id| api.job(id)["state"] == "queued").count();
        assert!(open > 1, "what is not removed still waits");
        cluster.workers[0].kill();
        cluster.workers[1].back();
        // Not one of their claims was written, and so not one of their first runs is charged.
        ids.iter().for_each(|id| assert_done(&api.wait(id), 1));
        cluster.await_tickets(0);
        let listed = crate::history::listed(&api, &format!("&label={label}"));
        assert_eq!(listed.len(), TEXTS, "each stands once in a list");
        tell("inserted | removed", &format!("{open} of {TEXTS} ran again"), Duration::ZERO);
    });
}

#[test]
fn an_end_whose_answer_is_lost_is_written_once() {
    on_cluster("settled | told", |cluster, _| {
        let (site, gate, api, id) = running_on_the_first(cluster);
        cluster.workers[0].store.mute();
        gate.open();
        let ended = api.wait(&id);
        assert_done(&ended, 1);
        cluster.workers[0].kill();
        cluster.workers[1].back();
        cluster.await_tickets(0);
        assert_eq!(api.job(&id), ended, "the job did not change again");
        assert_eq!(site.hits("/page").len(), 1);
        tell("settled | told", "one end", Duration::ZERO);
    });
}

#[test]
fn a_worker_that_dies_between_end_and_acknowledgement_costs_no_second_run() {
    on_cluster("settled | acknowledged", |cluster, _| {
        let (site, gate, api, id) = running_on_the_first(cluster);
        cluster.workers[0].broker.deafen();
        gate.open();
        let ended = api.wait(&id);
        assert_done(&ended, 1);
        cluster.workers[0].kill();
        // What the proxy holds back of the dead one's words is never said.
        cluster.workers[0].broker.cut();
        cluster.workers[1].back();
        wait::until("the ticket came again", || {
            cluster.workers[1].metric("tally_tickets_redelivered_total") >= 1.0
        });
        cluster.await_tickets(0);
        assert_eq!(api.job(&id), ended, "the job did not change again");
        assert_eq!(site.hits("/page").len(), 1, "and it was not fetched again");
        tell("settled | acknowledged", "one run", Duration::ZERO);
    });
}

#[test]
fn a_frozen_worker_is_replaced_and_its_late_end_is_refused() {
    on_cluster("a frozen worker", |cluster, _| {
        let (site, gate, api, id) = running_on_the_first(cluster);
        cluster.workers[1].back();
        cluster.workers[0].freeze();
        let elsewhere = || site.hits("/page").len() == 2;
        let took = wait::within(Duration::from_secs(45), "the job runs elsewhere", elsewhere);
        let ended = api.wait(&id);
        assert_done(&ended, 2);
        let fenced = "tally_job_attempts_fenced_total";
        // The page's rest is there when the frozen one wakes up, so what it does first is to end the job.
        gate.open();
        cluster.workers[0].thaw();
        wait::until("its late end was refused", || cluster.workers[0].metric(fenced) >= 1.0);
        assert_eq!(api.job(&id), ended, "the job did not change again");
        tell("a frozen worker", "ran elsewhere", took);
    });
}

#[test]
fn a_job_that_kills_its_worker_runs_three_times_at_most() {
    on_cluster("poison", |cluster, _| {
        let site = Site::local();
        let gate = site.gated("/poison", "deadly ", "words");
        let api = cluster.apis[0].client().clone();
        cluster.workers[1].stop();
        let id = submit_url(&api, &site.url("/poison"));
        let mut neighbours = Vec::new();
        for crash in 1..=3 {
            site.await_hits("/poison", crash);
            neighbours.push(submit_text(&api, "right beside it"));
            cluster.workers[0].kill();
            cluster.workers[0].start_again();
        }
        let failed = api.wait(&id);
        assert_eq!(failed["error"]["type"], "/problems/crashed-worker", "{failed}");
        assert_eq!(site.hits("/poison").len(), 3);
        for neighbour in neighbours {
            let job = api.wait(&neighbour);
            assert_eq!((&job["state"], &job["result"]["words"]), (&json!("succeeded"), &json!(3)), "{job}");
        }
        gate.open();
        tell("poison", "three runs, neighbours spared", Duration::ZERO);
    });
}

#[test]
fn a_client_that_leaves_while_it_submits_leaves_a_whole_job_or_none() {
    on_cluster("clients that leave", |cluster, rng| {
        let api = cluster.apis[0].client().clone();
        let label = format!("w22:{:x}", rng.draw());
        let body = r#"{"text":"three plain words"}"#;
        let request = format!(
            "POST /jobs?label={label} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        for _ in 0..40 {
            let upto = request.len() - usize::try_from(rng.below(20)).unwrap();
            let mut connection = api.connect().unwrap();
            connection.write(&request.as_bytes()[..upto]).unwrap();
        }
        crate::history::settle(&api);
        let jobs = crate::history::listed(&api, &format!("&label={label}"));
        assert!(jobs.len() <= 40, "{}", jobs.len());
        // One of them may have been admitted since: no client waits for their answers.
        jobs.iter().for_each(|job| assert_done(&api.wait(&id_of(job)), 1));
        tell("clients that leave", &format!("{} whole jobs of 40", jobs.len()), Duration::ZERO);
    });
}

#[test]
fn one_key_at_both_apis_is_one_job() {
    on_cluster("one key, two APIs", |cluster, rng| {
        let key = format!("w23-{:x}", rng.draw());
        let clients = cluster.clients();
        let ask = |place: usize, text: &str| {
            let request = Request::post("/jobs").json(&json!({ "text": text }));
            clients[place % 2].send(&request.header("Idempotency-Key", &key))
        };
        let ids: Vec<String> = std::thread::scope(|scope| {
            let asked: Vec<_> =
                (0..40).map(|place| scope.spawn(move || ask(place, "three plain words"))).collect();
            asked.into_iter().map(|one| id_of(&one.join().unwrap().json())).collect()
        });
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        assert_done(&clients[0].wait(&ids[0]), 1);
        let _problem = ask(1, "other words").problem(422);
        tell("one key, two APIs", "40 submits, one job", Duration::ZERO);
    });
}
