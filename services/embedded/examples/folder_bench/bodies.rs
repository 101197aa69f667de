//! Measures how fast large bodies are written and read.

use std::time::Instant;

use bytes::Bytes;
use futures_util::{StreamExt, stream};

use crate::fixture;

/// The size of the pieces that a server reads from a socket.
const PIECE: usize = 64 << 10;

/// Writes a body of this size, then reads it.
pub async fn run(megabytes: u64) {
    let folder = fixture::folder();
    let blobs = fixture::open_at(folder.path()).blobs();
    let piece = Bytes::from((0..PIECE).map(|n| (n * 7 + n / 251) as u8).collect::<Vec<_>>());
    let pieces = (0..megabytes * 1_000_000 / PIECE as u64).map(move |_| Ok(piece.clone()));
    let (began, cpu) = (Instant::now(), fixture::cpu());
    let blob = blobs.keep(Box::pin(stream::iter(pieces))).await.expect("keep");
    report("written", blob.bytes, began, cpu);
    let (began, cpu) = (Instant::now(), fixture::cpu());
    let mut body = blobs.open(blob.id).await.expect("open").expect("the body exists");
    let mut read = 0;
    while let Some(piece) = body.next().await {
        read += piece.expect("a piece").len() as u64;
    }
    assert_eq!(read, blob.bytes);
    report("read", read, began, cpu);
}

fn report(what: &str, bytes: u64, began: Instant, cpu: std::time::Duration) {
    let (took, cpu) = (began.elapsed(), fixture::cpu() - cpu);
    println!("{what} {bytes} bytes: {:.0} MB/s, {cpu:?} of CPU", bytes as f64 / 1e6 / took.as_secs_f64());
}
