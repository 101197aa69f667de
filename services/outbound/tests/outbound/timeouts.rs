//! Slow servers: each step has a time limit, and so has the whole fetch.

use std::sync::Arc;
use std::time::Duration;

use tally_jobs::failure::Failure;
use tally_outbound::{Outbound, OutboundOptions, Timeouts};
use tally_wordcount::CountFailure;
use tally_wordcount::CountFailure::{FetchTimeout, Unreachable};
use tally_wordcount::ports::FetchLimits;
use tokio::time::{Instant, interval, timeout};

use crate::support::{Script, Server, fetch, fetch_within, kind, local, local_outbound, ok};

const LONG: Duration = Duration::from_secs(600);
const SHORT: Duration = Duration::from_millis(60);

/// Timeouts so long that a test shortens only the one it is about.
const PATIENT: Timeouts = Timeouts {
    connect: LONG,
    attempt: LONG,
    tls: LONG,
    first_byte: LONG,
    window: LONG,
    window_bytes: 10_240,
};

/// The failure of a fetch that exceeds a short limit, not the total time.
async fn too_slow(outbound: &Outbound, address: &str) -> Failure {
    let limits = FetchLimits { total: LONG, ..FetchLimits::default() };
    let outcome = timeout(Duration::from_secs(20), fetch_within(outbound, address, &limits)).await;
    let failure = outcome.expect("a short limit ends it").expect_err(address);
    assert_eq!(CountFailure::of(&failure).unwrap(), FetchTimeout, "{}", failure.detail);
    failure
}

fn with_timeouts(timeouts: Timeouts) -> Outbound {
    Outbound::new(OutboundOptions { timeouts, ..local() }).unwrap()
}

#[tokio::test(start_paused = true)]
async fn limits_the_time_of_a_connection() {
    let mut script = Script::default().name("example.com", &[&["93.184.216.34"]]);
    script.dead = vec!["93.184.216.34".parse().unwrap()];
    let outbound = Outbound::over(Arc::new(script), OutboundOptions::default()).unwrap();
    let start = Instant::now();
    assert_eq!(kind(&outbound, "http://example.com/").await, FetchTimeout);
    assert!((5_000..5_100).contains(&start.elapsed().as_millis()), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_lookup_counts_as_part_of_the_connection() {
    let script = Script { silent: vec!["example.com".to_owned()], ..Script::default() };
    let outbound = Outbound::over(Arc::new(script), OutboundOptions::default()).unwrap();
    let start = Instant::now();
    assert_eq!(kind(&outbound, "http://example.com/").await, FetchTimeout);
    assert!((5_000..5_100).contains(&start.elapsed().as_millis()), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn dead_addresses_share_the_time_of_one_connection() {
    let all =
        ["93.184.216.1", "93.184.216.2", "93.184.216.3", "93.184.216.4", "93.184.216.5", "93.184.216.6"];
    let mut script = Script::default().name("example.com", &[&all]);
    script.dead = all.iter().map(|text| text.parse().unwrap()).collect();
    let net = Arc::new(script);
    let outbound = Outbound::over(net.clone(), OutboundOptions::default()).unwrap();
    let start = Instant::now();
    assert_eq!(kind(&outbound, "http://example.com/").await, FetchTimeout);
    assert!((5_000..5_100).contains(&start.elapsed().as_millis()), "{:?}", start.elapsed());
    assert!(net.dials().len() >= 4);
}

#[tokio::test]
async fn limits_the_time_of_the_tls_handshake() {
    let server = Server::start(|mut peer| async move { peer.until_closed().await }).await;
    let outbound = with_timeouts(Timeouts { tls: SHORT, ..PATIENT });
    let address = server.url().replace("http:", "https:");
    too_slow(&outbound, &address).await;
}

#[tokio::test]
async fn limits_the_time_to_the_first_byte() {
    let server = Server::start(|mut peer| async move {
        peer.heard().await;
        peer.until_closed().await;
    })
    .await;
    let outbound = with_timeouts(Timeouts { first_byte: SHORT, ..PATIENT });
    let failure = too_slow(&outbound, &format!("{}p?secret", server.url())).await;
    assert!(failure.detail.contains(&format!("{}p is too slow", server.url())), "{}", failure.detail);
}

#[tokio::test]
async fn headers_sent_byte_by_byte_get_no_more_time() {
    let server = Server::start(|mut peer| async move {
        peer.heard().await;
        peer.say("HTTP/1.1 200 OK\r\n").await;
        let mut drops = interval(Duration::from_millis(5));
        while peer.say("X: y\r\n").await {
            drops.tick().await;
        }
    })
    .await;
    too_slow(&with_timeouts(Timeouts { first_byte: SHORT, ..PATIENT }), &server.url()).await;
}

/// Sends one piece again and again, some milliseconds apart, in a body without end.
async fn dripping(piece: usize, every_ms: u64) -> Server {
    Server::start(move |mut peer| async move {
        peer.heard().await;
        peer.say("HTTP/1.1 200 OK\r\n\r\n").await;
        let mut drops = interval(Duration::from_millis(every_ms));
        while peer.say(vec![b'x'; piece]).await {
            drops.tick().await;
        }
    })
    .await
}

#[tokio::test]
async fn fails_a_body_below_the_least_rate() {
    let timeouts = Timeouts { window: Duration::from_millis(200), window_bytes: 10_000, ..PATIENT };
    let slow = dripping(10, 5).await;
    let failure = too_slow(&with_timeouts(timeouts), &slow.url()).await;
    assert!(failure.detail.contains("less than 10000 bytes in 0.2 seconds"), "{}", failure.detail);
}

#[tokio::test]
async fn fails_a_body_that_stops() {
    let server = Server::start(|mut peer| async move {
        peer.heard().await;
        peer.say("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n").await;
        peer.say([b'x'; 50_000]).await;
        peer.until_closed().await;
    })
    .await;
    let timeouts = Timeouts { window: SHORT, window_bytes: 10_000, ..PATIENT };
    too_slow(&with_timeouts(timeouts), &server.url()).await;
}

#[tokio::test]
async fn accepts_a_body_above_the_least_rate_over_many_windows() {
    let server = Server::start(|mut peer| async move {
        peer.heard().await;
        peer.say("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n").await;
        let mut drops = interval(Duration::from_millis(10));
        for _ in 0..100 {
            drops.tick().await;
            peer.say([b'x'; 1_000]).await;
        }
        peer.until_closed().await;
    })
    .await;
    // One second in all, ten windows; a hundredth of the rate is asked for, so that a busy machine does not matter.
    let timeouts = Timeouts { window: Duration::from_millis(100), window_bytes: 100, ..PATIENT };
    assert_eq!(fetch(&with_timeouts(timeouts), &server.url()).await.unwrap().len(), 100_000);
}

#[tokio::test]
async fn our_own_slowness_is_not_held_against_the_server() {
    use futures_util::StreamExt;
    let server = Server::answering(ok(vec![b'x'; 2_000_000])).await;
    let timeouts = Timeouts { window: SHORT, window_bytes: 1_000, ..PATIENT };
    let mut fetched = crate::support::open(&with_timeouts(timeouts), &server.url()).await.unwrap();
    let mut given = fetched.body.next().await.unwrap().unwrap().len();
    // The reader is busy for longer than a window.
    tokio::time::sleep(SHORT * 3).await;
    while let Some(piece) = fetched.body.next().await {
        given += piece.unwrap().len();
    }
    assert_eq!(given, 2_000_000);
}

#[tokio::test]
async fn limits_the_total_time() {
    let limits = FetchLimits { total: Duration::from_millis(150), ..FetchLimits::default() };
    let steady = dripping(5_000, 5).await;
    let start = Instant::now();
    let failure = fetch_within(&with_timeouts(PATIENT), &steady.url(), &limits).await.unwrap_err();
    assert_eq!(CountFailure::of(&failure).unwrap(), FetchTimeout, "a body without end");
    let silent = Server::start(|mut peer| async move { peer.until_closed().await }).await;
    let failure = fetch_within(&with_timeouts(PATIENT), &silent.url(), &limits).await.unwrap_err();
    assert_eq!(CountFailure::of(&failure).unwrap(), FetchTimeout, "no answer");
    let looping = Server::start(|mut peer| async move {
        let mut steps = interval(Duration::from_millis(60));
        while peer.heard().await.is_some() {
            steps.tick().await;
            peer.say("HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n").await;
        }
    })
    .await;
    let patient = FetchLimits { redirects: 1_000, ..limits };
    let failure = fetch_within(&with_timeouts(PATIENT), &looping.url(), &patient).await.unwrap_err();
    assert_eq!(CountFailure::of(&failure).unwrap(), FetchTimeout, "redirects share the time");
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn accepts_the_longest_possible_total_time() {
    let server = Server::answering(ok("words")).await;
    let limits = FetchLimits { total: Duration::MAX, ..FetchLimits::default() };
    assert_eq!(fetch_within(&local_outbound(), &server.url(), &limits).await.unwrap(), b"words");
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_is_unreachable() {
    let plain = Server::start(|mut peer| async move {
        peer.say("HTTP/1.1 400 Bad\r\n\r\n").await;
    })
    .await;
    assert_eq!(kind(&local_outbound(), &plain.url().replace("http:", "https:")).await, Unreachable);
}
