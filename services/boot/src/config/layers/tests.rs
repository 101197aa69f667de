//! Precedence, origins, and what is said about a wrong file. The environment is not set here, because that is
//! unsafe in a process with threads: the command line's own tests do that.

use std::fs;

use clap::{Args, FromArgMatches};

use super::*;
use crate::config::ByteSize;
use crate::config::sections::{ConfigFile, Courtesy, Fetching, Listening, Working};

fn command() -> Command {
    let serve = Command::new("serve");
    let serve = Fetching::augment_args(Courtesy::augment_args(Listening::augment_args(serve)));
    let serve = ConfigFile::augment_args(Working::augment_args(serve));
    Command::new("tally").subcommand(serve)
}

fn parsed(file: &str, flags: &[&str]) -> Result<Layered, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tally.toml");
    fs::write(&path, file).unwrap();
    let fixed = ["tally", "serve", "--config"].map(OsString::from);
    let flags = flags.iter().map(OsString::from);
    parse(command(), fixed.into_iter().chain([path.into_os_string()]).chain(flags))
}

fn complaint(file: &str) -> String {
    parsed(file, &[]).expect_err("the file is wrong").to_string()
}

fn effective(layered: &Layered, key: &str) -> Effective {
    layered.effective().into_iter().find(|one| one.key == key).unwrap()
}

#[test]
fn a_flag_goes_before_the_file_and_the_file_before_the_default() {
    let file = "listen = \"127.0.0.1:1\"\nmax_upload = \"1MB\"\nfetch_allow = [\"10.0.0.0/8\", \"::1\"]\ninsecure = true";
    let layered = parsed(file, &["--listen", "127.0.0.1:2"]).unwrap();
    let matches = innermost(&layered.matches);
    let listening = Listening::from_arg_matches(matches).unwrap();
    assert_eq!(listening.listen.port(), 2);
    assert_eq!(listening.max_upload, ByteSize(1_000_000));
    assert!(listening.insecure);
    assert_eq!(Fetching::from_arg_matches(matches).unwrap().fetch_allow.len(), 2);
    assert_eq!(effective(&layered, "listen").origin, Origin::Flag);
    assert!(
        matches!(effective(&layered, "max_upload").origin, Origin::File(path) if path.ends_with("tally.toml"))
    );
    let timeout = effective(&layered, "fetch_timeout");
    assert_eq!((timeout.values, timeout.origin), (vec!["60s".to_owned()], Origin::Default));
    assert_eq!(effective(&layered, "workers").values, Vec::<String>::new());
}

#[test]
fn numbers_need_no_quotes() {
    let layered = parsed("workers = 3\nmax_upload = 1000\nfetch_per_host = 2", &[]).unwrap();
    let matches = innermost(&layered.matches);
    assert_eq!(Courtesy::from_arg_matches(matches).unwrap().fetch_per_host, 2);
    assert_eq!(Working::from_arg_matches(matches).unwrap().count().get(), 3);
    assert_eq!(Listening::from_arg_matches(matches).unwrap().max_upload, ByteSize(1_000));
}

#[test]
fn an_unknown_key_names_the_nearest() {
    let said = complaint("lisen = \"127.0.0.1:1\"");
    assert!(said.contains("has no option \"lisen\"; did you mean \"listen\"?"), "{said}");
    let said = complaint("colour = 1");
    assert!(said.contains("use one of listen, insecure, max_upload"), "{said}");
    assert!(complaint("config = \"other.toml\"").contains("has no option \"config\""));
}

#[test]
fn a_bad_value_names_file_key_and_what_would_do() {
    let said = complaint("listen = \"here\"");
    assert!(said.contains("tally.toml: listen: invalid value 'here'"), "{said}");
    assert!(said.contains("127.0.0.1:8080"), "{said}");
    assert!(complaint("[http]\nlisten = 1").contains("http: options stand at the top of the file"));
    assert!(complaint("insecure = \"maybe\"").contains("insecure: "));
    assert!(complaint("workers = 0").contains("workers: "));
    let said = complaint("fetch_per_host = 0");
    assert!(said.contains("fetch_per_host: invalid value '0'") && said.contains("1..=1000"), "{said}");
    assert!(complaint("listen = ").contains("is not TOML"));
}

#[test]
fn a_missing_file_is_an_error() {
    let args = ["tally", "serve", "--config", "/nowhere/tally.toml"].map(OsString::from);
    let said = parse(command(), args).expect_err("no file").to_string();
    assert!(said.starts_with("cannot read the configuration file /nowhere/tally.toml: "), "{said}");
}

#[test]
fn without_a_file_the_defaults_hold() {
    let layered = parse(command(), ["tally", "serve"].map(OsString::from)).unwrap();
    assert_eq!(effective(&layered, "listen").values, ["127.0.0.1:8080"]);
    assert!(layered.effective().iter().all(|one| one.origin == Origin::Default));
}
