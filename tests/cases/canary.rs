//! Listeners on every address of the world: each records the address of every connection.

use std::io::{BufRead, BufReader, Write};
use std::net::{IpAddr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tally_tests::site::whole;

/// The ports that are listened on: those of the web, and those that attackers like.
const PORTS: [u16; 12] = [80, 443, 8080, 8443, 22, 25, 3306, 5432, 5672, 6379, 9200, 27017];
/// The words of every page.
pub(crate) const WORDS: u64 = 4;

/// All listeners, and the addresses at which they were met.
#[derive(Clone)]
pub(crate) struct Canaries {
    met: Arc<Mutex<Vec<SocketAddr>>>,
}

impl Canaries {
    /// Listens everywhere.
    pub(crate) fn listen() -> Self {
        let canaries = Self { met: Arc::default() };
        for port in PORTS {
            // A socket of both families: `::` takes IPv4 as mapped addresses.
            let listener = TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)).unwrap();
            let ours = canaries.clone();
            std::thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    let at = stream.local_addr().unwrap();
                    let at = SocketAddr::new(at.ip().to_canonical(), at.port());
                    ours.met.lock().unwrap_or_else(PoisonError::into_inner).push(at);
                    std::thread::spawn(move || answer(stream));
                }
            });
        }
        canaries
    }

    /// Where connections were meant to go since the last look.
    pub(crate) fn met(&self) -> Vec<SocketAddr> {
        std::mem::take(&mut *self.met.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Panics if a connection reached a forbidden address.
    #[track_caller]
    pub(crate) fn assert_unharmed(&self, what: &str) {
        let harmed: Vec<_> =
            self.met().into_iter().filter(|at| crate::addresses::is_denied(at.ip())).collect();
        assert!(harmed.is_empty(), "{what}: it went to {harmed:?}");
    }
}

/// A page, or the redirect that the path asks for: `/r/302/http://…`.
fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let path = first.split(' ').nth(1).unwrap_or_default();
    let redirect = path.strip_prefix("/r/").and_then(|rest| rest.split_once('/'));
    let bytes = match redirect {
        Some((status, to)) => whole(status.parse().unwrap_or(302), &[("Location", to)], b""),
        None => whole(200, &[("Content-Type", "text/plain")], b"words of a canary"),
    };
    stream.write_all(&bytes)
}

/// The form in which an address stands in an address bar.
pub(crate) fn host(address: IpAddr) -> String {
    match address {
        IpAddr::V4(four) => four.to_string(),
        IpAddr::V6(six) => format!("[{six}]"),
    }
}
