//! The connection pool: reuse for the same scheme, host and port, and for no other.

use std::sync::Arc;
use std::time::Duration;

use tally_outbound::{Outbound, OutboundOptions, Timeouts};
use tally_wordcount::CountFailure;
use tokio::sync::Barrier;

use crate::support::{Script, Server, fetch, kind, local, local_outbound, ok};

#[tokio::test]
async fn reuses_a_connection() {
    let server = Server::answering(ok("words")).await;
    let outbound = local_outbound();
    for _ in 0..20 {
        assert_eq!(fetch(&outbound, &server.url()).await.unwrap(), b"words");
    }
    assert_eq!(server.connections(), 1);
    assert_eq!(server.requests().len(), 20);
}

#[tokio::test]
async fn never_reuses_a_connection_for_another_host_port_or_scheme() {
    let server = Server::answering(ok("words")).await;
    let same = ["93.184.216.34"];
    let net = Arc::new(Script::to(&server).name("a.example", &[&same]).name("b.example", &[&same]));
    let timeouts = Timeouts { tls: Duration::from_millis(50), ..Timeouts::default() };
    let outbound =
        Outbound::over(net.clone(), OutboundOptions { timeouts, ..OutboundOptions::default() }).unwrap();
    for host in ["a.example", "b.example", "a.example:8080", "93.184.216.34", "a.example", "b.example"] {
        fetch(&outbound, &format!("http://{host}/")).await.unwrap();
    }
    assert_eq!(net.dials().len(), 4);
    assert_eq!(kind(&outbound, "https://a.example:80/").await, CountFailure::FetchTimeout);
    assert_eq!(net.dials().len(), 5, "https opens its own");
}

#[tokio::test]
async fn replaces_a_pooled_connection_that_the_server_closed() {
    // Every connection answers once; the second question on it finds it closed.
    let server = Server::start(|mut peer| async move {
        peer.heard().await;
        peer.say(ok("words")).await;
        peer.heard().await;
    })
    .await;
    let outbound = local_outbound();
    for _ in 0..10 {
        assert_eq!(fetch(&outbound, &server.url()).await.unwrap(), b"words");
    }
}

#[tokio::test]
async fn retries_on_a_new_connection_and_not_on_another_pooled_one() {
    const KEPT: usize = 4;
    // Connections are made at once and kept, and the server ends each of them at its second question.
    let all_here = Arc::new(Barrier::new(KEPT));
    let server = Server::start(move |mut peer| {
        let all_here = Arc::clone(&all_here);
        async move {
            if peer.heard().await.is_some_and(|question| question.contains("GET /together ")) {
                all_here.wait().await;
            }
            peer.say(ok("words")).await;
            peer.heard().await;
        }
    })
    .await;
    let outbound = Arc::new(local_outbound());
    let mut together = tokio::task::JoinSet::new();
    for _ in 0..KEPT {
        let (outbound, address) = (Arc::clone(&outbound), format!("{}together", server.url()));
        together.spawn(async move { fetch(&outbound, &address).await });
    }
    assert!(together.join_all().await.iter().all(Result::is_ok));
    assert_eq!(server.connections(), KEPT);
    assert_eq!(fetch(&outbound, &server.url()).await.unwrap(), b"words");
    assert_eq!(server.connections(), KEPT + 1);
}

#[tokio::test]
async fn closes_an_idle_connection() {
    let (closed, mut all_closed) = tokio::sync::mpsc::unbounded_channel();
    let server = Server::start(move |mut peer| {
        let closed = closed.clone();
        async move {
            while peer.heard().await.is_some() && peer.say(ok("words")).await {}
            closed.send(()).unwrap();
        }
    })
    .await;
    let outbound = Outbound::new(OutboundOptions { idle: Duration::from_millis(50), ..local() }).unwrap();
    fetch(&outbound, &server.url()).await.unwrap();
    all_closed.recv().await.unwrap();
    assert_eq!(fetch(&outbound, &server.url()).await.unwrap(), b"words");
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn limits_the_number_of_idle_connections() {
    let server = Server::answering(ok("words")).await;
    let outbound = Arc::new(Outbound::new(OutboundOptions { idle_per_host: 0, ..local() }).unwrap());
    for _ in 0..5 {
        fetch(&outbound, &server.url()).await.unwrap();
    }
    assert_eq!(server.connections(), 5, "none is kept");
}

#[tokio::test]
async fn serves_many_concurrent_fetches() {
    let server = Server::answering(ok(vec![b'x'; 200_000])).await;
    let outbound = Arc::new(local_outbound());
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let (outbound, address) = (Arc::clone(&outbound), server.url());
        all.spawn(async move { fetch(&outbound, &address).await.map(|body| body.len()) });
    }
    for length in all.join_all().await {
        assert_eq!(length.unwrap(), 200_000);
    }
}
