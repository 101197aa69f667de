//! A body as it comes over the wire, with its bounds: bytes, total time, least rate, and no early end.
//!
//! Passes pieces on without copying. Knows nothing of codings. Dropping it closes the connection, unless the body had
//! been read to its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tally_jobs::failure::Failure;
use tally_kernel::PublicUrl;
use tokio::time::{Instant, timeout_at};

use crate::failures;
use crate::options::Timeouts;

/// The largest piece that is handed on, in bytes.
pub(crate) const LARGEST_PIECE: usize = 64 * 1024;

/// The bytes of one answer.
pub(crate) struct Wire {
    body: Incoming,
    here: PublicUrl,
    /// What of the last frame has not been handed on.
    rest: Bytes,
    limit: u64,
    taken: Arc<AtomicU64>,
    deadline: Instant,
    timeouts: Timeouts,
    /// What the current window of the rate has seen so far.
    waited: Duration,
    arrived: u64,
    ended: bool,
}

impl Wire {
    /// The body of the answer of `here`, at most `limit` bytes of it until `deadline`.
    pub(crate) fn new(
        body: Incoming,
        here: PublicUrl,
        limit: u64,
        deadline: Instant,
        timeouts: Timeouts,
    ) -> Self {
        Self {
            body,
            here,
            rest: Bytes::new(),
            limit,
            taken: Arc::default(),
            deadline,
            timeouts,
            waited: Duration::ZERO,
            arrived: 0,
            ended: false,
        }
    }

    /// How many bytes have come so far, to be read while others hold the wire.
    pub(crate) fn taken(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.taken)
    }

    /// The next piece, of at most [`LARGEST_PIECE`] and at least one byte. `None` after the declared end, and after a
    /// failure.
    pub(crate) async fn next(&mut self) -> Option<Result<Bytes, Failure>> {
        while self.rest.is_empty() {
            if self.ended {
                return None;
            }
            match self.frame().await {
                Ok(Some(data)) => self.rest = data,
                Ok(None) => self.ended = true,
                Err(failure) => {
                    self.ended = true;
                    return Some(Err(failure));
                }
            }
        }
        Some(Ok(self.rest.split_to(self.rest.len().min(LARGEST_PIECE))))
    }

    /// The data of the next frame within the bounds.
    async fn frame(&mut self) -> Result<Option<Bytes>, Failure> {
        match self.patiently().await? {
            None => Ok(None),
            Some(Err(error)) => Err(failures::broken(&self.here.without_query(), why(&error))),
            Some(Ok(data)) => {
                let taken = self.taken.fetch_add(data.len() as u64, Ordering::Relaxed) + data.len() as u64;
                if taken > self.limit {
                    return Err(over_limit(&self.here, self.limit));
                }
                Ok(Some(data))
            }
        }
    }

    /// Waits for data as long as the far side may take.
    async fn patiently(&mut self) -> Result<Option<Result<Bytes, hyper::Error>>, Failure> {
        loop {
            let start = Instant::now();
            if start >= self.deadline {
                return Err(failures::too_slow(&self.here, "the time for one document is over"));
            }
            let until = self.deadline.min(start + (self.timeouts.window - self.waited));
            let frame = timeout_at(until, self.body.frame()).await;
            self.waited += start.elapsed();
            let data = match frame {
                Ok(None) => return Ok(None),
                Ok(Some(Err(error))) => return Ok(Some(Err(error))),
                // Trailers carry nothing that is counted.
                Ok(Some(Ok(frame))) => Some(frame.into_data().unwrap_or_default()),
                Err(_) => None,
            };
            self.arrived += data.as_ref().map_or(0, |data| data.len() as u64);
            self.judge_rate()?;
            if let Some(data) = data {
                return Ok(Some(Ok(data)));
            }
        }
    }

    /// Ends a window that is over, if it brought enough.
    fn judge_rate(&mut self) -> Result<(), Failure> {
        if self.waited < self.timeouts.window {
            return Ok(());
        }
        if self.arrived < self.timeouts.window_bytes {
            let (bytes, time) = (self.timeouts.window_bytes, self.timeouts.window.as_secs_f32());
            let what = format!("it sends less than {bytes} bytes in {time} seconds");
            return Err(failures::too_slow(&self.here, &what));
        }
        self.waited = Duration::ZERO;
        self.arrived = 0;
        Ok(())
    }
}

/// The failure of a body that is larger than `limit` bytes on the wire.
pub(crate) fn over_limit(here: &PublicUrl, limit: u64) -> Failure {
    failures::too_large(&here.without_query(), &format!("it is more than {limit} bytes"))
}

fn why(error: &hyper::Error) -> &'static str {
    if error.is_incomplete_message() || error.is_closed() {
        "it ended before its declared end"
    } else {
        "the connection failed in the middle of it"
    }
}
