//! Publishes a message by hand, as a foreign program or another version might.
//!
//! Implements as much of AMQP 0-9-1 as one confirmed publish needs, and shares no library with the code under test.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::PATIENCE_S;

const METHOD: u8 = 1;
const HEADER: u8 = 2;
const BODY: u8 = 3;
const END: u8 = 0xCE;

/// Publishes messages to a queue of the default virtual host, as `guest`. Returns when the broker has confirmed all.
pub fn publish<'a>(broker: SocketAddr, queue: &str, bodies: impl IntoIterator<Item = &'a [u8]>) {
    let mut line = Line::open(broker).expect("the broker lets us in");
    for body in bodies {
        line.publish(queue, body).expect("the broker takes a message");
    }
    line.close().expect("the broker says goodbye");
}

struct Line(TcpStream);

impl Line {
    fn open(broker: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(broker)?;
        stream.set_read_timeout(Some(Duration::from_secs(PATIENCE_S)))?;
        let mut line = Self(stream);
        line.0.write_all(b"AMQP\x00\x00\x09\x01")?;
        line.await_method(10, 10)?;
        let mut start = 0_u32.to_be_bytes().to_vec();
        start.extend(short("PLAIN"));
        start.extend(long(b"\0guest\0guest"));
        start.extend(short("en_US"));
        line.method(0, 10, 11, &start)?;
        let tune = line.await_method(10, 30)?;
        // The limits that the broker proposed, and no heartbeats.
        line.method(0, 10, 31, &[&tune[..6], &[0, 0]].concat())?;
        line.method(0, 10, 40, &[short("/"), short(""), vec![0]].concat())?;
        line.await_method(10, 41)?;
        line.method(1, 20, 10, &short(""))?;
        line.await_method(20, 11)?;
        line.method(1, 85, 10, &[0])?;
        line.await_method(85, 11)?;
        Ok(line)
    }

    fn publish(&mut self, queue: &str, body: &[u8]) -> io::Result<()> {
        self.method(1, 60, 40, &[vec![0, 0], short(""), short(queue), vec![0]].concat())?;
        let mut header = vec![0, 60, 0, 0];
        header.extend((body.len() as u64).to_be_bytes());
        // One property: persistent.
        header.extend([0x10, 0, 2]);
        self.frame(HEADER, 1, &header)?;
        // An empty body has no frame.
        if !body.is_empty() {
            self.frame(BODY, 1, body)?;
        }
        self.await_method(60, 80).map(drop)
    }

    fn close(mut self) -> io::Result<()> {
        self.method(0, 10, 50, &[vec![0, 200], short(""), vec![0; 4]].concat())?;
        self.await_method(10, 51).map(drop)
    }

    fn method(&mut self, channel: u16, class: u16, method: u16, arguments: &[u8]) -> io::Result<()> {
        self.frame(METHOD, channel, &[&class.to_be_bytes(), &method.to_be_bytes(), arguments].concat())
    }

    fn frame(&mut self, kind: u8, channel: u16, payload: &[u8]) -> io::Result<()> {
        let length = u32::try_from(payload.len()).map_err(io::Error::other)?;
        let head = [&[kind], &channel.to_be_bytes()[..], &length.to_be_bytes()].concat();
        self.0.write_all(&[&head, payload, &[END]].concat())
    }

    /// The arguments of the next method. Fails if it is another method.
    fn await_method(&mut self, class: u16, method: u16) -> io::Result<Vec<u8>> {
        let mut head = [0; 7];
        self.0.read_exact(&mut head)?;
        let length = u32::from_be_bytes([head[3], head[4], head[5], head[6]]);
        let mut payload = vec![0; length as usize + 1];
        self.0.read_exact(&mut payload)?;
        let expected = [class.to_be_bytes(), method.to_be_bytes()].concat();
        if head[0] != METHOD || !payload.starts_with(&expected) {
            let said = format!("expected method {class}.{method}, got {head:?} {payload:?}");
            return Err(io::Error::other(said));
        }
        Ok(payload[4..payload.len() - 1].to_vec())
    }
}

fn short(text: &str) -> Vec<u8> {
    [&[u8::try_from(text.len()).expect("a short text")], text.as_bytes()].concat()
}

fn long(bytes: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes.len()).expect("a text").to_be_bytes()[..], bytes].concat()
}
