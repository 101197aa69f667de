//! The contract of every store of bodies.

use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, stream};
use sha2::{Digest, Sha256};
use tally_jobs::failure::{Failure, FailureType};
use tally_jobs::id::BlobId;
use tally_jobs::ports::{ByteStream, StreamError};

use crate::doubles::HandClock;
use crate::samples;
use crate::suite::{Check, Fixture, StoreFixture, run_with_clocks};

/// Runs every check, each on a store that `make` makes with the clock it is given.
pub async fn blobs<F>(make: impl Fn(Arc<HandClock>) -> F)
where
    F: Future<Output = StoreFixture>,
{
    let checks: &[Check<Fixture>] = &[
        Check::new("a_body_is_read_as_it_was_stored", |g| Box::pin(comes_back(g))),
        Check::new("a_body_may_be_read_by_many_and_again", |g| Box::pin(read_by_many(g))),
        Check::new("reports_a_broken_stream_and_leaves_nothing", |g| Box::pin(breaks_off(g))),
        Check::new("a_removed_body_is_gone_and_removing_it_again_is_fine", |g| Box::pin(removed(g))),
        Check::new("bodies_are_separate", |g| Box::pin(separate(g))),
    ];
    run_with_clocks(checks, make).await;
}

async fn whole(mut body: ByteStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Some(piece) = body.next().await {
        let piece = piece.unwrap();
        assert!(piece.len() <= 1 << 20, "a piece of {} bytes is no piece", piece.len());
        bytes.extend_from_slice(&piece);
    }
    bytes
}

async fn comes_back(fixture: Arc<Fixture>) {
    for (pieces, bytes) in [(0, 0), (1, 1), (1, 0), (3, 65_536), (40, 70_001)] {
        let (body, original) = samples::body(pieces, bytes);
        let blob = fixture.blobs().keep(body).await.unwrap();
        assert_eq!(blob.bytes, original.len() as u64);
        let digest: [u8; 32] = Sha256::digest(&original).into();
        assert_eq!(blob.digest, digest);
        let back = fixture.blobs().open(blob.id).await.unwrap().expect("it was kept");
        assert!(whole(back).await == original, "{pieces} pieces of {bytes} bytes");
    }
}

async fn read_by_many(fixture: Arc<Fixture>) {
    let (body, original) = samples::body(5, 100_000);
    let id = fixture.blobs().keep(body).await.unwrap().id;
    let mut unread = fixture.blobs().open(id).await.unwrap().unwrap();
    assert!(unread.next().await.unwrap().is_ok());
    let reads = (0..4).map(|_| async { whole(fixture.blobs().open(id).await.unwrap().unwrap()).await });
    for read in futures_util::future::join_all(reads).await {
        assert!(read == original);
    }
    drop(unread);
}

async fn breaks_off(fixture: Arc<Fixture>) {
    let failure = Failure::new(FailureType::CONTENT_LOST, "it broke off; send it again");
    let pieces = [Ok(Bytes::from_static(&[7; 5_000])), Err(StreamError::Failed(failure.clone()))];
    let told = fixture.blobs().keep(Box::pin(stream::iter(pieces))).await;
    assert!(matches!(told, Err(StreamError::Failed(ref told)) if *told == failure), "{told:?}");
    // A call that is dropped in the middle.
    let endless = stream::iter([Ok(Bytes::from_static(b"begun"))]).chain(stream::pending());
    let mut keeping = fixture.blobs().keep(Box::pin(endless));
    assert!((&mut keeping).now_or_never().is_none());
    drop(keeping);
    let (body, original) = samples::body(1, 10);
    let id = fixture.blobs().keep(body).await.unwrap().id;
    assert_eq!(whole(fixture.blobs().open(id).await.unwrap().unwrap()).await, original);
}

async fn removed(fixture: Arc<Fixture>) {
    let (body, _) = samples::body(2, 70_000);
    let id = fixture.blobs().keep(body).await.unwrap().id;
    fixture.blobs().remove(id).await.unwrap();
    assert!(fixture.blobs().open(id).await.unwrap().is_none());
    fixture.blobs().remove(id).await.unwrap();
    let never = BlobId(samples::stranger().uuid());
    assert!(fixture.blobs().open(never).await.unwrap().is_none());
    fixture.blobs().remove(never).await.unwrap();
}

async fn separate(fixture: Arc<Fixture>) {
    let keep = |fill: u8| {
        let fixture = Arc::clone(&fixture);
        async move {
            let pieces = (0..20).map(move |_| Ok(Bytes::from(vec![fill; 4_000])));
            fixture.blobs().keep(Box::pin(stream::iter(pieces))).await.unwrap().id
        }
    };
    let ids = futures_util::future::join_all((0..20).map(keep)).await;
    for (fill, id) in (0..20).zip(ids) {
        assert!(whole(fixture.blobs().open(id).await.unwrap().unwrap()).await == vec![fill; 80_000]);
    }
}
