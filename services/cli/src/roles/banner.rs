//! The startup banner, and the message at a drain.
//!
//! The banner of a server is three lines on stdout. The first has the real address, for a program that starts a server
//! on port 0. Everything else goes to stderr.

use std::io::IsTerminal;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::Path;

use tally_boot::telemetry::LIFECYCLE;

use crate::command_error::CommandError;
use crate::screen::{self, STRONG};

const VERSION: &str = env!("CARGO_PKG_VERSION");

pub(super) fn print_serve(
    address: SocketAddr,
    data: &Path,
    workers: NonZeroUsize,
) -> Result<(), CommandError> {
    let (base, data) = (base_url(address), data.display());
    tracing::info!(target: LIFECYCLE, %address, %data, workers, version = VERSION, "started");
    print(format!(
        "tally {VERSION} listens on {STRONG}{base}{STRONG:#}  (embedded: jobs and queue in {data}, synced to disk)\n  \
         docs  {base}/docs\n  \
         try   curl -sd 'hello brave new world' '{base}/jobs?wait=5s'\n"
    ))
}

pub(super) fn print_cluster(role: &'static str, address: SocketAddr) -> Result<(), CommandError> {
    tracing::info!(target: LIFECYCLE, role, %address, version = VERSION, "started");
    let base = base_url(address);
    print(format!(
        "{role} {VERSION} listens on {STRONG}{base}{STRONG:#}  (cluster: jobs in MongoDB, handed out by RabbitMQ)\n  \
         health  {base}/health/ready\n"
    ))
}

/// Prints a banner. A closed stdout does not stop a server.
fn print(text: String) -> Result<(), CommandError> {
    match screen::data(text) {
        Err(error) if !error.message().is_empty() => Err(error),
        _ => Ok(()),
    }
}

/// Logs and prints that the process drains.
pub(super) fn print_draining(running: u64) {
    tracing::info!(target: LIFECYCLE, running, "draining");
    // The second line is only for a terminal, where the user can press Ctrl-C again.
    if running > 0 && std::io::stderr().is_terminal() {
        let jobs = if running == 1 { "1 job".to_owned() } else { format!("{running} jobs") };
        screen::info(format_args!("waiting for {jobs}, Ctrl-C again to force"));
    }
}

/// A URL that a client on this machine can use.
fn base_url(address: SocketAddr) -> String {
    format!("http://{}", local_address(address))
}

/// Replaces an unspecified address, which means all of this machine, by its loopback address.
pub(super) fn local_address(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_can_be_used_on_this_machine() {
        for (listens, base_is) in [
            ("127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("0.0.0.0:80", "http://127.0.0.1:80"),
            ("[::]:9000", "http://[::1]:9000"),
        ] {
            assert_eq!(base_url(listens.parse().unwrap()), base_is);
        }
    }
}
