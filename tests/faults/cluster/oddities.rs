//! What lies in a queue or in the store and is nothing of ours, or of a version to come.

use std::time::Duration;

use bson::{Bson, doc};
use tally_tests::services::mongodb::wire as store;
use tally_tests::services::rabbitmq::wire as broker;
use tally_tests::wait;

use super::shared_cluster::{assert_done, on_cluster, tell};

const STRANGER: &str = "0190d5f4-7b1e-7c3a-9f00-3b5c6d7e8f90";

#[test]
fn strange_messages_are_set_aside_and_work_goes_on() {
    on_cluster("strange messages", |cluster, _| {
        let counted = |cluster: &tally_tests::cluster::Cluster| {
            cluster
                .workers
                .iter()
                .map(|worker| worker.metric("tally_messages_quarantined_total"))
                .sum::<f64>()
        };
        let before = counted(cluster);
        let unknown = format!(r#"{{"v":1,"id":"{STRANGER}","epoch":0}}"#);
        let newer = format!(r#"{{"v":2,"ids":["{STRANGER}"]}}"#);
        let messages: [&[u8]; 5] = [b"", b"hello", b"\xff\xfe\x00", newer.as_bytes(), unknown.as_bytes()];
        broker::publish(cluster.broker.address(), "tally.jobs.normal", messages);
        assert_done(&cluster.apis[0].client().count_text("three plain words"), 1);
        cluster.await_tickets(0);
        // The ticket of no job is no stranger to the queue: it is dropped, and the others are kept to be looked at.
        wait::until("four are counted", || counted(cluster) - before > 3.5);
        let logs = cluster.logs();
        assert!(logs.contains("quarantined"), "{logs}");
        let queues = cluster.ctl(&["-q", "list_queues", "name", "messages"]);
        assert!(queues.lines().any(|line| line.starts_with("tally.jobs.parked")), "{queues}");
        tell("strange messages", "5 messages, 4 set aside, 1 dropped", Duration::ZERO);
    });
}

#[test]
fn strange_documents_are_set_aside_and_work_goes_on() {
    on_cluster("strange documents", |cluster, _| {
        let counted = |cluster: &mut tally_tests::cluster::Cluster| {
            cluster.members().map(|member| member.metric("tally_documents_quarantined_total")).sum::<f64>()
        };
        let before = counted(cluster);
        let address = cluster.store.address();
        let past = bson::DateTime::from_millis(0);
        let id = Bson::from(bson::Uuid::new());
        let newer =
            doc! { "_id": id.clone(), "v": 99, "state": "queued", "wake": past, "how": { "new": true } };
        let damaged =
            doc! { "_id": bson::Uuid::new(), "v": 3, "state": "queued", "wake": past, "epoch": "one" };
        let stranger = doc! { "_id": format!("stranger {id}"), "state": "queued", "wake": past };
        for document in [newer, damaged, stranger] {
            store::insert(address, "tally", "jobs", document);
        }
        // The relays meet all three; the damaged one has a ticket that can be read, so a worker meets it as well.
        wait::until("they are counted", || counted(cluster) - before > 2.5);
        let ticket = format!(
            r#"{{"v":1,"id":"{}","epoch":0}}"#,
            id.to_string().trim_matches(['"', 'U', 'I', 'D', '(', ')'])
        );
        broker::publish(cluster.broker.address(), "tally.jobs.high", [ticket.as_bytes()]);
        assert_done(&cluster.apis[0].client().count_text("three plain words"), 1);
        cluster.await_tickets(0);
        let logs: String = cluster.members().map(|member| member.log()).collect();
        assert!(logs.contains("format 99") && logs.contains("quarantined"), "{logs}");
        let pids = |cluster: &mut tally_tests::cluster::Cluster| {
            cluster.members().map(|member| member.process().pid()).collect::<Vec<_>>()
        };
        let running = pids(cluster);
        assert_done(&cluster.apis[1].client().count_text("three plain words"), 1);
        assert_eq!(pids(cluster), running, "no process crashed");
        tell("strange documents", "3 documents set aside", Duration::ZERO);
    });
}
