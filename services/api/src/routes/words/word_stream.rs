//! A word list as one stream of CSV or NDJSON.
//!
//! Only some word lists are in memory at once. While its client reads nothing, a list leaves its place to others; it is
//! loaded again when the client reads on. A job's words do not change, so the text is the same and goes on where it was.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::unfold;
use futures_util::{Stream, StreamExt as _};
use tally_jobs::id::JobId;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::{Sender, channel};
use tokio::time::timeout;

use super::{Form, Wanted, blocking, histogram_slot, load};
use crate::deps::Api;
use crate::problem::Problem;

/// How much of a stream is written at once.
const PIECE: usize = 32 << 10;
/// How long a client may read nothing before its list leaves memory.
const READ_TIMEOUT: Duration = Duration::from_secs(2);

/// A list as text, and its place in memory.
struct WordText {
    text: Bytes,
    _slot: OwnedSemaphorePermit,
}

/// The list as a stream. It ends with an error if the list cannot be loaded again.
pub(super) async fn stream(
    api: Arc<Api>,
    id: JobId,
    wanted: Wanted,
) -> Result<impl Stream<Item = io::Result<Bytes>>, Problem> {
    let text = text(&api, id, wanted).await?;
    let (sender, receiver) = channel(1);
    let tasks = api.deps.tasks.clone();
    tasks.spawn(async move { send(&api, id, wanted, text, &sender).await });
    // Fused, because compression polls a body again after its end.
    Ok(unfold(receiver, async |mut receiver| Some((receiver.recv().await?, receiver))).fuse())
}

async fn send(api: &Api, id: JobId, wanted: Wanted, text: WordText, to: &Sender<io::Result<Bytes>>) {
    let (mut at, mut loaded) = (0, Some(text));
    loop {
        let place = match timeout(READ_TIMEOUT, to.reserve()).await {
            Ok(place) => place,
            Err(_) => {
                loaded = None;
                to.reserve().await
            }
        };
        // An error means that the client has left.
        let Ok(place) = place else { return };
        let text = match loaded.take() {
            Some(text) => text,
            None => match self::text(api, id, wanted).await {
                Ok(text) => text,
                Err(_) => return place.send(Err(io::Error::other("the word list cannot be loaded again"))),
            },
        };
        let end = text.text.len().min(at + PIECE);
        if at == end {
            return;
        }
        // A copy, so that the list can leave memory while this piece waits.
        place.send(Ok(Bytes::copy_from_slice(&text.text[at..end])));
        at = end;
        loaded = Some(text);
    }
}

/// Loads the list and writes it as text.
async fn text(api: &Api, id: JobId, wanted: Wanted) -> Result<WordText, Problem> {
    let slot = histogram_slot(api).await?;
    let words = load(api, id).await?;
    let text = blocking(api, move || {
        let mut text = if wanted.form == Form::Csv { "word,count\r\n".to_owned() } else { String::new() };
        let most = wanted.limit.unwrap_or(usize::MAX);
        for (word, count) in words.sorted(wanted.sort).into_iter().skip(wanted.from).take(most) {
            wanted.form.write(&mut text, word, count);
        }
        Bytes::from(text)
    });
    Ok(WordText { text: text.await?, _slot: slot })
}
