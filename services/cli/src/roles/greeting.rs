//! What a person reads when the server starts and when it stops.
//!
//! The greeting is three lines on stdout, the first with the real address, so that a program that starts a server on
//! port 0 can read where it is. Everything else is talk.

use std::io::IsTerminal;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::Path;

use tally_boot::telemetry::LIFECYCLE;

use crate::screen::{self, STRONG};
use crate::trouble::Trouble;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Says where the server is, in which mode, and what to try.
pub(super) fn of_serve(address: SocketAddr, data: &Path, workers: NonZeroUsize) -> Result<(), Trouble> {
    let (base, data) = (base(address), data.display());
    tracing::info!(target: LIFECYCLE, %address, %data, workers, version = VERSION, "started");
    say(format!(
        "tally {VERSION} listens on {STRONG}{base}{STRONG:#}  (embedded: jobs and queue in {data}, synced to disk)\n  \
         docs  {base}/docs\n  \
         try   curl -sd 'hello brave new world' '{base}/jobs?wait=5s'\n"
    ))
}

/// Says where a process of a cluster is, and what it is there.
pub(super) fn of_member(role: &'static str, address: SocketAddr) -> Result<(), Trouble> {
    tracing::info!(target: LIFECYCLE, role, %address, version = VERSION, "started");
    let base = base(address);
    say(format!(
        "{role} {VERSION} listens on {STRONG}{base}{STRONG:#}  (cluster: jobs in MongoDB, handed out by RabbitMQ)\n  \
         health  {base}/health/ready\n"
    ))
}

/// A server whose greeting nobody reads is a server all the same.
fn say(greeting: String) -> Result<(), Trouble> {
    match screen::data(greeting) {
        Err(trouble) if !trouble.said().is_empty() => Err(trouble),
        _ => Ok(()),
    }
}

/// Says what the end waits for.
pub(super) fn say_draining(running: u64) {
    tracing::info!(target: LIFECYCLE, running, "draining");
    // Where nobody can press a key again, the log line says it all.
    if running > 0 && std::io::stderr().is_terminal() {
        let jobs = if running == 1 { "1 job".to_owned() } else { format!("{running} jobs") };
        screen::talk(format_args!("waiting for {jobs}, Ctrl-C again to force"));
    }
}

/// An address that a client on this machine can use.
fn base(address: SocketAddr) -> String {
    format!("http://{}", near(address))
}

/// An address of this machine, for one that means all of its addresses.
pub(super) fn near(address: SocketAddr) -> SocketAddr {
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
    fn the_address_can_be_used_from_here() {
        for (listens, base_is) in [
            ("127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("0.0.0.0:80", "http://127.0.0.1:80"),
            ("[::]:9000", "http://[::1]:9000"),
        ] {
            assert_eq!(base(listens.parse().unwrap()), base_is);
        }
    }
}
