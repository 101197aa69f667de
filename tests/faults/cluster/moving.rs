//! Jobs move into a cluster that works, and back into a data folder.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::json;
use tally_tests::client::id_of;
use tally_tests::cluster::Cluster;
use tally_tests::program;
use tally_tests::server::{Launch, Server};
use tally_tests::site::Site;

use super::shared_cluster::{assert_done, on_cluster, slow_at_first, submit_url, tell};

/// `tally export` or `tally import`; what it said.
#[track_caller]
fn run(command: &str, arguments: &[&Path], cluster: Option<&Cluster>) -> String {
    let mut tally = Command::new(program::tally());
    tally.arg(command).args(arguments).env_remove("MONGODB_URI").current_dir(program::scratch());
    if let Some(cluster) = cluster {
        tally.env("MONGODB_URI", cluster.apis[0].mongodb_uri());
    }
    let ended = tally.output().expect("tally runs");
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(ended.status.success(), "tally {command}: {said}");
    said
}

#[test]
fn jobs_move_into_a_working_cluster_and_back() {
    on_cluster("moving", |cluster, _| {
        let site = Site::local();
        let gate = slow_at_first(&site, "/waits");
        let mut server = Launch::new().start();
        let ended = id_of(&server.submit(&json!({ "text": "three plain words" })).expect(202).json());
        assert_done(&server.wait(&ended), 1);
        let before = server.job(&ended);
        let waits = submit_url(&server, &site.url("/waits"));
        site.await_hits("/waits", 1);
        server.kill();
        gate.open();

        let place = tempfile::tempdir().unwrap();
        let lines = place.path().join("jobs.ndjson");
        run("export", &[server.data(), Path::new("-o"), &lines], None);
        let said = run("import", &[Path::new("-i"), &lines], Some(cluster));
        assert!(said.contains("imported 2 jobs; 0 were here already"), "{said}");
        assert!(said.contains("keys of idempotency stay behind"), "the cluster has its own: {said}");
        let api = cluster.apis[0].client();
        assert_eq!(api.job(&ended), before);
        // A worker took it up here.
        let job = api.wait(&waits);
        assert_eq!((&job["state"], &job["result"]["words"]), (&json!("succeeded"), &json!(3)), "{job}");
        let said = run("import", &[Path::new("-i"), &lines], Some(cluster));
        assert!(said.contains("imported 0 jobs; 2 were here already"), "{said}");

        let (back, folder) = (place.path().join("back.ndjson"), place.path().join("data"));
        run("export", &[Path::new("-o"), &back], Some(cluster));
        let said = run("import", &[&folder, Path::new("-i"), &back], None);
        assert!(!said.contains("stay behind"), "a new folder begins with the keys of the cluster: {said}");
        let home: Server = Launch::new().data(&folder).start();
        assert_eq!(home.job(&ended), before);
        assert_eq!(home.job(&waits), cluster.apis[0].client().job(&waits));
        home.abandon();
        tell("moving", "there and back", Duration::ZERO);
    });
}
