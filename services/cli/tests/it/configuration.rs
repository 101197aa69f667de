//! Options from flags, environment, file and defaults, in this order.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::program::{run_command, tally};

fn file(content: &str) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("tally.toml");
    fs::write(&path, content).unwrap();
    (folder, path)
}

fn option(all: &Value, name: &str) -> Value {
    let one = all.as_array().unwrap().iter().find(|one| one["option"] == name);
    let one = one.unwrap_or_else(|| panic!("{name} is not shown"));
    json!([one["values"], one["origin"]])
}

#[test]
fn a_flag_beats_the_environment_which_beats_the_file_which_beats_the_default() {
    let (_folder, path) =
        file("listen = \"127.0.0.1:1\"\nworkers = 1\nmax_upload = \"1MB\"\nfetch_allow = [\"::1\"]");
    let mut command = tally();
    command.args(["config", "show", "-o", "json", "--workers", "3", "--config"]).arg(&path);
    command
        .env("TALLY_WORKERS", "2")
        .env("TALLY_MAX_UPLOAD", "2MB")
        .env("TALLY_FETCH_ALLOW", "10.0.0.0/8,192.168.0.0/16");
    let all = run_command(&mut command, b"").ended(0).json();
    let from_file = format!("file {}", path.display());
    assert_eq!(option(&all, "workers"), json!([["3"], "flag"]));
    assert_eq!(option(&all, "max_upload"), json!([["2MB"], "environment TALLY_MAX_UPLOAD"]));
    assert_eq!(option(&all, "listen"), json!([["127.0.0.1:1"], from_file]));
    assert_eq!(option(&all, "data"), json!([["./tally-data"], "default"]));
    let allowed = option(&all, "fetch_allow");
    assert_eq!(allowed, json!([["10.0.0.0/8", "192.168.0.0/16"], "environment TALLY_FETCH_ALLOW"]));
}

#[test]
fn the_file_may_be_named_by_the_environment_and_switches_go_both_ways() {
    let (_folder, path) = file("insecure = true");
    let mut command = tally();
    command.args(["config", "show"]).env("TALLY_CONFIG", &path);
    let shown = run_command(&mut command, b"").ended(0).stdout;
    let line = shown.lines().find(|line| line.starts_with("insecure")).unwrap();
    assert!(line.contains("true") && line.contains("tally.toml"), "{line}");
}

#[test]
fn a_wrong_file_is_78_and_names_the_nearest_key() {
    for (content, said) in [
        ("lisen = 1", "has no option \"lisen\"; did you mean \"listen\"?"),
        ("listen = \"here\"", "listen: invalid value 'here'"),
        ("[serve]\nlisten = 1", "without [sections]"),
        ("listen", "is not TOML"),
    ] {
        let (_folder, path) = file(content);
        let ran = run_command(tally().args(["serve", "--config"]).arg(&path), b"").ended(78);
        assert!(ran.stderr.starts_with("error: ") && ran.stderr.contains(said), "{ran:?}");
        assert!(ran.stdout.is_empty());
    }
    let missing = run_command(tally().args(["serve", "--config", "/nowhere.toml"]), b"").ended(78);
    assert!(missing.stderr.contains("cannot read the configuration file /nowhere.toml"), "{missing:?}");
}

#[test]
fn a_wrong_variable_is_a_usage_error() {
    let ran = run_command(tally().args(["config", "show"]).env("TALLY_WORKERS", "none"), b"").ended(2);
    assert!(ran.stderr.contains("--workers"), "{ran:?}");
}
