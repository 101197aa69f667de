//! A program built without the cluster refuses the cluster's options.

use std::fs;

use tempfile::TempDir;

use crate::program::{run, run_command, tally};

const MONGODB: (&str, &str) = ("MONGODB_URI", "mongodb://db:27017/tally");
const AMQP: (&str, &str) = ("AMQP_URL", "amqp://broker:5672/%2f");

#[test]
fn an_address_of_a_cluster_is_a_usage_error_that_names_what_to_build() {
    let place = TempDir::new().unwrap();
    let file = place.path().join("tally.toml");
    fs::write(&file, "amqp_url = \"amqp://broker:5672/%2f\"\n").unwrap();
    let file = file.to_str().unwrap();
    for (args, variable, name) in [
        (vec!["serve"], Some(MONGODB), "MONGODB_URI"),
        (vec!["serve"], Some(AMQP), "AMQP_URL"),
        (vec!["serve", "--mongodb-uri", MONGODB.1], None, "MONGODB_URI"),
        (vec!["serve", "--config", file], None, "AMQP_URL"),
        (vec!["doctor"], Some(MONGODB), "MONGODB_URI"),
        (vec!["doctor", "--amqp-url", AMQP.1], None, "AMQP_URL"),
        (vec!["export"], Some(MONGODB), "MONGODB_URI"),
        (vec!["migrate"], Some(MONGODB), "MONGODB_URI"),
    ] {
        let ran = run_command(tally().args(&args).envs(variable), b"").ended(2);
        let said = format!("{name} is set, and this tally was built without the cluster");
        assert!(ran.stderr.contains(&said), "{args:?}: {ran:?}");
        let build = "cargo build --release -p tally-cli --features cluster";
        assert!(ran.stderr.contains(build), "{args:?}: {ran:?}");
        assert!(!ran.stderr.contains("db:27017"), "{args:?}: {ran:?}");
    }
}

#[test]
fn commands_that_need_no_cluster_ignore_its_address() {
    let counted = run_command(tally().args(["count", "-o", "json"]).envs([MONGODB, AMQP]), b"two words");
    let counted: serde_json::Value = serde_json::from_str(&counted.ended(0).stdout).unwrap();
    assert_eq!(counted["files"][0]["result"]["definitions"]["unicode"], 2);
    let unset = run_command(tally().args(["config", "show"]).env("MONGODB_URI", ""), b"").ended(0);
    assert!(!unset.stdout.contains("mongodb"), "{unset:?}");
    assert!(!run(["serve", "--help"]).ended(0).stdout.contains("mongodb"));
}
