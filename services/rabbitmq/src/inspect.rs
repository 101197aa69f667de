//! A look at a broker for somebody who asks whether it is fit for tickets. Changes nothing.
//!
//! Makes a connection of its own; knows nothing of those who offer and take.

use std::io::ErrorKind;
use std::time::Duration;

use lapin::options::QueueDeclareOptions;
use lapin::types::FieldTable;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::address::Address;
use crate::connect::Link;
use crate::error::Trouble;
use crate::options::Options;
use crate::topology::Names;

/// How a queue is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// As it is declared here, with so many messages.
    Fit(u64),
    /// Not there: whoever connects first declares it.
    Absent,
    /// Declared otherwise than here; the broker's words.
    Other(String),
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// The broker's version; `None` where it is not told, as behind TLS.
    pub version: Option<String>,
    /// Each queue by its name.
    pub queues: Vec<(String, Found)>,
}

/// Looks at the broker at `uri`. The error is a sentence without credentials.
///
/// # Errors
/// When it cannot be reached, or does not let us in.
pub async fn inspect(uri: &str, options: &Options) -> Result<Inspection, String> {
    let address = Address::parse(uri).map_err(|error| error.to_string())?;
    let version = version(&address, options.connect_timeout).await;
    let looked = timeout(options.connect_timeout * 2, look(&address, options)).await;
    let looked = looked.unwrap_or(Err(Trouble::Slow("looking at its queues")));
    let queues = looked.map_err(|trouble| format!("{}: {trouble}", address.shown))?;
    Ok(Inspection { version, queues })
}

async fn look(address: &Address, options: &Options) -> Result<Vec<(String, Found)>, Trouble> {
    let link = Link::open(address, "tally doctor", options.connect_timeout).await?;
    let mut found = Vec::new();
    for (name, arguments) in Names::new(&options.namespace).all() {
        let queue = queue(&link, &name, arguments).await?;
        found.push((name, queue));
    }
    link.end().await;
    Ok(found)
}

/// A refusal closes its channel, so each question has one of its own.
async fn queue(link: &Link, name: &str, arguments: FieldTable) -> Result<Found, Trouble> {
    let passive = QueueDeclareOptions { durable: true, passive: true, ..QueueDeclareOptions::default() };
    let channel = link.channel().await?;
    if channel.queue_declare(name.into(), passive, FieldTable::default()).await.is_err() {
        return Ok(Found::Absent);
    }
    // It is there, so this declares nothing: it compares.
    let same = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    match channel.queue_declare(name.into(), same, arguments).await {
        Ok(queue) => Ok(Found::Fit(queue.message_count().into())),
        Err(error) => Ok(Found::Other(error.to_string())),
    }
}

/// The library does not show what a broker says of itself in its greeting, so it is greeted once by hand: the protocol's
/// header goes out, and the answer holds a table with `version`, a long string (`S`, its length in four bytes).
async fn version(address: &Address, limit: Duration) -> Option<String> {
    const FIELD: &[u8] = b"\x07versionS";
    if address.uri.scheme != lapin::uri::AMQPScheme::AMQP {
        return None;
    }
    let greeting = async {
        let authority = &address.uri.authority;
        let mut stream = TcpStream::connect((authority.host.as_str(), authority.port)).await?;
        stream.write_all(b"AMQP\x00\x00\x09\x01").await?;
        let mut head = [0; 7];
        stream.read_exact(&mut head).await?;
        let length = u32::from_be_bytes([head[3], head[4], head[5], head[6]]);
        if length > 64 * 1024 {
            return Err(std::io::Error::from(ErrorKind::InvalidData));
        }
        let mut said = vec![0; length as usize];
        stream.read_exact(&mut said).await?;
        Ok(said)
    };
    let said = timeout(limit, greeting).await.ok()?.ok()?;
    let at = said.windows(FIELD.len()).position(|window| window == FIELD)? + FIELD.len();
    let length = u32::from_be_bytes(said.get(at..at + 4)?.try_into().ok()?) as usize;
    String::from_utf8(said.get(at + 4..at + 4 + length)?.to_vec()).ok()
}
