//! Inspects a broker for `tally doctor`: its version and its queues. Changes nothing.

use std::io::{Error, ErrorKind};
use std::time::Duration;

use lapin::options::QueueDeclareOptions;
use lapin::types::FieldTable;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::broker_address::BrokerAddress;
use crate::broker_connection::BrokerConnection;
use crate::error::ConnectionError;
use crate::rabbit_options::RabbitOptions;
use crate::topology::Topology;

/// The state of one queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueueFinding {
    /// Declared as this version declares it, with this many ready messages.
    Fit(u64),
    /// Not there. The first process to connect declares it.
    Absent,
    /// Declared differently, in the broker's words.
    Mismatch(String),
}

/// The state of a broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerInspection {
    /// `None` where it is not known, as behind TLS.
    pub version: Option<String>,
    /// Each queue by name.
    pub queues: Vec<(String, QueueFinding)>,
}

/// Inspects the broker at `uri`. The error is a sentence without credentials.
///
/// # Errors
/// When the broker cannot be reached or refuses the credentials.
pub async fn inspect(uri: &str, options: &RabbitOptions) -> Result<BrokerInspection, String> {
    let address = BrokerAddress::parse(uri).map_err(|error| error.to_string())?;
    let version = version(&address, options.connect_timeout).await;
    let queues = timeout(options.connect_timeout * 2, queues(&address, options)).await;
    let queues = queues.unwrap_or(Err(ConnectionError::Timeout("looking at its queues")));
    let queues = queues.map_err(|error| format!("{}: {error}", address.shown))?;
    Ok(BrokerInspection { version, queues })
}

async fn queues(
    address: &BrokerAddress,
    options: &RabbitOptions,
) -> Result<Vec<(String, QueueFinding)>, ConnectionError> {
    let connection = BrokerConnection::open(address, "tally doctor", options.connect_timeout).await?;
    let mut findings = Vec::new();
    for (name, arguments) in Topology::new(&options.namespace).all() {
        let finding = queue(&connection, &name, arguments).await?;
        findings.push((name, finding));
    }
    connection.close().await;
    Ok(findings)
}

/// Uses a channel of its own, because a refusal closes the channel.
async fn queue(
    connection: &BrokerConnection,
    name: &str,
    arguments: FieldTable,
) -> Result<QueueFinding, ConnectionError> {
    let channel = connection.open_channel().await?;
    let passive = QueueDeclareOptions::durable().passive();
    if channel.queue_declare(name.into(), passive, FieldTable::default()).await.is_err() {
        return Ok(QueueFinding::Absent);
    }
    // The queue exists, so this only compares its arguments.
    match channel.queue_declare(name.into(), QueueDeclareOptions::durable(), arguments).await {
        Ok(queue) => Ok(QueueFinding::Fit(queue.message_count().into())),
        Err(error) => Ok(QueueFinding::Mismatch(error.to_string())),
    }
}

/// Reads the version from the broker's first frame, on a connection of its own, because the library does not show it.
/// The client sends the protocol header. The answer holds a table with `version`, a long string: `S`, then its length
/// in four bytes.
async fn version(address: &BrokerAddress, limit: Duration) -> Option<String> {
    const FIELD: &[u8] = b"\x07versionS";
    if address.uri.scheme != lapin::uri::AMQPScheme::AMQP {
        return None;
    }
    let first_frame = async {
        let authority = &address.uri.authority;
        let mut stream = TcpStream::connect((authority.host.as_str(), authority.port)).await?;
        stream.write_all(b"AMQP\x00\x00\x09\x01").await?;
        let mut head = [0; 7];
        stream.read_exact(&mut head).await?;
        let length = u32::from_be_bytes([head[3], head[4], head[5], head[6]]);
        if length > 64 * 1024 {
            return Err(Error::from(ErrorKind::InvalidData));
        }
        let mut payload = vec![0; length as usize];
        stream.read_exact(&mut payload).await?;
        Ok(payload)
    };
    let payload = timeout(limit, first_frame).await.ok()?.ok()?;
    let at = payload.windows(FIELD.len()).position(|window| window == FIELD)? + FIELD.len();
    let length = u32::from_be_bytes(payload.get(at..at + 4)?.try_into().ok()?) as usize;
    String::from_utf8(payload.get(at + 4..at + 4 + length)?.to_vec()).ok()
}
