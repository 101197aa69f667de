//! Redirects: the guard checks each target like the first address.

use std::sync::Arc;

use tally_outbound::{Outbound, OutboundOptions};
use tally_wordcount::CountFailure;
use tally_wordcount::ports::{FetchLimits, Fetcher, Unfetched};

use crate::support::{
    Script, Server, answer, failure, fetch, fetch_within, kind, local_outbound, ok, open, url,
};

const STATUSES: [&str; 5] =
    ["301 Moved", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"];

fn redirect(status: &str, to: &str) -> Vec<u8> {
    answer(status, &format!("Location: {to}\r\n"), "elsewhere")
}

/// A server that redirects every path but `/end` to `to`.
async fn redirecting(status: &'static str, to: String) -> Server {
    Server::start(move |mut peer| {
        let to = to.clone();
        async move {
            while let Some(request) = peer.heard().await {
                let reply =
                    if request.starts_with("GET /end") { ok("the end") } else { redirect(status, &to) };
                if !peer.say(reply).await {
                    break;
                }
            }
        }
    })
    .await
}

#[tokio::test]
async fn follows_every_redirect_status() {
    for status in STATUSES {
        let server = redirecting(status, "/end?x=1#part".to_owned()).await;
        let fetched = open(&local_outbound(), &server.url()).await.unwrap();
        assert_eq!(fetched.final_url.as_str(), format!("{}end?x=1", server.url()), "{status}");
        assert_eq!(crate::support::read(fetched).await.unwrap(), b"the end");
        assert!(server.requests()[1].starts_with("GET /end?x=1 HTTP/1.1\r\n"), "{:?}", server.requests());
    }
}

#[tokio::test]
async fn denies_redirects_to_denied_targets() {
    let targets = [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "//0.0.0.0/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]:8080/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://169.254.169.254/latest/meta-data/",
        "https://168.63.129.16/",
        "http://metadata.google.internal/",
        "http://localhost/",
        "HTTP://LOCALHOST./",
        "http://10.0.0.1/",
        "http://192.168.0.1/",
        "http://rebound.example/",
        "http://public.example:22/",
        "http://%31%32%37.0.0.1/",
        "http://\u{ff11}\u{ff12}\u{ff17}.0.0.1/",
        "/\\127.0.0.1/",
        "http:\\\\127.0.0.1/",
    ];
    for status in STATUSES {
        for target in targets {
            let server = redirecting(status, target.to_owned()).await;
            let net = Arc::new(
                Script::to(&server)
                    .name("public.example", &[&["93.184.216.34"]])
                    .name("rebound.example", &[&["127.0.0.1"]]),
            );
            let outbound = Outbound::over(net.clone(), OutboundOptions::default()).unwrap();
            let failure = failure(&outbound, "http://public.example/start").await;
            assert_eq!(
                CountFailure::of(&failure).unwrap(),
                CountFailure::TargetNotAllowed,
                "{status} {target}"
            );
            assert!(failure.detail.starts_with("http://public.example/start may not"), "{}", failure.detail);
            assert_eq!(net.dials(), ["93.184.216.34:80"], "{status} {target}");
            assert_eq!(server.connections(), 1);
        }
    }
}

#[tokio::test]
async fn rejects_schemes_and_credentials_in_redirects() {
    for target in [
        "file:///etc/passwd",
        "ftp://example.com/",
        "gopher://x/",
        "data:text/plain,x",
        "http://a:b@example.com/",
        "http://",
    ] {
        let server = redirecting("302 Found", target.to_owned()).await;
        let failure = failure(&local_outbound(), &server.url()).await;
        assert_eq!(CountFailure::of(&failure).unwrap(), CountFailure::TooManyRedirects, "{target}");
        assert_eq!(server.requests().len(), 1, "{target}");
    }
}

#[tokio::test]
async fn stops_at_the_limit_of_redirects() {
    let server = redirecting("302 Found", "/again".to_owned()).await;
    let outbound = local_outbound();
    assert_eq!(kind(&outbound, &server.url()).await, CountFailure::TooManyRedirects);
    assert_eq!(server.requests().len(), 6, "the first address and five redirects");
    let none = FetchLimits { redirects: 0, ..FetchLimits::default() };
    let failure = fetch_within(&outbound, &server.url(), &none).await.unwrap_err();
    assert_eq!(CountFailure::of(&failure).unwrap(), CountFailure::TooManyRedirects);
    assert_eq!(server.requests().len(), 7);
}

#[tokio::test]
async fn follows_exactly_the_allowed_number_of_redirects() {
    let server = Server::start(|mut peer| async move {
        while let Some(request) = peer.heard().await {
            let step: u32 = request[5..6].parse().unwrap_or(0);
            let reply = if step == 5 { ok("five") } else { redirect("302 Found", &(step + 1).to_string()) };
            peer.say(reply).await;
        }
    })
    .await;
    assert_eq!(fetch(&local_outbound(), &server.url()).await.unwrap(), b"five");
}

#[tokio::test]
async fn reports_the_address_that_failed() {
    let there = Server::answering(answer("503 Service Unavailable", "", "")).await;
    let server = redirecting("302 Found", there.url()).await;
    for (asked, failed) in [(server.url(), there.url()), (there.url(), there.url())] {
        let opened = local_outbound().open(&url(&asked), &FetchLimits::default()).await;
        let Err(Unfetched::Failed { final_url, failure }) = opened else { panic!("it did not fail") };
        assert_eq!(final_url.as_str(), failed);
        assert_eq!(CountFailure::of(&failure).unwrap(), CountFailure::SourceUnavailable);
    }
}

#[tokio::test]
async fn a_redirect_without_a_target_fails() {
    for status in ["301 Moved", "302 Found", "300 Multiple Choices", "304 Not Modified", "305 Use Proxy"] {
        let server = Server::answering(answer(status, "", "")).await;
        assert_eq!(kind(&local_outbound(), &server.url()).await, CountFailure::SourceRefused, "{status}");
    }
}

#[tokio::test]
async fn accepts_raw_utf8_in_a_target() {
    let server = redirecting("301 Moved", "/end/ärger".to_owned()).await;
    assert_eq!(fetch(&local_outbound(), &server.url()).await.unwrap(), b"the end");
    assert!(server.requests()[1].starts_with("GET /end/%C3%A4rger "), "{:?}", server.requests());
}

#[tokio::test]
async fn a_redirect_carries_no_cookie_or_referer() {
    let server = Server::start(|mut peer| async move {
        while let Some(request) = peer.heard().await {
            let cookie = "Set-Cookie: a=b\r\nWWW-Authenticate: Basic\r\nLocation: /end\r\n";
            let reply =
                if request.starts_with("GET /end") { ok("") } else { answer("302 Found", cookie, "") };
            peer.say(reply).await;
        }
    })
    .await;
    fetch(&local_outbound(), &format!("{}start?secret=1", server.url())).await.unwrap();
    for request in server.requests() {
        let names: Vec<_> =
            request.lines().skip(1).filter_map(|line| line.split_once(':')).map(|(name, _)| name).collect();
        assert_eq!(names, ["user-agent", "accept", "accept-encoding", "host"], "{request}");
    }
    assert!(!server.requests()[1].contains("secret"));
}
