//! nginx with the product's own configuration, as a local process.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::{await_port, on_path, run};
use crate::client::Client;
use crate::guard;
use crate::process::Process;
use crate::program::scratch;
use crate::server::closed_port;

/// The configuration in the container images.
const CONFIGURATION: &str = include_str!("../../../docker/nginx/nginx.conf");

/// An nginx process. Dropping it stops the process.
pub struct LocalNginx {
    client: Client,
    process: Process,
    _folder: TempDir,
}

impl LocalNginx {
    /// Starts nginx in front of these APIs and downloads it if necessary. An error says what failed.
    pub fn start(apis: &[SocketAddr]) -> Result<Self, String> {
        let program = program()?;
        let folder = TempDir::with_prefix("tally-edge-").map_err(|error| error.to_string())?;
        guard::folder(folder.path());
        let port = closed_port();
        let configuration = folder.path().join("nginx.conf");
        std::fs::write(&configuration, of_here(apis, port, folder.path()))
            .map_err(|error| error.to_string())?;
        let mut command = Command::new(program);
        // A single process without a master, so that a kill leaves no child behind.
        command.args(["-g", "daemon off; master_process off;", "-e"]).arg(folder.path().join("errors"));
        command.arg("-p").arg(folder.path()).arg("-c").arg(&configuration);
        let process = Process::start(&mut command, &folder.path().join("log"));
        guard::started(process.pid());
        let ended = || process.wait(Duration::ZERO).map(|status| status.to_string());
        await_port(port, ended).map_err(|why| format!("{why}: {}", process.log()))?;
        Ok(Self { client: Client::new(&format!("http://127.0.0.1:{port}")), process, _folder: folder })
    }

    /// A client of the APIs behind it.
    #[must_use]
    pub const fn client(&self) -> &Client {
        &self.client
    }
}

impl Drop for LocalNginx {
    fn drop(&mut self) {
        self.process.kill();
        guard::ended(self.process.pid());
    }
}

/// The product's configuration with local addresses and paths.
fn of_here(apis: &[SocketAddr], port: u16, folder: &Path) -> String {
    let one = "server api:8080 ";
    let line =
        CONFIGURATION.lines().find(|line| line.trim_start().starts_with(one)).expect("it names the APIs");
    let servers = apis.iter().map(|api| line.replace("api:8080", &api.to_string()));
    let inside = |name: &str| folder.join(name).display().to_string();
    CONFIGURATION
        .replace(line, &servers.collect::<Vec<_>>().join("\n"))
        .replace("listen 8080 ", &format!("listen {} ", SocketAddr::from((Ipv4Addr::LOCALHOST, port))))
        // First, because the folders inserted below may also be in /tmp.
        .replace(" /tmp/", &format!(" {}/", folder.display()))
        .replace("/dev/stderr", &inside("errors"))
        .replace("/dev/stdout", &inside("requests"))
}

/// The installed program, or the one in Debian's package. The package is only unpacked, because installing it would
/// start a server.
fn program() -> Result<PathBuf, String> {
    let usual = PathBuf::from("/usr/sbin/nginx");
    if let Some(found) = on_path("nginx").or_else(|| usual.is_file().then_some(usual)) {
        return Ok(found);
    }
    let folder = scratch().join("nginx");
    let program = folder.join("usr/sbin/nginx");
    if !program.is_file() {
        std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        let told = |why: String| format!("no nginx on the PATH, and its package cannot be had: {why}");
        run(Command::new("apt-get").args(["download", "nginx"]).current_dir(&folder)).map_err(told)?;
        let unpack = "for package in nginx_*.deb; do dpkg -x \"$package\" .; done";
        run(Command::new("sh").args(["-c", unpack]).current_dir(&folder)).map_err(told)?;
    }
    if program.is_file() { Ok(program) } else { Err("Debian's package nginx holds no nginx".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_container_is_left_in_the_configuration() {
        let apis = [SocketAddr::from(([127, 0, 0, 1], 7001)), SocketAddr::from(([127, 0, 0, 1], 7002))];
        let text = of_here(&apis, 7000, Path::new("/edge"));
        for foreign in ["api:8080", "listen 8080", "/dev/std", "/tmp/"] {
            assert!(!text.contains(foreign), "{foreign}");
        }
        for ours in
            ["server 127.0.0.1:7001 max_fails", "server 127.0.0.1:7002 max_fails", "listen 127.0.0.1:7000 "]
        {
            assert_eq!(text.matches(ours).count(), 1, "{ours}");
        }
    }
}
