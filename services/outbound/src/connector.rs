//! Opens connections: looks the name up once, checks every address, dials only checked addresses, checks the peer.
//!
//! The pooled client opens all its connections through this connector, for redirects and IP literals too.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tower::Service;
use url::Host;

use crate::guard::{AllowedTargets, Denied, Guard};
use crate::network::Network;
use crate::options::Timeouts;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DialError {
    /// The guard forbids it.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The name has no address.
    #[error("the name does not resolve")]
    Unresolved,
    /// No address of the name accepted the connection.
    #[error("no connection")]
    Refused,
    /// The time limit of the connection or of TLS was exceeded.
    #[error("too slow")]
    Slow,
    /// TLS failed.
    #[error("{0}")]
    Tls(String),
}

/// A connection, plain or encrypted.
pub(crate) type OutboundStream = MaybeHttpsStream<TokioIo<TcpStream>>;

/// Opens all outbound connections.
#[derive(Clone)]
pub(crate) struct Connector(Arc<ConnectorParts>);

struct ConnectorParts {
    guard: Guard,
    network: Arc<dyn Network>,
    tls: Arc<ClientConfig>,
    timeouts: Timeouts,
}

impl Connector {
    pub(crate) fn new(
        guard: Guard,
        network: Arc<dyn Network>,
        tls: Arc<ClientConfig>,
        timeouts: Timeouts,
    ) -> Self {
        Self(Arc::new(ConnectorParts { guard, network, tls, timeouts }))
    }
}

impl Service<Uri> for Connector {
    type Response = OutboundStream;
    type Error = DialError;
    type Future = Pin<Box<dyn Future<Output = Result<OutboundStream, DialError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), DialError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let parts = Arc::clone(&self.0);
        Box::pin(async move { parts.connect(to).await })
    }
}

impl ConnectorParts {
    async fn connect(&self, to: Uri) -> Result<OutboundStream, DialError> {
        let (host, port) = host_and_port(&to)?;
        let until = Instant::now() + self.timeouts.connect;
        let addresses = self.permitted(&host, port, until).await?;
        let stream = self.dial_first(&addresses, port, until).await?;
        self.secure(to, stream).await
    }

    /// The addresses that may be dialled for a host: all of them, or none.
    async fn permitted(
        &self,
        host: &Host<String>,
        port: u16,
        until: Instant,
    ) -> Result<Vec<IpAddr>, DialError> {
        let targets = self.guard.allowed_targets(host, port)?;
        let addresses = match host {
            Host::Ipv4(v4) => vec![IpAddr::V4(*v4)],
            Host::Ipv6(v6) => vec![IpAddr::V6(*v6)],
            Host::Domain(name) => self.lookup(name, targets, until).await?,
        };
        self.guard.check(targets, &addresses, |address| self.network.is_own(address))?;
        Ok(addresses)
    }

    async fn lookup(
        &self,
        name: &str,
        targets: AllowedTargets,
        until: Instant,
    ) -> Result<Vec<IpAddr>, DialError> {
        let found = timeout_at(until, self.network.lookup(name)).await;
        match found {
            Ok(Ok(addresses)) if !addresses.is_empty() => Ok(addresses),
            // The answer must not show whether a forbidden name exists.
            _ if targets == AllowedTargets::AllowedOnly => Err(Denied.into()),
            Ok(_) => Err(DialError::Unresolved),
            Err(_) => Err(DialError::Slow),
        }
    }

    /// Dials the addresses in order. One that does not answer leaves time for the next.
    async fn dial_first(
        &self,
        addresses: &[IpAddr],
        port: u16,
        until: Instant,
    ) -> Result<TcpStream, DialError> {
        let mut failure = DialError::Refused;
        for (index, address) in addresses.iter().enumerate() {
            let is_last = index + 1 == addresses.len();
            let limit = if is_last { until } else { until.min(Instant::now() + self.timeouts.attempt) };
            let to = SocketAddr::new(*address, port);
            match timeout_at(limit, self.network.dial(to)).await {
                Ok(Ok(dialled)) if dialled.peer.ip().to_canonical() == address.to_canonical() => {
                    return Ok(dialled.stream);
                }
                // A proxy on the path answers for other addresses: the peer is not the checked address.
                Ok(Ok(_)) => return Err(Denied.into()),
                Ok(Err(_)) => failure = DialError::Refused,
                Err(_) => failure = DialError::Slow,
            }
        }
        Err(failure)
    }

    /// Performs the TLS handshake if the scheme requires it.
    async fn secure(&self, to: Uri, stream: TcpStream) -> Result<OutboundStream, DialError> {
        // The connector of `hyper-rustls` opens connections itself. It gets the checked one instead.
        let mut ready = Some(TokioIo::new(stream));
        let hand_over = tower::service_fn(move |_: Uri| {
            let stream = ready.take().ok_or_else(|| io::Error::other("one connection for one handshake"));
            async move { stream }
        });
        let mut https = HttpsConnector::from((hand_over, Arc::clone(&self.tls)));
        match timeout(self.timeouts.tls, https.call(to)).await {
            Ok(secured) => secured.map_err(|error| DialError::Tls(error.to_string())),
            Err(_) => Err(DialError::Slow),
        }
    }
}

/// The host and port of a request's target. The URI was made from a parsed address, so it parses to the same host.
fn host_and_port(to: &Uri) -> Result<(Host<String>, u16), Denied> {
    let host = Host::parse(to.host().ok_or(Denied)?).map_err(|_| Denied)?;
    let port = to.port_u16().unwrap_or(if to.scheme_str() == Some("https") { 443 } else { 80 });
    Ok((host, port))
}
