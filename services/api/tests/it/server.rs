//! The server loop over real sockets.

use std::net::SocketAddr;
use std::time::Duration;

use tally_api::{Drained, ServerOptions, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::house::House;

struct Server {
    house: House,
    address: SocketAddr,
    shutdown: CancellationToken,
    serving: JoinHandle<Drained>,
}

impl Server {
    async fn start(options: ServerOptions) -> Self {
        let house = House::new();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = house.draining.clone();
        let serving = house.tasks.spawn(serve(listener, house.router.clone(), options, shutdown.clone()));
        Self { house, address, shutdown, serving }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends bytes, and reads until the server closes.
    async fn exchange(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect().await;
        stream.write_all(bytes).await.unwrap();
        rest(&mut stream).await
    }

    async fn stop(self) -> Drained {
        self.shutdown.cancel();
        self.serving.await.unwrap()
    }
}

async fn rest(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut all)).await.unwrap().unwrap();
    String::from_utf8_lossy(&all).into_owned()
}

/// Reads one answer with a length.
async fn one(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    loop {
        let mut piece = [0; 4096];
        let read = stream.read(&mut piece).await.unwrap();
        assert!(read > 0, "closed after {}", String::from_utf8_lossy(&all));
        all.extend_from_slice(&piece[..read]);
        let text = String::from_utf8_lossy(&all).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return text;
            }
        }
    }
}

fn short() -> ServerOptions {
    let brief = Duration::from_millis(80);
    ServerOptions { first_byte: brief, head: brief, idle: brief, ..ServerOptions::default() }
}

#[tokio::test]
async fn a_connection_carries_many_requests() {
    let server = Server::start(ServerOptions::default()).await;
    let mut stream = server.connect().await;
    for _ in 0..3 {
        stream.write_all(b"POST /jobs HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello").await.unwrap();
        let told = one(&mut stream).await;
        assert!(told.starts_with("HTTP/1.1 202 Accepted\r\n"), "{told}");
        assert!(!told.to_lowercase().contains("\r\nserver:"), "{told}");
    }
    stream.write_all(b"HEAD /health/live HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    assert!(one_head(&mut stream).await.contains("content-length: 18\r\n"));
    assert_eq!(server.house.memory.count(), 3);
    drop(stream);
    assert_eq!(server.stop().await, Drained { cut: 0 });
}

async fn one_head(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    while !all.ends_with(b"\r\n\r\n") {
        all.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(all).unwrap()
}

#[tokio::test]
async fn requests_that_reach_no_route_are_problems_too() {
    let server = Server::start(ServerOptions::default()).await;
    let headers = "x: y\r\n".repeat(120);
    let long = "y".repeat(70_000);
    for (bytes, status) in [
        ("nonsense\r\n\r\n".to_owned(), "400"),
        ("GET / HTTP/1.1\r\nbad header\r\n\r\n".to_owned(), "400"),
        (
            "POST /jobs HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx".to_owned(),
            "400",
        ),
        (format!("GET / HTTP/1.1\r\n{headers}\r\n"), "431"),
        (format!("GET / HTTP/1.1\r\nx: {long}\r\n\r\n"), "431"),
    ] {
        let told = server.exchange(bytes.as_bytes()).await;
        assert!(told.starts_with(&format!("HTTP/1.1 {status} ")), "{told}");
        assert!(told.contains("\r\ncontent-type: application/problem+json\r\n"), "{told}");
        assert!(told.contains("\"type\":\"/problems/"), "{told}");
    }
    server.stop().await;
}

#[tokio::test]
async fn the_silent_the_slow_and_the_idle_are_let_go() {
    let server = Server::start(short()).await;
    assert_eq!(server.exchange(b"").await, "");
    let told = server.exchange(b"GET / HTTP/1.1\r\nho").await;
    assert!(told.starts_with("HTTP/1.1 408 ") && told.contains("/problems/request-timeout"), "{told}");
    let mut stream = server.connect().await;
    stream.write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let told = rest(&mut stream).await;
    assert!(told.starts_with("HTTP/1.1 200 OK\r\n") && told.ends_with("{\"status\":\"live\"}\n"), "{told}");
    server.stop().await;
}

#[tokio::test]
async fn a_dawdling_head_is_timed_from_its_first_byte() {
    let server = Server::start(short()).await;
    let mut stream = server.connect().await;
    let dawdle = async {
        for byte in b"GET /health/live HTTP/1.1\r\nhost: xxxxxxxxxxxxxxxxxxxxxxx" {
            if stream.write_all(&[*byte]).await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), dawdle).await.unwrap();
    let mut told = String::new();
    // The reset that follows our close may come before the end of the stream.
    let _ = stream.read_to_string(&mut told).await;
    assert!(told.is_empty() || told.starts_with("HTTP/1.1 408 "), "{told}");
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_asks_first_is_told_to_go_on_or_refused_unread() {
    let server = Server::start(ServerOptions::default()).await;
    let mut stream = server.connect().await;
    let head = "POST /jobs HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-type: text/plain\r\n";
    stream.write_all(format!("{head}content-length: 5\r\n\r\n").as_bytes()).await.unwrap();
    assert!(one_head(&mut stream).await.starts_with("HTTP/1.1 100 Continue\r\n"));
    stream.write_all(b"hello").await.unwrap();
    assert!(one(&mut stream).await.starts_with("HTTP/1.1 202 "));
    let told = server.exchange(format!("{head}content-length: 5000000000\r\n\r\n").as_bytes()).await;
    assert!(told.starts_with("HTTP/1.1 413 ") && !told.contains("100 Continue"), "{told}");
    server.stop().await;
}

#[tokio::test]
async fn a_refusal_reaches_a_client_that_is_still_sending() {
    let server = Server::start(ServerOptions::default()).await;
    let mut stream = server.connect().await;
    let head = "POST /jobs HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 20000000\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    // What fits into the line's own buffers is sent before the client looks for an answer.
    let _ = tokio::time::timeout(Duration::from_millis(300), stream.write_all(&vec![b' '; 4_000_000])).await;
    let told = one(&mut stream).await;
    assert!(told.starts_with("HTTP/1.1 413 ") && told.contains("body-too-large"), "{told}");
    server.stop().await;
}

#[tokio::test]
async fn an_unchanged_answer_has_no_body_and_no_length() {
    let server = Server::start(ServerOptions::default()).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET /problems HTTP/1.1\r\nhost: x\r\nif-none-match: *\r\n\r\n").await.unwrap();
    let head = one_head(&mut stream).await;
    assert!(head.starts_with("HTTP/1.1 304 "), "{head}");
    assert!(!head.contains("content-length") && !head.contains("transfer-encoding"), "{head}");
    stream.write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    assert!(one(&mut stream).await.starts_with("HTTP/1.1 200 "));
    server.stop().await;
}

#[tokio::test]
async fn a_drain_ends_waits_lets_requests_end_and_closes_idle_connections() {
    let server = Server::start(ServerOptions::default()).await;
    let mut idle = server.connect().await;
    idle.write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    one(&mut idle).await;
    let mut waiting = server.connect().await;
    waiting
        .write_all(b"POST /jobs?wait=60 HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello")
        .await
        .unwrap();
    while server.house.memory.count() == 0 {
        tokio::task::yield_now().await;
    }
    let began = tokio::time::Instant::now();
    server.shutdown.cancel();
    assert!(rest(&mut waiting).await.starts_with("HTTP/1.1 202 "));
    assert_eq!(rest(&mut idle).await, "");
    assert_eq!(server.serving.await.unwrap(), Drained { cut: 0 });
    assert!(began.elapsed() < Duration::from_secs(5));
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn a_request_that_meets_the_drain_on_its_way_is_answered() {
    let server = Server::start(ServerOptions::default()).await;
    let mut pooled = server.connect().await;
    pooled.write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    one(&mut pooled).await;
    server.shutdown.cancel();
    while TcpStream::connect(server.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    pooled.write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let answer = rest(&mut pooled).await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("connection: close"), "{answer}");
    assert_eq!(server.serving.await.unwrap(), Drained { cut: 0 });
}

#[tokio::test]
async fn a_drain_has_an_end_for_those_who_do_not_end() {
    let options = ServerOptions { drain: Duration::from_millis(50), ..ServerOptions::default() };
    let server = Server::start(options).await;
    let mut stuck = server.connect().await;
    stuck.write_all(b"POST /jobs HTTP/1.1\r\nhost: x\r\ncontent-length: 500\r\n\r\nhel").await.unwrap();
    let mut idle = server.connect().await;
    idle.write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    one(&mut idle).await;
    assert_eq!(server.stop().await, Drained { cut: 1 });
}

#[tokio::test]
async fn connections_beyond_the_bound_wait_for_a_place() {
    let server = Server::start(ServerOptions { connections: 1, ..ServerOptions::default() }).await;
    let mut first = server.connect().await;
    first.write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    one(&mut first).await;
    let mut second = server.connect().await;
    second.write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut byte = [0];
    let early = tokio::time::timeout(Duration::from_millis(50), second.peek(&mut byte)).await;
    assert!(early.is_err(), "it was served before its turn");
    drop(first);
    assert!(rest(&mut second).await.starts_with("HTTP/1.1 200 "));
    server.stop().await;
}
