//! One connection to the broker, with time limits that the library lacks.
//!
//! The library's own recovery stays off, for the reasons in `services/decisions/008-rabbitmq-adapter.md`. A connection
//! in trouble is dropped, and the reconnect loop opens the next one.

use std::io;
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use lapin::tcp::{AsyncTcpStream, TLSConfig};
use lapin::uri::AMQPScheme;
use lapin::{Channel, Connection, ConnectionProperties};
use tokio::time::timeout;

use crate::broker_address::BrokerAddress;
use crate::error::ConnectionError;

/// How long the closing handshake may take before the socket is shut down.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

pub(crate) struct BrokerConnection {
    connection: Connection,
    socket: SocketGuard,
}

/// Shuts the socket of a connection down when it is dropped. The library waits for ever for a peer that goes silent
/// during the opening or closing handshake, and keeps a thread and its buffers for it. Shutting the socket down ends
/// that.
#[derive(Default)]
struct SocketGuard(Arc<OnceLock<TcpStream>>);

impl BrokerConnection {
    /// Connects and completes the opening handshake within the limit.
    pub(crate) async fn open(
        address: &BrokerAddress,
        name: &str,
        limit: Duration,
    ) -> Result<Self, ConnectionError> {
        let socket = SocketGuard::default();
        let guarded = Arc::clone(&socket.0);
        let properties = ConnectionProperties::default().with_connection_name(name.into());
        let runtime = lapin::runtime::default_runtime()?;
        let handshake = Connection::connector(
            address.uri.clone(),
            runtime,
            async move |uri, runtime| {
                let target = runtime.to_socket_addrs((uri.authority.host.clone(), uri.authority.port));
                let connected = timeout(limit, AsyncTcpStream::connect(&runtime, target)).await;
                let stream = connected.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
                if let AsyncTcpStream::Plain(plain) = &stream {
                    let socket = plain.get_ref().as_fd().try_clone_to_owned()?;
                    // Without recovery the library connects once.
                    let _ = guarded.set(socket.into());
                }
                match uri.scheme {
                    AMQPScheme::AMQP => Ok(stream),
                    AMQPScheme::AMQPS => {
                        Ok(stream.into_tls(&uri.authority.host, TLSConfig::default()).await?)
                    }
                }
            },
            properties,
        );
        let opened = timeout(limit, handshake).await;
        let connection = opened.map_err(|_| ConnectionError::Timeout("opening a connection"))??;
        Ok(Self { connection, socket })
    }

    pub(crate) async fn open_channel(&self) -> Result<Channel, ConnectionError> {
        Ok(self.connection.create_channel().await?)
    }

    /// The library's connection.
    pub(crate) const fn inner(&self) -> &Connection {
        &self.connection
    }

    /// Whether it is open, as far as the library knows.
    pub(crate) fn is_open(&self) -> bool {
        self.connection.status().connected()
    }

    /// Closes it, whether the broker answers or not.
    pub(crate) async fn close(&self) {
        // An error means that it is closed already.
        let _ = timeout(CLOSE_TIMEOUT, self.connection.close(200, "OK".into())).await;
        self.socket.shut_down();
    }
}

impl SocketGuard {
    fn shut_down(&self) {
        if let Some(socket) = self.0.get() {
            // An error means that the peer has closed it already.
            let _ = socket.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for SocketGuard {
    fn drop(&mut self) {
        self.shut_down();
    }
}
