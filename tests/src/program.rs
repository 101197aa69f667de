//! Finds the program under test.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The program `tally`: the one that `TALLY_BIN` names, else the one beside this test, built now if it is not there.
/// Panics when there is none in the end: a test without its subject has not passed.
#[must_use]
pub fn tally() -> &'static Path {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    FOUND.get_or_init(find)
}

/// Another executable of the product: it stands beside `tally`.
#[must_use]
pub fn beside(name: &str) -> PathBuf {
    let path = tally().with_file_name(name);
    let build = "cargo build -p tally-cli --features cluster";
    assert!(path.is_file(), "{} is not there; build it with: {build}", path.display());
    path
}

#[expect(clippy::disallowed_methods, reason = "the harness has no configuration but its environment")]
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// This machine as it sees itself.
pub const LOOPBACK: &str = "127.0.0.1";

/// Where the server under test reaches this machine: `TALLY_TEST_HOST`, an address of this machine, for a server that
/// runs elsewhere, as in a container; else loopback.
#[must_use]
pub fn host() -> String {
    environment("TALLY_TEST_HOST").unwrap_or_else(|| LOOPBACK.to_owned())
}

/// The folder into which cargo builds with the profile of the tests, as `target/debug`.
fn profile_folder() -> PathBuf {
    let this = std::env::current_exe().expect("a test knows its own program");
    let profile = this.parent().and_then(Path::parent).expect("tests lie in target/<profile>/deps");
    profile.to_owned()
}

/// The folder into which cargo builds.
#[must_use]
pub fn target() -> PathBuf {
    profile_folder().parent().expect("a profile's folder lies in the target folder").to_owned()
}

/// A folder for what tests make and want to find again.
#[must_use]
pub fn scratch() -> PathBuf {
    let folder = target().join("tests");
    std::fs::create_dir_all(&folder).expect("the target folder takes a folder");
    folder
}

fn find() -> PathBuf {
    if let Some(named) = environment("TALLY_BIN") {
        let path = PathBuf::from(&named);
        assert!(path.is_file(), "TALLY_BIN={named}: there is no such file");
        return path;
    }
    let path = profile_folder().join("tally");
    if !path.is_file() {
        build();
    }
    assert!(path.is_file(), "{} is not there though cargo built it", path.display());
    path
}

/// Cargo locks the target folder itself, so tests that come here side by side build once.
fn build() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the workspace");
    let folder = profile_folder();
    // Cargo calls the folder of its profile `dev` by another name.
    let profile = folder.file_name().filter(|name| *name != "debug").unwrap_or(OsStr::new("dev"));
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--locked", "-p", "tally-cli", "--features", "cluster", "--bin", "tally"]);
    cargo.arg("--profile").arg(profile).arg("--target-dir").arg(target());
    let built = cargo.current_dir(workspace).output().expect("cargo runs");
    assert!(built.status.success(), "tally does not build:\n{}", String::from_utf8_lossy(&built.stderr));
}
