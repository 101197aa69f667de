//! Bodies: complete or failed, in every framing and content coding.

use async_compression::tokio::bufread::{
    BrotliEncoder, DeflateEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder,
};
use futures_util::StreamExt;
use tally_wordcount::CountFailure;
use tally_wordcount::CountFailure::{BrokenBody, TooLarge, UnsupportedMediaType};
use tally_wordcount::ports::{FetchLimits, Fetcher as _};
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::support::{
    Server, answer, failure, failure_of, fetch, fetch_within, kind, local_outbound, ok, open,
};

/// Text that compresses about as well as a book.
fn book(bytes: usize) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes);
    let mut seed = 7_u32;
    while text.len() < bytes {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        text.extend_from_slice(format!("word{} ", seed >> 18).as_bytes());
    }
    text.truncate(bytes);
    text
}

async fn packed(mut coded: impl AsyncRead + Unpin) -> Vec<u8> {
    let mut all = Vec::new();
    coded.read_to_end(&mut all).await.unwrap();
    all
}

/// The text in every requested coding, with the coding's name.
async fn all_codings(text: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("gzip", packed(GzipEncoder::new(text)).await),
        ("x-gzip", packed(GzipEncoder::new(text)).await),
        ("GZIP", packed(GzipEncoder::new(text)).await),
        ("br", packed(BrotliEncoder::with_quality(text, async_compression::Level::Fastest)).await),
        ("zstd", packed(ZstdEncoder::new(text)).await),
        ("deflate", packed(ZlibEncoder::new(text)).await),
        ("deflate", packed(DeflateEncoder::new(text)).await),
    ]
}

fn coded(coding: &str, body: &[u8]) -> Vec<u8> {
    answer("200 OK", &format!("Content-Encoding: {coding}\r\n"), body)
}

fn chunked(headers: &str, body: &[u8], chunk: usize) -> Vec<u8> {
    let mut all = format!("HTTP/1.1 200 OK\r\n{headers}Transfer-Encoding: chunked\r\n\r\n").into_bytes();
    for piece in body.chunks(chunk) {
        all.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
        all.extend_from_slice(piece);
        all.extend_from_slice(b"\r\n");
    }
    all.extend_from_slice(b"0\r\n\r\n");
    all
}

#[tokio::test]
async fn reads_the_whole_document_in_every_framing() {
    let text = book(300_000);
    let server = Server::answering(ok(&text)).await;
    assert!(fetch(&local_outbound(), &server.url()).await.unwrap() == text);
    for chunk in [1_000, 70_000, 300_000] {
        let server = Server::answering(chunked("", &text, chunk)).await;
        assert!(fetch(&local_outbound(), &server.url()).await.unwrap() == text);
    }
    let until_closed = [b"HTTP/1.0 200 OK\r\n\r\n".as_slice(), &text].concat();
    let server = Server::closing(until_closed).await;
    assert!(fetch(&local_outbound(), &server.url()).await.unwrap() == text);
}

#[tokio::test]
async fn decodes_every_coding() {
    let text = book(300_000);
    for (coding, body) in all_codings(&text).await {
        assert!(body.len() < text.len() / 2);
        let server = Server::answering(coded(coding, &body)).await;
        assert!(fetch(&local_outbound(), &server.url()).await.unwrap() == text, "{coding}");
        // Byte by byte, so that no decoder may count on seeing more at once.
        let server =
            Server::answering(chunked(&format!("Content-Encoding: {coding}\r\n"), &body[..], 1)).await;
        assert!(fetch(&local_outbound(), &server.url()).await.unwrap() == text, "{coding} in single bytes");
    }
}

#[tokio::test]
async fn reads_an_empty_body_in_every_coding() {
    for coding in ["gzip", "br", "zstd", "deflate", "identity", ""] {
        let server = Server::answering(coded(coding, b"")).await;
        assert_eq!(fetch(&local_outbound(), &server.url()).await.unwrap(), b"", "{coding}");
    }
    for (coding, body) in all_codings(b"").await {
        let server = Server::answering(coded(coding, &body)).await;
        assert_eq!(fetch(&local_outbound(), &server.url()).await.unwrap(), b"", "{coding}");
    }
}

#[tokio::test]
async fn reads_all_members_of_a_compressed_body() {
    for coding in ["gzip", "zstd"] {
        let mut body = Vec::new();
        for part in [b"one ".as_slice(), b"two ", b"", b"three"] {
            body.extend(match coding {
                "gzip" => packed(GzipEncoder::new(part)).await,
                _ => packed(ZstdEncoder::new(part)).await,
            });
        }
        let server = Server::answering(coded(coding, &body)).await;
        assert_eq!(fetch(&local_outbound(), &server.url()).await.unwrap(), b"one two three", "{coding}");
    }
}

#[tokio::test]
async fn ignores_what_follows_the_last_member() {
    for coding in ["gzip", "zstd"] {
        let mut body = Vec::new();
        for part in [b"one ".as_slice(), b"two"] {
            body.extend(match coding {
                "gzip" => packed(GzipEncoder::new(part)).await,
                _ => packed(ZstdEncoder::new(part)).await,
            });
        }
        for tail in [
            &b"\0"[..],
            &[0; 10],
            &[0; 5_000],
            b"\r\n",
            b"\n",
            b"\x1f",
            b"\x1f\x8b",
            b"(",
            b"<!-- cached -->",
        ] {
            let body = [&body[..], tail].concat();
            let server = Server::answering(coded(coding, &body)).await;
            assert_eq!(
                fetch(&local_outbound(), &server.url()).await.unwrap(),
                b"one two",
                "{coding} {tail:?}"
            );
            let server =
                Server::answering(chunked(&format!("Content-Encoding: {coding}\r\n"), &body, 1)).await;
            assert_eq!(
                fetch(&local_outbound(), &server.url()).await.unwrap(),
                b"one two",
                "{coding} {tail:?}"
            );
        }
        // What looks like one more member must be one.
        let begun = [&body[..], &body[..6]].concat();
        let server = Server::answering(coded(coding, &begun)).await;
        assert_eq!(kind(&local_outbound(), &server.url()).await, BrokenBody, "{coding}");
        // And the body must have its declared length.
        let short = format!("HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: 9999\r\n\r\n");
        let server = Server::closing([short.as_bytes(), &body, &[0; 10]].concat()).await;
        assert_eq!(kind(&local_outbound(), &server.url()).await, BrokenBody, "{coding}");
    }
}

#[tokio::test]
async fn limits_the_members_of_a_body() {
    let empty = packed(GzipEncoder::new(&b""[..])).await;
    let server = Server::answering(coded("gzip", &empty.repeat(100_001))).await;
    let failure = failure(&local_outbound(), &server.url()).await;
    assert!(failure.detail.contains("too many members"), "{}", failure.detail);
}

#[tokio::test]
async fn a_coding_that_is_none_changes_nothing() {
    for value in [
        "UTF-8",
        "utf8",
        "none",
        "None",
        "binary",
        "8bit",
        "aws-chunked",
        "text/html",
        "iso-8859-1",
        "*",
        ", ,",
    ] {
        let server = Server::answering(coded(value, b"words")).await;
        assert_eq!(fetch(&local_outbound(), &server.url()).await.unwrap(), b"words", "{value:?}");
    }
    let zipped = packed(GzipEncoder::new(&b"words"[..])).await;
    for value in ["gzip, aws-chunked", "utf-8,gzip", "none\r\nContent-Encoding: gzip"] {
        let server = Server::answering(coded(value, &zipped)).await;
        assert_eq!(fetch(&local_outbound(), &server.url()).await.unwrap(), b"words", "{value:?}");
    }
}

#[tokio::test]
async fn fails_a_body_that_ends_early() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123456789",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nwords\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nwor",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nwords\r\n0\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nwords\r\n0\r\n\r\n",
    ] {
        let server = Server::closing(answer).await;
        let failure = failure(&local_outbound(), &format!("{}p?secret", server.url())).await;
        assert_eq!(CountFailure::of(&failure).unwrap(), BrokenBody, "{answer:?}");
        assert!(failure.detail.contains(&format!("{}p ", server.url())), "{}", failure.detail);
        assert!(failure.retryable);
    }
}

#[tokio::test]
async fn fails_a_truncated_or_damaged_coding() {
    let text = book(300_000);
    for (coding, body) in all_codings(&text).await {
        for cut in [1, 5, body.len() / 2, body.len() - 1] {
            let server = Server::answering(coded(coding, &body[..cut])).await;
            assert_eq!(kind(&local_outbound(), &server.url()).await, BrokenBody, "{coding} cut at {cut}");
        }
        let mut damaged = body.clone();
        let middle = damaged.len() / 2;
        damaged[middle..middle + 64].fill(0xff);
        let server = Server::answering(coded(coding, &damaged)).await;
        // A bare deflate stream and brotli have no checksum: what is still a valid stream of another length may pass.
        let outcome = fetch(&local_outbound(), &server.url()).await;
        let unchecked = coding == "br" || coding == "deflate";
        assert!(
            outcome.is_err_and(|failure| CountFailure::of(&failure) == Some(BrokenBody)) || unchecked,
            "{coding} damaged"
        );
    }
    for coding in ["gzip", "br", "zstd", "deflate"] {
        let server =
            Server::answering(coded(coding, b"\xff\xffthis is no such thing at all, only text")).await;
        assert_eq!(kind(&local_outbound(), &server.url()).await, BrokenBody, "{coding}");
    }
}

#[tokio::test]
async fn rejects_unsupported_codings() {
    for value in [
        "gzip, br",
        "gzip, gzip",
        "compress",
        "aes128gcm",
        "xz",
        "X-Compress, utf-8",
        "gzip\r\nContent-Encoding: br",
    ] {
        let server = Server::answering(coded(value, b"words")).await;
        assert_eq!(kind(&local_outbound(), &server.url()).await, UnsupportedMediaType, "{value:?}");
    }
    for transfer in ["gzip, chunked", "gzip"] {
        let head = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: {transfer}\r\n\r\n5\r\nwords\r\n0\r\n\r\n");
        let server = Server::closing(head).await;
        assert_eq!(kind(&local_outbound(), &server.url()).await, UnsupportedMediaType, "{transfer}");
    }
    let server = Server::answering(coded("identity", b"words")).await;
    assert_eq!(fetch(&local_outbound(), &server.url()).await.unwrap(), b"words");
}

#[tokio::test]
async fn rejects_a_declared_length_above_the_limit_at_once() {
    let limits = FetchLimits { wire_bytes: 1_000, decoded_bytes: 5_000, ..FetchLimits::default() };
    // The body never comes, so that only the declaration can have been judged.
    let server = Server::start(|mut peer| async move {
        peer.heard().await;
        peer.say("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n").await;
        peer.until_closed().await;
    })
    .await;
    let refused = local_outbound().open(&crate::support::url(&server.url()), &limits).await;
    assert_eq!(CountFailure::of(&refused.map(|_| ()).map_err(failure_of).unwrap_err()), Some(TooLarge));
    let server = Server::answering(ok(book(1_000))).await;
    assert_eq!(fetch_within(&local_outbound(), &server.url(), &limits).await.unwrap().len(), 1_000);
    let decoded = FetchLimits { wire_bytes: 5_000, decoded_bytes: 999, ..limits };
    let refused = local_outbound().open(&crate::support::url(&server.url()), &decoded).await;
    assert_eq!(CountFailure::of(&refused.map(|_| ()).map_err(failure_of).unwrap_err()), Some(TooLarge));
}

#[tokio::test]
async fn stops_a_body_without_length_at_the_limit() {
    let server = Server::start(|mut peer| async move {
        peer.heard().await;
        peer.say("HTTP/1.1 200 OK\r\n\r\n").await;
        while peer.say([b'x'; 1_000]).await {}
    })
    .await;
    for (wire_bytes, decoded_bytes) in [(100_000, 1_000_000), (1_000_000, 100_000)] {
        let limits = FetchLimits { wire_bytes, decoded_bytes, ..FetchLimits::default() };
        let mut fetched = local_outbound().open(&crate::support::url(&server.url()), &limits).await.unwrap();
        let mut given = 0;
        let failure = loop {
            match fetched.body.next().await.unwrap() {
                Ok(piece) => given += piece.len(),
                Err(failure) => break failure,
            }
        };
        assert!(failure.to_string().contains("more than 100000 bytes"), "{failure}");
        assert!(given <= 100_000, "{given}");
    }
}

#[tokio::test]
async fn limits_decoded_bytes() {
    let text = book(300_000);
    for (coding, body) in all_codings(&text).await {
        let server = Server::answering(coded(coding, &body)).await;
        let wire = body.len() as u64;
        let fits = FetchLimits { wire_bytes: wire, decoded_bytes: 300_000, ..FetchLimits::default() };
        assert!(fetch_within(&local_outbound(), &server.url(), &fits).await.unwrap() == text, "{coding}");
        for limits in
            [FetchLimits { decoded_bytes: 299_999, ..fits }, FetchLimits { wire_bytes: wire - 1, ..fits }]
        {
            let failure = fetch_within(&local_outbound(), &server.url(), &limits).await.unwrap_err();
            assert_eq!(CountFailure::of(&failure).unwrap(), TooLarge, "{coding} {limits:?}");
            assert!(!failure.retryable);
        }
        // Without a declared length the wire is counted as it comes.
        let server =
            Server::answering(chunked(&format!("Content-Encoding: {coding}\r\n"), &body, 5_000)).await;
        let limits = FetchLimits { wire_bytes: wire - 1, ..fits };
        let failure = fetch_within(&local_outbound(), &server.url(), &limits).await.unwrap_err();
        assert_eq!(CountFailure::of(&failure).unwrap(), TooLarge, "{coding}");
    }
}

#[tokio::test]
async fn closes_the_connection_of_a_dropped_body() {
    let (closed, mut all_closed) = tokio::sync::mpsc::unbounded_channel();
    let server = Server::start(move |mut peer| {
        let closed = closed.clone();
        async move {
            peer.heard().await;
            peer.say("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nsome").await;
            peer.until_closed().await;
            closed.send(()).unwrap();
        }
    })
    .await;
    let mut fetched = open(&local_outbound(), &server.url()).await.unwrap();
    assert_eq!(&fetched.body.next().await.unwrap().unwrap()[..], b"some");
    drop(fetched);
    all_closed.recv().await.unwrap();
}
