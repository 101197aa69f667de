//! Reads a body as a stream of pieces.
//!
//! The file stays open while it is read, so removing it meanwhile does not break the stream.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use bytes::Bytes;
use futures_util::stream::poll_fn;
use tally_jobs::ports::{ByteStream, StreamError};
use tally_kernel::Fault;
use tokio::sync::mpsc::{Sender, channel};

use super::{blocking, fault};

const DURING: &str = "read a stored body";
/// Bytes of a piece: large enough for few wake-ups of the thread, small enough for the CPU's cache.
const PIECE_BYTES: usize = 128 << 10;
/// How many pieces are read ahead.
const READ_AHEAD: usize = 2;

/// The body, or `None` when it does not exist.
pub async fn open(path: PathBuf) -> Result<Option<ByteStream>, Fault> {
    let opened = blocking(DURING, move || match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(fault(DURING, error)),
    });
    let Some(file) = opened.await? else { return Ok(None) };
    let (pieces, mut receiver) = channel(READ_AHEAD);
    // The thread ends at the end of the file, or when the stream is dropped.
    drop(tokio::task::spawn_blocking(move || send(file, &pieces)));
    Ok(Some(Box::pin(poll_fn(move |context| receiver.poll_recv(context)))))
}

fn send(mut file: File, pieces: &Sender<Result<Bytes, StreamError>>) {
    loop {
        let mut piece = Vec::with_capacity(PIECE_BYTES);
        let read = file.by_ref().take(PIECE_BYTES as u64).read_to_end(&mut piece);
        let sent = match read {
            Ok(0) => return,
            Ok(_) => pieces.blocking_send(Ok(piece.into())),
            Err(error) => pieces.blocking_send(Err(fault(DURING, error).into())),
        };
        if sent.is_err() {
            return;
        }
    }
}
