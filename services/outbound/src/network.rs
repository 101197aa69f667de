//! What the way out asks of the operating system: look a name up, dial an address, tell our own addresses.
//!
//! Behind a trait, so that a test can script the answers, the lying ones above all. Judges nothing.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use async_trait::async_trait;
use tokio::net::TcpStream;

/// A connection, and who is at its other end by what the system says.
#[derive(Debug)]
pub struct Dialled {
    /// The connection.
    pub stream: TcpStream,
    /// Its other end.
    pub peer: SocketAddr,
}

/// The net as this machine sees it.
#[async_trait]
pub trait Network: Send + Sync {
    /// All addresses of a name, in the order in which they are to be tried.
    async fn lookup(&self, name: &str) -> io::Result<Vec<IpAddr>>;
    /// Opens a connection to exactly this address. Dropping the future gives up.
    async fn dial(&self, to: SocketAddr) -> io::Result<Dialled>;
    /// Whether the address belongs to this machine.
    fn is_own(&self, address: IpAddr) -> bool;
}

/// The real net, by the system's resolver (with its hosts file) and sockets. Knows no proxies.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemNetwork;

#[async_trait]
impl Network for SystemNetwork {
    async fn lookup(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let mut addresses = Vec::new();
        for found in tokio::net::lookup_host((name, 0)).await? {
            if !addresses.contains(&found.ip()) {
                addresses.push(found.ip());
            }
        }
        Ok(addresses)
    }

    async fn dial(&self, to: SocketAddr) -> io::Result<Dialled> {
        let stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        let peer = stream.peer_addr()?;
        Ok(Dialled { stream, peer })
    }

    /// Only an own address can be bound. That is true at once when an interface changes, and of secondary addresses
    /// and whole local ranges, needs no table of the system, and sends no packet. Where the system lets anything be
    /// bound (`ip_nonlocal_bind`, as some load balancers set it), the source of a route tells: to reach itself, a
    /// machine uses the very address. (That knows only the first address of each subnet.)
    fn is_own(&self, address: IpAddr) -> bool {
        // Documentation addresses: never those of an interface.
        let (foreign, any): (IpAddr, IpAddr) = match address {
            IpAddr::V4(_) => (Ipv4Addr::new(192, 0, 2, 1).into(), Ipv4Addr::UNSPECIFIED.into()),
            IpAddr::V6(_) => {
                (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1).into(), Ipv6Addr::UNSPECIFIED.into())
            }
        };
        can_bind(address) && (!can_bind(foreign) || route_source(any, address) == Some(address))
    }
}

fn can_bind(address: IpAddr) -> bool {
    UdpSocket::bind((address, 0)).is_ok()
}

/// The address from which the system would talk to `to`. Connecting a datagram socket only looks the route up.
fn route_source(any: IpAddr, to: IpAddr) -> Option<IpAddr> {
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect((to, 9)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_addresses_are_told_from_foreign_ones() {
        assert!(SystemNetwork.is_own(Ipv4Addr::LOCALHOST.into()));
        assert!(SystemNetwork.is_own(Ipv4Addr::new(127, 200, 3, 4).into()), "all of 127/8 is this machine");
        assert!(!SystemNetwork.is_own(Ipv4Addr::new(192, 0, 2, 77).into()));
        assert!(!SystemNetwork.is_own("2606:4700::1".parse().unwrap()));
    }

    #[test]
    fn the_source_of_a_route_to_ourselves_is_the_address_itself() {
        let any = Ipv4Addr::UNSPECIFIED.into();
        assert_eq!(route_source(any, Ipv4Addr::LOCALHOST.into()), Some(Ipv4Addr::LOCALHOST.into()));
    }

    #[tokio::test]
    async fn a_lookup_names_each_address_once() {
        let found = SystemNetwork.lookup("localhost").await.unwrap();
        let mut unique = found.clone();
        unique.sort();
        unique.dedup();
        assert!(!found.is_empty() && found.len() == unique.len(), "{found:?}");
    }
}
