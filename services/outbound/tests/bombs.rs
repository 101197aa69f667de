//! Decompression bombs: they fail soon, and take little memory.
//!
//! It is a separate test binary, because it measures the peak memory of its process.

#![expect(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use async_compression::tokio::bufread::{BrotliEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder};
use async_compression::zstd::CParameter;
use async_compression::{Level, tokio::bufread::DeflateEncoder};
use futures_util::StreamExt;
use tally_jobs::failure::Failure;
use tally_jobs::ports::StreamError;
use tally_kernel::PublicUrl;
use tally_outbound::{GuardPolicy, Outbound, OutboundOptions};
use tally_wordcount::CountFailure;
use tally_wordcount::ports::{FetchLimits, Fetcher};
use tokio::io::{AsyncBufRead, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

const MIB: u64 = 1024 * 1024;

/// Answers one request; the server ends when the set is dropped.
async fn serve(coding: &str, body: Vec<u8>) -> (SocketAddr, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {}\r\n\r\n", body.len());
    let mut serving = JoinSet::new();
    serving.spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        assert!(stream.read(&mut [0; 4096]).await.unwrap() > 0);
        // The other side may hang up in the middle: that is the point.
        let _ = stream.write_all(head.as_bytes()).await;
        let _ = stream.write_all(&body).await;
    });
    (address, serving)
}

fn zeros(bytes: u64) -> impl AsyncBufRead + Unpin {
    BufReader::new(tokio::io::repeat(0).take(bytes))
}

async fn packed(mut coded: impl AsyncRead + Unpin) -> Vec<u8> {
    let mut all = Vec::new();
    coded.read_to_end(&mut all).await.unwrap();
    all
}

/// The number of decoded bytes before the failure, and the failure.
async fn burst(coding: &str, body: Vec<u8>) -> (u64, Result<(), Failure>) {
    let (address, _serving) = serve(coding, body).await;
    let policy = GuardPolicy { allow: vec!["127.0.0.0/8".parse().unwrap()], ..GuardPolicy::default() };
    let outbound = Outbound::new(OutboundOptions { policy, ..OutboundOptions::default() }).unwrap();
    let url = PublicUrl::parse(&format!("http://{address}/")).unwrap();
    let mut fetched = outbound.open(&url, &FetchLimits::default()).await.unwrap();
    let mut given = 0;
    while let Some(piece) = fetched.body.next().await {
        match piece {
            Ok(piece) => given += piece.len() as u64,
            Err(StreamError::Failed(failure)) => return (given, Err(failure)),
            Err(StreamError::Fault(fault)) => panic!("{fault}"),
        }
    }
    (given, Ok(()))
}

/// The peak memory of this process, in bytes. `None` if the system does not report it.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1024)
}

/// The only test, so that nothing else uses memory while it measures.
#[tokio::test]
async fn bombs_fail_soon_and_in_little_memory() {
    let large = 256 * MIB;
    let window = [CParameter::window_log(25)];
    let wide = ZstdEncoder::with_quality_and_params(b"words".as_slice(), Level::Fastest, &window);
    let widest_allowed = [CParameter::window_log(23)];
    let allowed = ZstdEncoder::with_quality_and_params(b"words".as_slice(), Level::Fastest, &widest_allowed);
    let bombs = [
        ("gzip", packed(GzipEncoder::new(zeros(large))).await),
        ("br", packed(BrotliEncoder::with_quality(zeros(large / 4), Level::Precise(4))).await),
        ("zstd", packed(ZstdEncoder::new(zeros(large))).await),
        ("deflate", packed(ZlibEncoder::new(zeros(large))).await),
        ("deflate", packed(DeflateEncoder::new(zeros(large))).await),
        ("gzip", packed(GzipEncoder::new(zeros(2 * MIB))).await.repeat(128)),
    ];
    let wide = packed(wide).await;
    let allowed = packed(allowed).await;
    let before = peak_memory();
    for (coding, bomb) in bombs {
        let wire = bomb.len() as u64;
        assert!(wire < MIB, "{coding}: {wire} bytes");
        let start = Instant::now();
        let (given, end) = burst(coding, bomb).await;
        let failure = end.expect_err(coding);
        assert_eq!(CountFailure::of(&failure).unwrap(), CountFailure::TooLarge, "{coding}");
        assert!(failure.detail.contains("grows more than 200 times"), "{}", failure.detail);
        assert!(given <= MIB.max(200 * wire), "{coding}: {given} bytes came out of {wire}");
        assert!(start.elapsed() < Duration::from_secs(5), "{coding}: {:?}", start.elapsed());
    }
    let (given, end) = burst("zstd", wide).await;
    assert_eq!(
        (given, CountFailure::of(&end.unwrap_err()).unwrap()),
        (0, CountFailure::BrokenBody),
        "a window of 32 MiB"
    );
    let (given, end) = burst("zstd", allowed).await;
    assert_eq!((given, end), (5, Ok(())), "a window of 8 MiB");
    if let (Some(before), Some(after)) = (before, peak_memory()) {
        assert!(after - before < 48 * MIB, "{} bytes more than before", after - before);
    }
    // Regular, but honest: up to one MiB the ratio is not looked at.
    let small = packed(GzipEncoder::new(zeros(MIB))).await;
    assert!((small.len() as u64) < MIB / 200);
    let (given, end) = burst("gzip", small).await;
    assert_eq!((given, end), (MIB, Ok(())));
}
