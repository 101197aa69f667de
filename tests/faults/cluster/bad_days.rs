//! Wrong passwords and hosts that are not there: a process says so, goes on trying, and is ready when it is mended.

use std::time::Duration;

use tally_tests::cluster::Role;
use tally_tests::wait;

use super::shared_cluster::{on_cluster, tell};

#[test]
fn a_wrong_password_of_the_broker_is_told_and_tried_until_it_is_right() {
    on_cluster("a wrong password", |cluster, rng| {
        let user = format!("late-{:x}", rng.draw());
        let broker = format!("amqp://{user}:s3cret-s3cret@{}/%2f", cluster.broker.address());
        let store = format!("mongodb://{}/tally?directConnection=true", cluster.store.address());
        let api = cluster.member_at(Role::Api, &store, &broker);
        wait::until("it says what is wrong", || {
            api.log().contains("ACCESS_REFUSED") || api.log().contains("refused")
        });
        assert!(api.misses("queue"), "{:?}", api.readiness());
        let log = api.log();
        assert!(!log.contains("s3cret"), "the password is in the log: {log}");
        let _alive = api.client().get("/health/live").expect(200);
        cluster.ctl(&["add_user", &user, "s3cret-s3cret"]);
        cluster.ctl(&["set_permissions", "-p", "/", &user, ".*", ".*", ".*"]);
        let took = wait::until("it is let in", || api.is_ready());
        tell("a wrong password", "ready once it was right", took);
    });
}

#[test]
fn hosts_that_are_not_there_are_told_and_tried() {
    on_cluster("no such host", |cluster, _| {
        let store = "mongodb://me:s3cret@nowhere.invalid:27017/tally";
        let worker = cluster.member_at(Role::Worker, store, "amqp://me:s3cret@nowhere.invalid:5672/%2f");
        wait::until("it names both", || worker.misses("store") && worker.misses("queue"));
        wait::until("it says so", || {
            let log = worker.log();
            log.contains("the database cannot be reached") && log.contains("no connection to")
        });
        assert!(!worker.log().contains("s3cret"), "{}", worker.log());
        let _alive = worker.client().get("/health/live").expect(200);
        tell("no such host", "503, both named", Duration::ZERO);
    });
}

#[test]
fn a_process_that_starts_before_its_store_and_its_broker_becomes_ready() {
    on_cluster("started too early", |cluster, _| {
        cluster.store.kill();
        cluster.apis[0].kill();
        cluster.apis[0].broker.refuse();
        cluster.apis[0].start_again();
        let both = |api: &tally_tests::cluster::Member| api.misses("store") && api.misses("queue");
        wait::until("it names both", || both(&cluster.apis[0]));
        cluster.start_store();
        cluster.apis[0].broker.heal();
        let took = wait::within(Duration::from_secs(30), "it is ready", || cluster.apis[0].is_ready());
        tell("started too early", "ready once both were there", took);
    });
}
