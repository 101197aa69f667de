//! One connection to a server, with a strict HTTP/1.1 client written by hand.
//!
//! It can send what no library lets through, and shows each byte of a response. It shares no parser with the server,
//! and so no misreading of the standard.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::message::{Answer, Request};
use crate::{PATIENCE_S, watch};

/// An open connection.
#[derive(Debug)]
pub struct Connection {
    host: String,
    stream: BufReader<TcpStream>,
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("not HTTP: {what}"))
}

impl Connection {
    /// Connects. `host` becomes the header of that name.
    ///
    /// # Errors
    /// The connection is refused.
    pub fn open(address: SocketAddr, host: &str) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, Duration::from_secs(PATIENCE_S))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(PATIENCE_S + 15)))?;
        stream.set_write_timeout(Some(Duration::from_secs(PATIENCE_S)))?;
        Ok(Self { host: host.to_owned(), stream: BufReader::new(stream) })
    }

    /// Sends a request and reads its response. The connection can be used again if the response allows it.
    ///
    /// # Errors
    /// The connection breaks, or the response is not HTTP.
    pub fn send(&mut self, request: &Request) -> io::Result<Answer> {
        let mut bytes = self.head(request);
        if let Some(body) = &request.body {
            bytes.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
            bytes.extend_from_slice(body);
        } else {
            bytes.extend_from_slice(b"\r\n");
        }
        self.exchange(&bytes, &request.method)
    }

    /// Sends a request with a body in chunks. `make` fills a buffer and returns whether there is more.
    ///
    /// # Errors
    /// As [`Connection::send`].
    pub fn stream(
        &mut self,
        request: &Request,
        mut make: impl FnMut(&mut Vec<u8>) -> bool,
    ) -> io::Result<Answer> {
        let mut head = self.head(request);
        head.extend_from_slice(b"Transfer-Encoding: chunked\r\n\r\n");
        let mut sent = self.stream.get_mut().write_all(&head);
        let mut chunk = Vec::new();
        while sent.is_ok() {
            chunk.clear();
            let more = make(&mut chunk);
            let mut framed = Vec::with_capacity(chunk.len() + 16);
            if !chunk.is_empty() {
                framed.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                framed.extend_from_slice(&chunk);
                framed.extend_from_slice(b"\r\n");
            }
            if !more {
                framed.extend_from_slice(b"0\r\n\r\n");
            }
            sent = self.stream.get_mut().write_all(&framed);
            if !more {
                break;
            }
        }
        self.answer_after(sent, &request.method)
    }

    /// Sends raw bytes and reads one response.
    ///
    /// # Errors
    /// As [`Connection::send`].
    pub fn raw(&mut self, bytes: &[u8]) -> io::Result<Answer> {
        self.exchange(bytes, "GET")
    }

    /// Writes raw bytes without reading a response.
    ///
    /// # Errors
    /// The connection is closed.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes)
    }

    /// Reads one response. `method` decides whether it can have a body.
    ///
    /// # Errors
    /// The connection breaks, or the response is not HTTP.
    pub fn answer(&mut self, method: &str) -> io::Result<Answer> {
        loop {
            let (status, headers) = self.read_head()?;
            if (100..200).contains(&status) {
                continue;
            }
            let mut answer = Answer { status, headers, body: Vec::new() };
            if method != "HEAD" && status != 204 && status != 304 {
                answer.body = self.read_body(&answer)?;
            }
            watch::note(&answer);
            return Ok(answer);
        }
    }

    fn head(&self, request: &Request) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", request.method, request.target);
        if !request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            head += &format!("Host: {}\r\n", self.host);
        }
        for (name, value) in &request.headers {
            head += &format!("{name}: {value}\r\n");
        }
        head.into_bytes()
    }

    fn exchange(&mut self, bytes: &[u8], method: &str) -> io::Result<Answer> {
        let sent = self.stream.get_mut().write_all(bytes);
        self.answer_after(sent, method)
    }

    /// A server may respond and close before it has read the whole request. Then the response counts, not the failed
    /// write.
    fn answer_after(&mut self, sent: io::Result<()>, method: &str) -> io::Result<Answer> {
        let answer = self.answer(method);
        match sent {
            Ok(()) => answer,
            Err(error) => answer.map_err(|_| error),
        }
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        (&mut self.stream).take(64 * 1024).read_until(b'\n', &mut line)?;
        if line.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let line = line.strip_suffix(b"\r\n").ok_or_else(|| broken("a line without its end"))?;
        String::from_utf8(line.to_vec()).map_err(|_| broken("a head that is not text"))
    }

    fn read_head(&mut self) -> io::Result<(u16, Vec<(String, String)>)> {
        let status_line = self.line()?;
        let status = status_line.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
        let status = status.ok_or_else(|| broken(&status_line))?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                return Ok((status, headers));
            }
            let (name, value) = line.split_once(':').ok_or_else(|| broken(&line))?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }

    fn read_body(&mut self, answer: &Answer) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        if answer.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            loop {
                let size = self.line()?;
                let size = usize::from_str_radix(&size, 16).map_err(|_| broken("the size of a chunk"))?;
                let begin = body.len();
                body.resize(begin + size, 0);
                self.stream.read_exact(&mut body[begin..])?;
                if !self.line()?.is_empty() {
                    return Err(broken("a chunk without its end"));
                }
                if size == 0 {
                    return Ok(body);
                }
            }
        }
        match answer.header("content-length") {
            Some(length) => {
                let length = length.parse().map_err(|_| broken("a length that is no number"))?;
                body.resize(length, 0);
                self.stream.read_exact(&mut body)?;
            }
            None => {
                self.stream.read_to_end(&mut body)?;
            }
        }
        Ok(body)
    }
}
