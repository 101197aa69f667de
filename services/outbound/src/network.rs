//! The operating system's network: name lookup, dialling, and recognition of this machine's addresses.
//!
//! A trait, so that tests can script it, with wrong answers too.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use async_trait::async_trait;
use tokio::net::TcpStream;

/// A connection, with the peer address that the system reports.
#[derive(Debug)]
pub struct Dialled {
    /// The connection.
    pub stream: TcpStream,
    pub peer: SocketAddr,
}

/// The network of this machine.
#[async_trait]
pub trait Network: Send + Sync {
    /// All addresses of a name, in the order in which to try them.
    async fn lookup(&self, name: &str) -> io::Result<Vec<IpAddr>>;
    /// Opens a connection to exactly this address. Dropping the future cancels it.
    async fn dial(&self, to: SocketAddr) -> io::Result<Dialled>;
    /// Whether the address belongs to this machine.
    fn is_own(&self, address: IpAddr) -> bool;
}

/// The system's resolver (with its hosts file) and sockets. It uses no proxies.
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

    /// Tries to bind the address, which works only for addresses of this machine. Unlike a list of interfaces, this is
    /// right at once after a change, includes secondary addresses and whole local ranges, and sends no packet. If the
    /// system lets any address be bound (`ip_nonlocal_bind`, set on some load balancers), the source address of the route
    /// decides: a machine reaches itself from the same address. (This finds only the first address of each subnet.)
    fn is_own(&self, address: IpAddr) -> bool {
        // Documentation addresses never belong to an interface.
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

/// The source address of the route to `to`. Connecting a datagram socket only looks up the route.
fn route_source(any: IpAddr, to: IpAddr) -> Option<IpAddr> {
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect((to, 9)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognises_own_addresses() {
        assert!(SystemNetwork.is_own(Ipv4Addr::LOCALHOST.into()));
        assert!(SystemNetwork.is_own(Ipv4Addr::new(127, 200, 3, 4).into()), "all of 127/8 is this machine");
        assert!(!SystemNetwork.is_own(Ipv4Addr::new(192, 0, 2, 77).into()));
        assert!(!SystemNetwork.is_own("2606:4700::1".parse().unwrap()));
    }

    #[test]
    fn the_route_to_an_own_address_starts_at_that_address() {
        let any = Ipv4Addr::UNSPECIFIED.into();
        assert_eq!(route_source(any, Ipv4Addr::LOCALHOST.into()), Some(Ipv4Addr::LOCALHOST.into()));
    }

    #[tokio::test]
    async fn a_lookup_returns_each_address_once() {
        let found = SystemNetwork.lookup("localhost").await.unwrap();
        let mut unique = found.clone();
        unique.sort();
        unique.dedup();
        assert!(!found.is_empty() && found.len() == unique.len(), "{found:?}");
    }
}
