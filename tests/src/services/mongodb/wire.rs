//! Inserts a document into a store by hand, as a foreign tool or another version might.
//!
//! Implements as much of MongoDB's protocol (`OP_MSG`) as one insert needs.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use bson::{Document, doc};

use crate::PATIENCE_S;

/// The only message type that servers still accept.
const OP_MSG: i32 = 2013;

/// Runs a command and returns its reply. Panics if the server refuses it.
pub fn command(server: SocketAddr, command: &Document) -> Document {
    let reply = exchange(server, command).expect("the store answers");
    let ok = reply.get_f64("ok").or_else(|_| reply.get_i32("ok").map(f64::from));
    assert!(ok.is_ok_and(|ok| ok > 0.5) && !reply.contains_key("writeErrors"), "{command} came to {reply}");
    reply
}

/// Inserts a document into a collection.
pub fn insert(server: SocketAddr, database: &str, collection: &str, document: Document) {
    command(server, &doc! { "insert": collection, "documents": [document], "$db": database });
}

fn exchange(server: SocketAddr, command: &Document) -> io::Result<Document> {
    let mut stream = TcpStream::connect(server)?;
    stream.set_read_timeout(Some(Duration::from_secs(PATIENCE_S)))?;
    let body = bson::serialize_to_vec(command).map_err(io::Error::other)?;
    let length = i32::try_from(16 + 4 + 1 + body.len()).map_err(io::Error::other)?;
    let mut message = Vec::new();
    for number in [length, 1, 0, OP_MSG, 0] {
        message.extend_from_slice(&number.to_le_bytes());
    }
    message.push(0);
    message.extend_from_slice(&body);
    stream.write_all(&message)?;
    let mut head = [0; 21];
    stream.read_exact(&mut head)?;
    let length = i32::from_le_bytes([head[0], head[1], head[2], head[3]]);
    let mut body = vec![0; usize::try_from(length).map_err(io::Error::other)?.saturating_sub(head.len())];
    stream.read_exact(&mut body)?;
    bson::deserialize_from_slice(&body).map_err(io::Error::other)
}
