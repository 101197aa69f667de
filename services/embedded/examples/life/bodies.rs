//! How fast large bodies go in and out.

use std::time::Instant;

use bytes::Bytes;
use futures_util::{StreamExt, stream};

use crate::ground;

/// Pieces as a server reads them from a socket.
const PIECE: usize = 64 << 10;

/// Measures.
pub async fn run(megabytes: u64) {
    let folder = ground::folder();
    let blobs = ground::open_at(folder.path()).blobs();
    let piece = Bytes::from((0..PIECE).map(|n| (n * 7 + n / 251) as u8).collect::<Vec<_>>());
    let pieces = (0..megabytes * 1_000_000 / PIECE as u64).map(move |_| Ok(piece.clone()));
    let (began, cpu) = (Instant::now(), ground::cpu());
    let blob = blobs.keep(Box::pin(stream::iter(pieces))).await.expect("keep");
    say("kept", blob.bytes, began, cpu);
    let (began, cpu) = (Instant::now(), ground::cpu());
    let mut body = blobs.open(blob.id).await.expect("open").expect("it is there");
    let mut read = 0;
    while let Some(piece) = body.next().await {
        read += piece.expect("a piece").len() as u64;
    }
    assert_eq!(read, blob.bytes);
    say("read", read, began, cpu);
}

fn say(what: &str, bytes: u64, began: Instant, cpu: std::time::Duration) {
    let (took, cpu) = (began.elapsed(), ground::cpu() - cpu);
    println!("{what} {bytes} bytes: {:.0} MB/s, {cpu:?} of CPU", bytes as f64 / 1e6 / took.as_secs_f64());
}
