//! Precedence, origins, and messages about a wrong file. These tests do not set the environment, because that is unsafe
//! in a process with threads; the tests of the command line do.

use std::fs;

use clap::{Args, FromArgMatches};

use super::*;
use crate::config::ByteSize;
use crate::config::sections::{ConfigFile, FetchOptions, ListenOptions, PerHostLimit, WorkerOptions};

fn command() -> Command {
    let serve = Command::new("serve");
    let serve = FetchOptions::augment_args(PerHostLimit::augment_args(ListenOptions::augment_args(serve)));
    let serve = ConfigFile::augment_args(WorkerOptions::augment_args(serve));
    Command::new("tally").subcommand(serve)
}

fn parsed(file: &str, flags: &[&str]) -> Result<LayeredConfig, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tally.toml");
    fs::write(&path, file).unwrap();
    let fixed = ["tally", "serve", "--config"].map(OsString::from);
    let flags = flags.iter().map(OsString::from);
    parse(command(), fixed.into_iter().chain([path.into_os_string()]).chain(flags))
}

fn error_of(file: &str) -> String {
    parsed(file, &[]).expect_err("the file is wrong").to_string()
}

fn effective(layered: &LayeredConfig, key: &str) -> EffectiveOption {
    layered.effective().into_iter().find(|one| one.key == key).unwrap()
}

#[test]
fn flags_override_the_file_and_the_file_overrides_defaults() {
    let file = "listen = \"127.0.0.1:1\"\nmax_upload = \"1MB\"\nfetch_allow = [\"10.0.0.0/8\", \"::1\"]\ninsecure = true";
    let layered = parsed(file, &["--listen", "127.0.0.1:2"]).unwrap();
    let matches = innermost(&layered.matches);
    let listening = ListenOptions::from_arg_matches(matches).unwrap();
    assert_eq!(listening.listen.port(), 2);
    assert_eq!(listening.max_upload, ByteSize(1_000_000));
    assert!(listening.insecure);
    assert_eq!(FetchOptions::from_arg_matches(matches).unwrap().fetch_allow.len(), 2);
    assert_eq!(effective(&layered, "listen").origin, OptionOrigin::Flag);
    assert!(
        matches!(effective(&layered, "max_upload").origin, OptionOrigin::File(path) if path.ends_with("tally.toml"))
    );
    let timeout = effective(&layered, "fetch_timeout");
    assert_eq!((timeout.values, timeout.origin), (vec!["60s".to_owned()], OptionOrigin::Default));
    assert_eq!(effective(&layered, "workers").values, Vec::<String>::new());
}

#[test]
fn numbers_need_no_quotes() {
    let layered = parsed("workers = 3\nmax_upload = 1000\nfetch_per_host = 2", &[]).unwrap();
    let matches = innermost(&layered.matches);
    assert_eq!(PerHostLimit::from_arg_matches(matches).unwrap().fetch_per_host, 2);
    assert_eq!(WorkerOptions::from_arg_matches(matches).unwrap().count().get(), 3);
    assert_eq!(ListenOptions::from_arg_matches(matches).unwrap().max_upload, ByteSize(1_000));
}

#[test]
fn an_unknown_key_suggests_the_most_similar_option() {
    let error = error_of("lisen = \"127.0.0.1:1\"");
    assert!(error.contains("has no option \"lisen\"; did you mean \"listen\"?"), "{error}");
    let error = error_of("colour = 1");
    assert!(error.contains("use one of listen, insecure, max_upload"), "{error}");
    assert!(error_of("config = \"other.toml\"").contains("has no option \"config\""));
}

#[test]
fn an_invalid_value_names_the_file_the_key_and_a_valid_value() {
    let error = error_of("listen = \"here\"");
    assert!(error.contains("tally.toml: listen: invalid value 'here'"), "{error}");
    assert!(error.contains("127.0.0.1:8080"), "{error}");
    assert!(error_of("[http]\nlisten = 1").contains("http: options stand at the top of the file"));
    assert!(error_of("insecure = \"maybe\"").contains("insecure: "));
    assert!(error_of("workers = 0").contains("workers: "));
    let error = error_of("fetch_per_host = 0");
    assert!(error.contains("fetch_per_host: invalid value '0'") && error.contains("1..=1000"), "{error}");
    assert!(error_of("listen = ").contains("is not TOML"));
}

#[test]
fn a_missing_file_is_an_error() {
    let args = ["tally", "serve", "--config", "/nowhere/tally.toml"].map(OsString::from);
    let error = parse(command(), args).expect_err("no file").to_string();
    assert!(error.starts_with("cannot read the configuration file /nowhere/tally.toml: "), "{error}");
}

#[test]
fn uses_defaults_without_a_file() {
    let layered = parse(command(), ["tally", "serve"].map(OsString::from)).unwrap();
    assert_eq!(effective(&layered, "listen").values, ["127.0.0.1:8080"]);
    assert!(layered.effective().iter().all(|one| one.origin == OptionOrigin::Default));
}
