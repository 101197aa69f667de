//! `tally migrate`: a database that version 0.1.0 wrote is refused until it is migrated.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use bson::Bson;
use serde_json::Value;
use tally_tests::cluster::{Cluster, Role};
use tally_tests::program;
use tally_tests::services::mongodb::wire as store;

use super::shared_cluster::{on_cluster, tell};

const DATABASE: &str = "tally_1";
/// The exit status for data of another format.
const BAD_DATA: i32 = 65;
/// Nothing listens there. An API without a broker still answers what is read.
const NO_BROKER: &str = "amqp://127.0.0.1:1/%2f";

fn golden(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/1").join(name);
    fs::read_to_string(path).expect("the golden data is in the repository")
}

/// Moves every moment in a value, so that no job expires however old the golden data is.
fn shift(value: &mut Bson, by_ms: i64) {
    match value {
        Bson::DateTime(moment) => {
            *moment = bson::DateTime::from_millis(moment.timestamp_millis() + by_ms);
        }
        Bson::Document(document) => document.iter_mut().for_each(|(_, value)| shift(value, by_ms)),
        Bson::Array(values) => values.iter_mut().for_each(|value| shift(value, by_ms)),
        _ => {}
    }
}

fn load_golden(cluster: &Cluster) {
    let lines = golden("mongodb.jsonl");
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let documents = lines.iter().map(|line| {
        let bson = Bson::try_from(line["document"].clone()).expect("Extended JSON");
        (line["collection"].as_str().expect("a name"), bson)
    });
    let documents: Vec<_> = documents.collect();
    let created = |(_, bson): &(&str, Bson)| bson.as_document()?.get_datetime("created").ok().copied();
    let first = documents.iter().find_map(created).expect("a job");
    let now = bson::DateTime::now();
    let by_ms = now.timestamp_millis() - first.timestamp_millis();
    for (collection, mut bson) in documents {
        shift(&mut bson, by_ms);
        let Bson::Document(document) = bson else { panic!("{bson}") };
        store::insert(cluster.store.address(), DATABASE, collection, document);
    }
}

fn migrate(uri: &str) -> Output {
    let mut tally = Command::new(program::tally());
    tally.arg("migrate").env("MONGODB_URI", uri).current_dir(program::scratch());
    tally.output().expect("tally runs")
}

#[test]
fn a_database_of_version_0_1_is_refused_until_it_is_migrated() {
    on_cluster("migrate", |cluster, _| {
        load_golden(cluster);
        let uri = format!("mongodb://{}/{DATABASE}?directConnection=true", cluster.store.address());
        for role in [Role::Api, Role::Worker] {
            let refused = cluster.member_at(role, &uri, NO_BROKER);
            let ended = refused.process().wait(Duration::from_secs(tally_tests::PATIENCE_S));
            assert_eq!(ended.and_then(|ended| ended.code()), Some(BAD_DATA), "{}", refused.log());
            assert!(refused.log().contains("run `tally migrate`"), "{}", refused.log());
        }

        for said in ["converted 30 jobs; 0 had this format", "converted 0 jobs; 30 had this format"] {
            let ended = migrate(&uri);
            let stderr = String::from_utf8_lossy(&ended.stderr);
            assert!(ended.status.success() && stderr.contains(said), "{stderr}");
        }

        let api = cluster.member_at(Role::Api, &uri, NO_BROKER);
        tally_tests::wait::until("the API has its store", || api.readiness().is_some() && api.has("store"));
        let before: Value = serde_json::from_str(&golden("mongodb.json")).expect("JSON");
        let mut compared = 0;
        for entry in before["records"].as_object().expect("records").values() {
            let Some(id) = entry["record"]["id"].as_str() else { continue };
            let job = api.client().job(id);
            assert_eq!(job["state"], entry["record"]["state"], "{id}");
            assert_eq!(job["result"], entry["record"]["result"], "{id}");
            compared += 1;
        }
        assert_eq!(compared, 29);
        tell("migrate", "30 jobs, none lost", Duration::ZERO);
    });
}
