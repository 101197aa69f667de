//! Finds the program under test.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The program `tally`: the one that `TALLY_BIN` names, or the one in the build folder, which is built if it is
/// missing. Panics if there is none.
#[must_use]
pub fn tally() -> &'static Path {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    FOUND.get_or_init(find)
}

/// Another executable of the product, in the folder of `tally`.
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

/// The loopback address.
pub const LOOPBACK: &str = "127.0.0.1";

/// The address of this machine for the server under test: `TALLY_TEST_HOST` if the server runs elsewhere, for example
/// in a container; otherwise loopback.
#[must_use]
pub fn host() -> String {
    environment("TALLY_TEST_HOST").unwrap_or_else(|| LOOPBACK.to_owned())
}

/// The folder of the build profile, such as `target/debug`.
fn profile_folder() -> PathBuf {
    let this = std::env::current_exe().expect("a test knows its own program");
    let profile = this.parent().and_then(Path::parent).expect("tests lie in target/<profile>/deps");
    profile.to_owned()
}

/// The build folder.
#[must_use]
pub fn target() -> PathBuf {
    profile_folder().parent().expect("a profile's folder lies in the target folder").to_owned()
}

/// A folder for files that tests keep between runs.
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

/// Cargo locks the build folder, so parallel tests build once.
fn build() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the workspace");
    let folder = profile_folder();
    // The folder of the profile `dev` has another name.
    let profile = folder.file_name().filter(|name| *name != "debug").unwrap_or(OsStr::new("dev"));
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--locked", "-p", "tally-cli", "--features", "cluster", "--bin", "tally"]);
    cargo.arg("--profile").arg(profile).arg("--target-dir").arg(target());
    let built = cargo.current_dir(workspace).output().expect("cargo runs");
    assert!(built.status.success(), "tally does not build:\n{}", String::from_utf8_lossy(&built.stderr));
}
