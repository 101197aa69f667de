//! Opens connections: look up once, judge every answer, dial only what was judged, look who answered.
//!
//! Stands under the pooled client, so that no connection exists that did not come through here; a redirect and an
//! IP literal come the same way as everything else. Knows nothing of requests.

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

use crate::guard::{Denied, Guard, Standing};
use crate::network::Network;
use crate::options::Pace;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    /// The guard forbids it.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The name has no address.
    #[error("the name does not resolve")]
    Unresolved,
    /// No address of it took the connection.
    #[error("no connection")]
    Refused,
    /// The time for the connection or for TLS is over.
    #[error("too slow")]
    Slow,
    /// TLS failed.
    #[error("{0}")]
    Tls(String),
}

/// A connection, plain or encrypted.
pub(crate) type Link = MaybeHttpsStream<TokioIo<TcpStream>>;

/// The one maker of connections.
#[derive(Clone)]
pub(crate) struct Connector(Arc<Parts>);

struct Parts {
    guard: Guard,
    network: Arc<dyn Network>,
    tls: Arc<ClientConfig>,
    pace: Pace,
}

impl Connector {
    pub(crate) fn new(guard: Guard, network: Arc<dyn Network>, tls: Arc<ClientConfig>, pace: Pace) -> Self {
        Self(Arc::new(Parts { guard, network, tls, pace }))
    }
}

impl Service<Uri> for Connector {
    type Response = Link;
    type Error = ConnectError;
    type Future = Pin<Box<dyn Future<Output = Result<Link, ConnectError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let parts = Arc::clone(&self.0);
        Box::pin(async move { parts.connect(to).await })
    }
}

impl Parts {
    async fn connect(&self, to: Uri) -> Result<Link, ConnectError> {
        let (host, port) = host_and_port(&to)?;
        let until = Instant::now() + self.pace.connect;
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
    ) -> Result<Vec<IpAddr>, ConnectError> {
        let standing = self.guard.standing(host, port)?;
        let addresses = match host {
            Host::Ipv4(v4) => vec![IpAddr::V4(*v4)],
            Host::Ipv6(v6) => vec![IpAddr::V6(*v6)],
            Host::Domain(name) => self.lookup(name, standing, until).await?,
        };
        self.guard.judge(standing, &addresses, |address| self.network.is_own(address))?;
        Ok(addresses)
    }

    async fn lookup(
        &self,
        name: &str,
        standing: Standing,
        until: Instant,
    ) -> Result<Vec<IpAddr>, ConnectError> {
        let found = timeout_at(until, self.network.lookup(name)).await;
        match found {
            Ok(Ok(addresses)) if !addresses.is_empty() => Ok(addresses),
            // Whether a forbidden name exists is none of the asker's business.
            _ if standing == Standing::OnlyAllowed => Err(Denied.into()),
            Ok(_) => Err(ConnectError::Unresolved),
            Err(_) => Err(ConnectError::Slow),
        }
    }

    /// Dials in order; an address that does not answer leaves time for those after it.
    async fn dial_first(
        &self,
        addresses: &[IpAddr],
        port: u16,
        until: Instant,
    ) -> Result<TcpStream, ConnectError> {
        let mut failure = ConnectError::Refused;
        for (place, address) in addresses.iter().enumerate() {
            let is_last = place + 1 == addresses.len();
            let patience = if is_last { until } else { until.min(Instant::now() + self.pace.attempt) };
            let to = SocketAddr::new(*address, port);
            match timeout_at(patience, self.network.dial(to)).await {
                Ok(Ok(dialled)) if dialled.peer.ip().to_canonical() == address.to_canonical() => {
                    return Ok(dialled.stream);
                }
                // Somebody between us and the net answers for others: what was judged is not what we reached.
                Ok(Ok(_)) => return Err(Denied.into()),
                Ok(Err(_)) => failure = ConnectError::Refused,
                Err(_) => failure = ConnectError::Slow,
            }
        }
        Err(failure)
    }

    /// Speaks TLS where the scheme says so.
    async fn secure(&self, to: Uri, stream: TcpStream) -> Result<Link, ConnectError> {
        // The library's connector wants to open the connection itself; here it is handed the one that was judged.
        let mut ready = Some(TokioIo::new(stream));
        let hand_over = tower::service_fn(move |_: Uri| {
            let stream = ready.take().ok_or_else(|| io::Error::other("one connection for one handshake"));
            async move { stream }
        });
        let mut https = HttpsConnector::from((hand_over, Arc::clone(&self.tls)));
        match timeout(self.pace.tls, https.call(to)).await {
            Ok(secured) => secured.map_err(|error| ConnectError::Tls(error.to_string())),
            Err(_) => Err(ConnectError::Slow),
        }
    }
}

/// The host and port of a request's target. The text was made from a parsed address, so it parses to the same again.
fn host_and_port(to: &Uri) -> Result<(Host<String>, u16), Denied> {
    let host = Host::parse(to.host().ok_or(Denied)?).map_err(|_| Denied)?;
    let port = to.port_u16().unwrap_or(if to.scheme_str() == Some("https") { 443 } else { 80 });
    Ok((host, port))
}
