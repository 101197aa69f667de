//! Statuses, headers, and responses that are not HTTP.

use std::time::Duration;

use tally_outbound::{Outbound, OutboundError, OutboundOptions};
use tally_wordcount::CountFailure;
use tally_wordcount::CountFailure::{SourceRefused, SourceUnavailable, TooLarge, Unreachable};

use crate::support::{Server, answer, failure, fetch, kind, local, local_outbound, ok, open, read};

#[tokio::test]
async fn returns_a_document_with_its_address_and_type() {
    let server =
        Server::answering(answer("200 OK", "Content-Type: text/html; charset=latin1\r\n", "<p>one two"))
            .await;
    let fetched = open(&local_outbound(), &format!("{}a/../b?q=1", server.url())).await.unwrap();
    assert_eq!(fetched.content_type.as_deref(), Some("text/html; charset=latin1"));
    assert_eq!(fetched.final_url.as_str(), format!("{}b?q=1", server.url()));
    assert_eq!(read(fetched).await.unwrap(), b"<p>one two");
}

#[tokio::test]
async fn sends_user_agent_and_accept_headers() {
    let server = Server::answering(ok("")).await;
    fetch(&local_outbound(), &server.url()).await.unwrap();
    let request = server.requests().remove(0);
    assert!(request.starts_with("GET / HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("user-agent: tally/0.1 (+word count)\r\n"), "{request}");
    assert!(request.contains("accept-encoding: gzip, br, zstd, deflate\r\n"), "{request}");
    assert!(request.contains(&format!("host: {}\r\n", server.address)), "{request}");
}

#[tokio::test]
async fn rejects_a_user_agent_that_injects_headers() {
    let server = Server::answering(ok("")).await;
    let outbound = Outbound::new(OutboundOptions { user_agent: "mine/2".to_owned(), ..local() }).unwrap();
    fetch(&outbound, &server.url()).await.unwrap();
    assert!(server.requests()[0].contains("user-agent: mine/2\r\n"));
    let split = Outbound::new(OutboundOptions { user_agent: "a\r\nX: y".to_owned(), ..local() });
    assert!(matches!(split, Err(OutboundError::UserAgent(_))));
}

#[tokio::test]
async fn maps_each_status_to_a_result() {
    for status in [200, 201, 202, 203, 299] {
        let server = Server::answering(answer(&format!("{status} Fine"), "", "words")).await;
        assert_eq!(fetch(&local_outbound(), &server.url()).await.unwrap(), b"words", "{status}");
    }
    let server = Server::answering("HTTP/1.1 204 No Content\r\n\r\n").await;
    assert_eq!(fetch(&local_outbound(), &server.url()).await.unwrap(), b"");
    let server = Server::answering(answer("205 Reset Content", "", "")).await;
    assert_eq!(fetch(&local_outbound(), &server.url()).await.unwrap(), b"");
    for status in [206, 400, 401, 402, 403, 404, 405, 406, 407, 410, 411, 418, 422, 426, 451, 499] {
        let server = Server::answering(answer(&format!("{status} No"), "Retry-After: 9\r\n", "words")).await;
        let failure = failure(&local_outbound(), &format!("{}p?secret", server.url())).await;
        assert_eq!(
            (CountFailure::of(&failure).unwrap(), failure.retry_after),
            (SourceRefused, None),
            "{status}"
        );
        assert!(
            failure.detail.contains(&format!("{}p answered {status}", server.url())),
            "{}",
            failure.detail
        );
        assert!(!failure.detail.contains("secret") && !failure.retryable);
    }
    for status in [408, 425, 429, 500, 501, 502, 503, 504, 507, 520, 599] {
        let server = Server::answering(answer(&format!("{status} Later"), "Retry-After: 9\r\n", "")).await;
        let failure = failure(&local_outbound(), &server.url()).await;
        assert_eq!(
            (CountFailure::of(&failure).unwrap(), failure.retry_after),
            (SourceUnavailable, Some(Duration::from_secs(9))),
            "{status}"
        );
        assert!(failure.detail.contains(&status.to_string()) && failure.retryable);
    }
}

#[tokio::test]
async fn passes_retry_after_on() {
    let date = "Date: Fri, 31 Jan 2025 12:00:00 GMT\r\nRetry-After: Fri, 31 Jan 2025 12:02:00 GMT\r\n";
    for (headers, wish) in [(date, Some(120)), ("Retry-After: 100000\r\n", Some(3_600)), ("", None)] {
        let server = Server::answering(answer("503 Later", headers, "")).await;
        let failure = failure(&local_outbound(), &server.url()).await;
        assert_eq!(failure.retry_after, wish.map(Duration::from_secs), "{headers}");
    }
}

#[tokio::test]
async fn skips_informational_responses() {
    let server =
        Server::answering([b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n".to_vec(), ok("late")].concat())
            .await;
    assert_eq!(fetch(&local_outbound(), &server.url()).await.unwrap(), b"late");
}

#[tokio::test]
async fn limits_the_size_of_headers() {
    let long = |bytes: usize| answer("200 OK", &format!("X: {}\r\n", "x".repeat(bytes)), "words");
    let server = Server::answering(long(60_000)).await;
    assert_eq!(fetch(&local_outbound(), &server.url()).await.unwrap(), b"words");
    let server = Server::closing(long(70_000)).await;
    assert_eq!(kind(&local_outbound(), &server.url()).await, TooLarge);
    let server = Server::closing(answer("200 OK", &"X: y\r\n".repeat(200), "words")).await;
    assert_eq!(kind(&local_outbound(), &server.url()).await, TooLarge);
    // Headers without an end, in lines and in one line.
    for filler in [
        "X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    ] {
        let server = Server::start(move |mut peer| async move {
            peer.heard().await;
            peer.say("HTTP/1.1 200 OK\r\nX: ").await;
            peer.say(filler.repeat(140_000 / filler.len())).await;
            peer.until_closed().await;
        })
        .await;
        assert_eq!(kind(&local_outbound(), &server.url()).await, TooLarge);
    }
}

#[tokio::test]
async fn reads_odd_header_lines_as_browsers_do() {
    for odd in [
        "X: a\r\n b\r\n\tc\r\n",
        "X:\r\n  a\r\n",
        "X: a\r\n \r\n",
        "X Foo: bar\r\n",
        "X-Foo : bar\r\n",
        "X-Foo\t: bar\r\n",
        "X-Foo: a\x01b\r\n",
        "X-Foo: a\x7fb\r\n",
        ": bar\r\n",
        ":\r\n",
        "X(Foo): bar\r\n",
        "X-F\u{f6}\u{f6}: bar\r\n",
        "X-Foo: b\u{e4}r\r\n",
        "PHP Warning: Unable to load dynamic library in Unknown on line 0\r\n",
        "<b>Notice</b>: Undefined index\r\n",
        "no colon at all\r\n",
        "HTTP/1.1 200 OK\r\n",
        "X: y\n",
    ] {
        let answer = answer("200 OK", &format!("A: b\r\n{odd}Content-Type: text/html\r\n"), "words");
        let server = Server::answering(answer).await;
        let fetched = open(&local_outbound(), &server.url()).await;
        let fetched = fetched.unwrap_or_else(|failure| panic!("{odd:?}: {}", failure.detail));
        assert_eq!(fetched.content_type.as_deref(), Some("text/html"), "{odd:?}");
        assert_eq!(read(fetched).await.unwrap(), b"words", "{odd:?}");
    }
}

#[tokio::test]
async fn odd_header_lines_keep_their_meaning() {
    let server =
        Server::answering(answer("200 OK", "Content-Type : text/html;\r\n charset=koi8-r\r\n", "words"))
            .await;
    let fetched = open(&local_outbound(), &server.url()).await.unwrap();
    assert_eq!(fetched.content_type.as_deref(), Some("text/html; charset=koi8-r"));
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding : chunked\r\n\r\n5\r\nwords\r\n0\r\n\r\n";
    let server = Server::answering(chunked).await;
    assert_eq!(fetch(&local_outbound(), &server.url()).await.unwrap(), b"words");
    // The lengths still have to agree, and a NUL is nothing that HTTP sends.
    for odd in ["Content-Length : 3\r\n", "Content-Length:\r\n 3\r\n", "X: a\0b\r\n"] {
        let server = Server::closing(answer("200 OK", odd, "words")).await;
        assert_eq!(kind(&local_outbound(), &server.url()).await, SourceRefused, "{odd:?}");
    }
}

#[tokio::test]
async fn rejects_responses_that_are_not_http() {
    for garbage in [
        "SSH-2.0-OpenSSH_9.2\r\n",
        "\0\0\0\0",
        "HTTP/9.9 200 OK\r\n\r\n",
        "HTTP/1.1 abc\r\n\r\n",
        "<html>hello</html>\r\n\r\n",
    ] {
        let server = Server::closing(garbage).await;
        assert_eq!(kind(&local_outbound(), &server.url()).await, SourceRefused, "{garbage:?}");
    }
    // Two lengths that disagree could hide a second answer.
    let server =
        Server::closing("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd").await;
    assert_eq!(kind(&local_outbound(), &server.url()).await, SourceRefused);
}

#[tokio::test]
async fn retries_once_when_the_connection_closes_without_a_response() {
    let server = Server::closing("").await;
    assert_eq!(kind(&local_outbound(), &server.url()).await, Unreachable);
    assert_eq!(server.requests().len(), 2);
    let server = Server::closing("HTTP/1.1 200 OK\r\nContent-Le").await;
    assert_eq!(kind(&local_outbound(), &server.url()).await, Unreachable);
}

#[tokio::test]
async fn a_closed_port_is_unreachable() {
    let server = Server::answering(ok("")).await;
    let address = server.url();
    // A listener that is closed leaves a port that refuses.
    drop(server);
    tokio::task::yield_now().await;
    let failure = failure(&local_outbound(), &address).await;
    assert_eq!(CountFailure::of(&failure).unwrap(), Unreachable, "{}", failure.detail);
    assert!(failure.retryable && failure.detail.contains(&address));
}
