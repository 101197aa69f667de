//! A network of its own for a test: every address of the internet is this machine, and nothing gets out.
//!
//! A test asks whether it is inside. Outside it runs itself again, inside a fresh network namespace whose routes make
//! every address local (what Linux calls AnyIP), and takes over the verdict.

use std::process::Command;

use tempfile::NamedTempFile;

/// Says to the second run that it is inside.
const INSIDE: &str = "TALLY_TESTS_WORLD";
/// Where the world's names are served: RFC 5737 keeps it for examples, so no real host is there.
pub(crate) const NAME_SERVER: &str = "192.0.2.53";

/// `true` inside the world. Outside: runs the test of this name inside, panics when it fails there, gives `false`.
#[must_use]
pub(crate) fn inside(test: &str) -> bool {
    inside_after(test, || ())
}

/// The same; what needs the registries is prepared before the world closes.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "the second run of a test learns from its environment that it is one"
)]
pub(crate) fn inside_after(test: &str, prepare: impl FnOnce()) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    prepare();
    let resolver = NamedTempFile::new().unwrap();
    std::fs::write(resolver.path(), format!("nameserver {NAME_SERVER}\noptions timeout:1 attempts:2\n"))
        .unwrap();
    // The server is built before the door closes: inside there is no registry.
    let program = tally_tests::program::tally();
    // Own addresses as the source of every route: otherwise this machine would seem to be its own far side, and the
    // guard refuses to fetch from itself.
    let script = "set -e; ip link set lo up; ip addr add 198.51.100.9/32 dev lo; ip -6 addr add 2001:db8::9/128 dev lo nodad; \
                  ip route add local 0.0.0.0/0 dev lo src 198.51.100.9; \
                  ip -6 route add local ::/0 dev lo src 2001:db8::9; \
                  mount --bind \"$0\" /etc/resolv.conf; exec \"$@\"";
    let status = namespace()
        .args(["sh", "-c", script])
        .arg(resolver.path())
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(INSIDE, "1")
        .env("TALLY_BIN", program)
        .status()
        .expect("unshare runs (util-linux)");
    assert!(status.success(), "{test} failed inside its world: {status}");
    false
}

/// The namespaces: with a user namespace where that is allowed, else as root.
fn namespace() -> Command {
    const WORLD: [&str; 4] = ["--net", "--mount", "--fork", "--kill-child"];
    for user in [&["--user", "--map-root-user"][..], &[]] {
        let mut probe = Command::new("unshare");
        if probe.args(user).args(WORLD).arg("true").output().is_ok_and(|said| said.status.success()) {
            let mut command = Command::new("unshare");
            command.args(user).args(WORLD);
            return command;
        }
    }
    panic!("these tests need network namespaces: allow unprivileged user namespaces, or run them as root");
}
