//! The server over real sockets: requests, refusals and the drain.

use std::time::Duration;

use tally_api::{Drained, ServerOptions, listen};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::test_server::{TestServer, read_answer, read_head, read_to_close};

const LIVE: &[u8] = b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n";

#[tokio::test(start_paused = true)]
async fn a_connection_carries_many_requests() {
    let server = TestServer::start();
    let mut stream = server.connect().await;
    for _ in 0..3 {
        stream.write_all(b"POST /jobs HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello").await.unwrap();
        let answer = read_answer(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 202 Accepted\r\n"), "{answer}");
        assert!(!answer.to_lowercase().contains("\r\nserver:"), "{answer}");
    }
    stream.write_all(b"HEAD /health/live HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    assert!(read_head(&mut stream).await.contains("content-length: 18\r\n"));
    assert_eq!(server.api.memory.count(), 3);
    drop(stream);
    assert_eq!(server.stop().await, Drained { cut: 0 });
}

#[tokio::test(start_paused = true)]
async fn refuses_heads_that_cannot_be_parsed() {
    let server = TestServer::start();
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
        let answer = server.exchange(bytes.as_bytes()).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    }
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn answers_100_continue_unless_the_body_is_refused() {
    let server = TestServer::start();
    let head = "POST /jobs HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-type: text/plain\r\n";
    let mut stream = server.send(format!("{head}content-length: 5\r\n\r\n").as_bytes()).await;
    assert!(read_head(&mut stream).await.starts_with("HTTP/1.1 100 Continue\r\n"));
    stream.write_all(b"hello").await.unwrap();
    assert!(read_answer(&mut stream).await.starts_with("HTTP/1.1 202 "));
    let answer = server.exchange(format!("{head}content-length: 5000000000\r\n\r\n").as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413 ") && !answer.contains("100 Continue"), "{answer}");
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_refusal_reaches_a_client_that_is_still_sending() {
    let server = TestServer::start();
    let head = "POST /jobs HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 20000000\r\n\r\n";
    let mut stream = server.send(head.as_bytes()).await;
    // The client sends what the buffers take before it looks for an answer.
    let _ = timeout(Duration::from_millis(300), stream.write_all(&vec![b' '; 4_000_000])).await;
    let answer = read_answer(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("body-too-large"), "{answer}");
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_unchanged_answer_has_no_body_and_no_length() {
    let server = TestServer::start();
    let mut stream = server.send(b"GET /problems HTTP/1.1\r\nhost: x\r\nif-none-match: *\r\n\r\n").await;
    let head = read_head(&mut stream).await;
    assert!(head.starts_with("HTTP/1.1 304 "), "{head}");
    assert!(!head.contains("content-length") && !head.contains("transfer-encoding"), "{head}");
    stream.write_all(LIVE).await.unwrap();
    assert!(read_answer(&mut stream).await.starts_with("HTTP/1.1 200 "));
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_drain_ends_waits_and_requests_and_closes_idle_connections() {
    let server = TestServer::start();
    let mut idle = server.send(LIVE).await;
    read_answer(&mut idle).await;
    let wait = b"POST /jobs?wait=60 HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello";
    let mut waiting = server.send(wait).await;
    while server.api.memory.count() == 0 {
        tokio::task::yield_now().await;
    }
    let began = Instant::now();
    server.shutdown.cancel();
    assert!(read_to_close(&mut waiting).await.starts_with("HTTP/1.1 202 "));
    assert_eq!(read_to_close(&mut idle).await, "");
    assert_eq!(server.serving.await.unwrap(), Drained { cut: 0 });
    assert!(began.elapsed() < Duration::from_secs(5));
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_request_that_arrives_as_the_drain_begins_is_answered() {
    let server = TestServer::start();
    let mut pooled = server.send(LIVE).await;
    read_answer(&mut pooled).await;
    server.shutdown.cancel();
    while TcpStream::connect(server.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    pooled.write_all(LIVE).await.unwrap();
    let answer = read_to_close(&mut pooled).await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("connection: close"), "{answer}");
    assert_eq!(server.serving.await.unwrap(), Drained { cut: 0 });
}

#[tokio::test(start_paused = true)]
async fn a_drain_cuts_requests_that_outlast_it() {
    let options = ServerOptions { drain: Duration::from_millis(50), ..ServerOptions::default() };
    let server = TestServer::with(options);
    let stuck = server.send(b"POST /jobs HTTP/1.1\r\nhost: x\r\ncontent-length: 500\r\n\r\nhel").await;
    let mut idle = server.send(LIVE).await;
    read_answer(&mut idle).await;
    assert_eq!(server.stop().await, Drained { cut: 1 });
    drop(stuck);
}

#[tokio::test(start_paused = true)]
async fn connections_beyond_the_limit_wait_for_a_slot() {
    let server = TestServer::with(ServerOptions { connections: 1, ..ServerOptions::default() });
    let mut first = server.send(LIVE).await;
    read_answer(&mut first).await;
    let head = b"GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let mut second = server.send(head).await;
    let early = timeout(Duration::from_millis(50), second.peek(&mut [0])).await;
    assert!(early.is_err(), "it was served before its turn");
    drop(first);
    assert!(read_to_close(&mut second).await.starts_with("HTTP/1.1 200 "));
    server.stop().await;
}

#[tokio::test]
async fn the_backlog_holds_a_crowd_of_connections() {
    let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    let mut crowd = Vec::new();
    for _ in 0..300 {
        let connected = timeout(Duration::from_secs(10), TcpStream::connect(address)).await;
        crowd.push(connected.expect("the backlog is full").unwrap());
    }
}

#[tokio::test]
async fn a_client_that_closes_its_sending_half_gets_its_answer() {
    let server = TestServer::start();
    server.api.start_working();
    for request in [
        "POST /jobs?wait=5 HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello",
        "POST /jobs?wait=5 HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello",
        "GET /problems HTTP/1.1\r\nhost: x\r\n\r\n",
    ] {
        let mut stream = server.send(request.as_bytes()).await;
        stream.shutdown().await.unwrap();
        let answer = read_to_close(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{request}: {answer}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_request_needs_one_valid_host() {
    let server = TestServer::start();
    for (head, status) in [
        ("GET /jobs HTTP/1.1\r\n", "400"),
        ("GET /jobs HTTP/1.1\r\nhost: x\r\nHost: x\r\n", "400"),
        ("GET /jobs HTTP/1.1\r\nhost: a b\r\n", "400"),
        ("GET /jobs HTTP/1.1\r\nhost: x/y\r\n", "400"),
        ("GET /jobs HTTP/1.1\r\nhost:\r\n", "400"),
        ("GET /jobs HTTP/1.0\r\n", "200"),
        ("GET http://x/jobs HTTP/1.1\r\nhost: x\r\n", "200"),
    ] {
        let answer = server.exchange(format!("{head}connection: close\r\n\r\n").as_bytes()).await;
        let version = if head.contains("1.0") { "HTTP/1.0" } else { "HTTP/1.1" };
        assert!(answer.starts_with(&format!("{version} {status} ")), "{head:?}: {answer}");
        assert!(status == "200" || answer.contains("/problems/bad-request"), "{head:?}: {answer}");
    }
    server.stop().await;
}
