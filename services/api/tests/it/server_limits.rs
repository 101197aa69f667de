//! The server's limits in time, over real sockets and in paused time.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use bytes::Bytes;
use futures_util::stream;
use tally_api::{ApiOptions, Drained, Router, ServerOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, sleep};

use crate::test_server::{TestServer, read_answer, read_head, read_to_close};

const LIVE: &[u8] = b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n";
const BEGUN_HEAD: &[u8] = b"GET /health/live HTTP/1.1\r\nho";

const fn seconds(number: u64) -> Duration {
    Duration::from_secs(number)
}

/// Whether this much time has passed, give or take a tenth of a second.
#[track_caller]
fn assert_took(began: Instant, expected: Duration) {
    let took = began.elapsed();
    assert!(took.abs_diff(expected) < Duration::from_millis(100), "{took:?} instead of {expected:?}");
}

#[tokio::test(start_paused = true)]
async fn closes_a_silent_connection_after_ten_seconds() {
    let server = TestServer::start();
    let began = Instant::now();
    assert_eq!(server.exchange(b"").await, "");
    assert_took(began, seconds(10));
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn closes_a_slow_head_ten_seconds_after_its_first_byte() {
    let server = TestServer::start();
    let mut stream = server.connect().await;
    sleep(seconds(9)).await;
    let began = Instant::now();
    let (mut from_server, mut to_server) = stream.split();
    let dawdle = async {
        for byte in BEGUN_HEAD {
            to_server.write_all(&[*byte]).await.unwrap();
            sleep(Duration::from_millis(900)).await;
        }
    };
    let mut answer = Vec::new();
    tokio::select! {
        () = dawdle => panic!("the head was waited for"),
        read = from_server.read_to_end(&mut answer) => read.unwrap(),
    };
    assert_eq!(answer, b"");
    assert_took(began, seconds(10));
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn closes_an_idle_connection_after_75_seconds() {
    let server = TestServer::start();
    let mut stream = server.send(LIVE).await;
    let answer = read_answer(&mut stream).await;
    assert!(
        answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("{\"status\":\"live\"}\n"),
        "{answer}"
    );
    let began = Instant::now();
    assert_eq!(read_to_close(&mut stream).await, "");
    assert_took(began, seconds(75));
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_kept_connection_has_ten_seconds_for_its_next_head() {
    let server = TestServer::start();
    let mut stream = server.send(LIVE).await;
    read_answer(&mut stream).await;
    sleep(seconds(70)).await;
    stream.write_all(LIVE).await.unwrap();
    read_answer(&mut stream).await;
    sleep(seconds(20)).await;
    let began = Instant::now();
    stream.write_all(BEGUN_HEAD).await.unwrap();
    assert_eq!(read_to_close(&mut stream).await, "");
    assert_took(began, seconds(10));
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_body_below_one_kibibyte_a_second_is_a_timeout() {
    let server = TestServer::start();
    let head =
        "POST /jobs HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: 1000000\r\n\r\n";
    for (bytes, in_time) in [(1_000, false), (1_100, true)] {
        let mut stream = server.send(head.as_bytes()).await;
        let began = Instant::now();
        let (mut from_server, mut to_server) = stream.split();
        let trickle = async {
            for _ in 0..25 {
                to_server.write_all(&vec![b'x'; bytes]).await.unwrap();
                sleep(seconds(1)).await;
            }
        };
        let mut first = [0; 12];
        tokio::select! {
            () = trickle => assert!(in_time, "{bytes} bytes a second are too slow"),
            read = from_server.read_exact(&mut first) => {
                read.unwrap();
                assert!(!in_time, "{bytes} bytes a second are fast enough");
                assert_eq!(&first, b"HTTP/1.1 408");
                assert_took(began, seconds(10));
            }
        }
    }
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_silent_body_is_a_timeout_after_ten_seconds() {
    let server = TestServer::start();
    let began = Instant::now();
    let head =
        "POST /jobs HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: 1000\r\n\r\nhello";
    let answer = server.exchange(head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("/problems/request-timeout"), "{answer}");
    assert_took(began, seconds(10));
    server.stop().await;
}

/// Requests whose answers are larger than all buffers between server and client.
fn large_answers() -> Vec<u8> {
    b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nhost: x\r\n\r\n".repeat(30)
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_not_read_ends_after_thirty_seconds() {
    let server = TestServer::with(ServerOptions { drain: seconds(600), ..ServerOptions::default() });
    let mut stream = server.connect_narrow().await;
    let began = Instant::now();
    stream.write_all(&large_answers()).await.unwrap();
    // The buffers fill up in no time; the drain ends with the connection.
    sleep(seconds(1)).await;
    assert_eq!(server.stop().await, Drained { cut: 0 });
    assert_took(began, seconds(30));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_read_slowly_goes_on() {
    let server = TestServer::start();
    let mut stream = server.connect_narrow().await;
    stream.write_all(&large_answers()).await.unwrap();
    let mut piece = vec![0; 4 << 20];
    for _ in 0..4 {
        sleep(seconds(25)).await;
        stream.read_exact(&mut piece).await.unwrap();
    }
    drop(stream);
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_long_wait_and_an_event_stream_are_not_timed_out() {
    let server = TestServer::start();
    let began = Instant::now();
    let wait = b"POST /jobs?wait=60 HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello";
    let answer = read_answer(&mut server.send(wait).await).await;
    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
    assert_took(began, seconds(60));
    server.stop().await;

    let events = async || {
        let events = stream::unfold((), |()| async {
            sleep(seconds(100)).await;
            Some((Ok::<_, Infallible>(Bytes::from_static(b"data: x\n\n")), ()))
        });
        ([(CONTENT_TYPE, "text/event-stream")], Body::from_stream(events))
    };
    let server = TestServer::of_routes(Router::new().route("/events", get(events)));
    let mut stream = server.send(b"GET /events HTTP/1.1\r\nhost: x\r\naccept-encoding: gzip\r\n\r\n").await;
    assert!(read_head(&mut stream).await.starts_with("HTTP/1.1 200 "));
    for _ in 0..3 {
        let mut event = [0; 14];
        stream.read_exact(&mut event).await.unwrap();
        assert_eq!(&event, b"9\r\ndata: x\n\n\r\n");
    }
    drop(stream);
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn requests_beyond_the_limit_are_refused_at_once() {
    let server = TestServer::with_api(ApiOptions { requests_at_once: 1, ..ApiOptions::default() });
    let wait = b"POST /jobs?wait=60 HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello";
    let mut waiting = server.send(wait).await;
    while server.api.memory.count() == 0 {
        tokio::task::yield_now().await;
    }
    let began = Instant::now();
    let mut refused = server.send(b"GET /jobs HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let answer = read_answer(&mut refused).await;
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("/problems/overloaded"), "{answer}");
    assert!(answer.contains("\r\nretry-after: "), "{answer}");
    assert!(began.elapsed() < Duration::from_millis(10));
    assert!(read_answer(&mut server.send(LIVE).await).await.starts_with("HTTP/1.1 200 "));
    assert!(read_answer(&mut waiting).await.starts_with("HTTP/1.1 202 "));
    refused.write_all(b"GET /jobs HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    assert!(read_answer(&mut refused).await.starts_with("HTTP/1.1 200 "));
    server.stop().await;
}
