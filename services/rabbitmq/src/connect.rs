//! One connection to the broker: how it is made, and that it ends for certain.
//!
//! Without the library's own recovery: it gives up after 16 tries, does not bring back a channel that the broker
//! closed, and keeps confirmations waiting meanwhile. A connection that is in trouble is thrown away; the supervisor
//! makes the next one.

use std::io;
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lapin::tcp::{AsyncTcpStream, TLSConfig};
use lapin::uri::AMQPScheme;
use lapin::{Channel, Connection, ConnectionProperties};
use tokio::time::timeout;

use crate::address::Address;
use crate::error::Trouble;

/// How long a goodbye may take before the socket is cut.
const GOODBYE: Duration = Duration::from_secs(1);

/// A connection.
pub(crate) struct Link {
    connection: Connection,
    socket: Socket,
}

/// The socket under a connection. The library waits for ever for a peer that is silent while it greets or says
/// goodbye, with a thread and buffers for each; cutting the socket ends that.
#[derive(Clone, Default)]
struct Socket(Arc<Mutex<Option<std::net::TcpStream>>>);

impl Link {
    /// Connects and greets, within the limit.
    pub(crate) async fn open(address: &Address, name: &str, limit: Duration) -> Result<Self, Trouble> {
        let socket = Socket::default();
        let kept = socket.clone();
        let properties = ConnectionProperties::default().with_connection_name(name.into());
        let runtime = lapin::runtime::default_runtime()?;
        let greeting = Connection::connector(
            address.uri.clone(),
            runtime,
            async move |uri, runtime| {
                let target = runtime.to_socket_addrs((uri.authority.host.clone(), uri.authority.port));
                let reached = timeout(limit, AsyncTcpStream::connect(&runtime, target)).await;
                let stream = reached.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
                if let AsyncTcpStream::Plain(plain) = &stream {
                    kept.keep(plain.get_ref().as_fd().try_clone_to_owned()?.into());
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
        match timeout(limit, greeting).await {
            Ok(Ok(connection)) => Ok(Self { connection, socket }),
            Ok(Err(error)) => {
                socket.cut();
                Err(error.into())
            }
            Err(_) => {
                socket.cut();
                Err(Trouble::Slow("greeting"))
            }
        }
    }

    /// A fresh channel.
    pub(crate) async fn channel(&self) -> Result<Channel, Trouble> {
        Ok(self.connection.create_channel().await?)
    }

    /// The library's view of the connection.
    pub(crate) const fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Whether it still stands, as far as the library knows.
    pub(crate) fn stands(&self) -> bool {
        self.connection.status().connected()
    }

    /// Says goodbye, and ends it whether the broker answers or not.
    pub(crate) async fn end(&self) {
        // Errors say that it has ended already.
        let _ = timeout(GOODBYE, self.connection.close(200, "OK".into())).await;
        self.socket.cut();
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.socket.cut();
    }
}

impl Socket {
    fn keep(&self, stream: std::net::TcpStream) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(stream);
    }

    fn cut(&self) {
        if let Some(stream) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // It fails when the peer was quicker.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}
