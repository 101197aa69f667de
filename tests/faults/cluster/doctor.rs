//! `tally doctor` looks at a cluster: what it says while all is well, and while a part is away.

use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use tally_tests::cluster::Cluster;
use tally_tests::{program, wait};

use super::shared_cluster::{on_cluster, tell};

/// Its status and its findings.
fn ask(cluster: &Cluster, both: bool) -> (Option<i32>, Vec<Value>) {
    let api = &cluster.apis[0];
    let mut command = Command::new(program::tally());
    command.args(["doctor", "--output", "json", "--server", &format!("http://{}", api.client().address())]);
    command.env("MONGODB_URI", api.mongodb_uri());
    command.env_remove("AMQP_URL").env_remove("TALLY_DATA").current_dir(program::scratch());
    if both {
        command.env("AMQP_URL", format!("amqp://guest:guest@{}/%2f", api.broker.address()));
    }
    let said = command.output().expect("tally runs");
    let findings: Value = serde_json::from_slice(&said.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&said.stderr)));
    (said.status.code(), findings.as_array().cloned().unwrap_or_default())
}

fn health<'a>(findings: &'a [Value], check: &str) -> &'a str {
    let found = findings.iter().find(|finding| finding["check"] == check);
    found.and_then(|finding| finding["health"].as_str()).unwrap_or("not looked at")
}

#[test]
fn the_doctor_looks_at_both_and_says_which_is_away() {
    on_cluster("doctor", |cluster, _| {
        let (status, findings) = ask(cluster, true);
        assert_eq!(status, Some(0), "{findings:?}");
        for check in ["store", "set", "broker", "queues"] {
            assert_eq!(health(&findings, check), "ok", "{check}: {findings:?}");
        }
        assert!(
            findings
                .iter()
                .any(|one| one["found"].as_str().is_some_and(|found| found.starts_with("RabbitMQ ")))
        );

        let (status, findings) = ask(cluster, false);
        assert_eq!(
            (status, health(&findings, "cluster")),
            (Some(1), "bad"),
            "one without the other: {findings:?}"
        );

        cluster.apis[0].broker.refuse();
        wait::until("the API names the queue", || cluster.apis[0].misses("queue"));
        let (status, findings) = ask(cluster, true);
        assert_eq!((status, health(&findings, "broker")), (Some(69), "bad"), "{findings:?}");
        assert_eq!(health(&findings, "store"), "ok", "{findings:?}");
        tell("doctor", "well, half a cluster, no broker", Duration::ZERO);
    });
}
