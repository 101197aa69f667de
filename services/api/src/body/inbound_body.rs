//! A body as it comes from the connection, with limits on its size and on its slowness.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout};

use super::BodyError;
use crate::options::BodyLimits;

/// The time over which the rate is measured.
const WINDOW: Duration = Duration::from_secs(10);

/// A body with its limits.
pub(crate) struct InboundBody {
    body: Body,
    limit: u64,
    silence: Duration,
    least_in_window: u64,
    received: u64,
    window: Option<Window>,
}

struct Window {
    began: Instant,
    bytes: u64,
}

impl InboundBody {
    pub(super) fn new(body: Body, limit: u64, limits: &BodyLimits) -> Self {
        let least_in_window = limits.least_rate * WINDOW.as_secs();
        Self { body, limit, silence: limits.silence, least_in_window, received: 0, window: None }
    }

    /// The next bytes. `None` at the end.
    pub(super) async fn next(&mut self) -> Option<Result<Bytes, BodyError>> {
        loop {
            let frame = match timeout(self.silence, self.body.frame()).await {
                Err(_) => return Some(Err(BodyError::Slow)),
                Ok(None) => return None,
                Ok(Some(Err(_))) => return Some(Err(BodyError::Cut)),
                Ok(Some(Ok(frame))) => frame,
            };
            // Trailers are ignored.
            if let Ok(bytes) = frame.into_data() {
                return Some(self.check(bytes));
            }
        }
    }

    fn check(&mut self, bytes: Bytes) -> Result<Bytes, BodyError> {
        self.received += bytes.len() as u64;
        if self.received > self.limit {
            return Err(BodyError::TooLarge { limit: self.limit });
        }
        // The first piece is the whole body mostly, so its rate is not checked.
        if self.received > bytes.len() as u64 || self.window.is_some() {
            self.check_rate(bytes.len() as u64)?;
        } else {
            self.window = Some(Window { began: Instant::now(), bytes: 0 });
        }
        Ok(bytes)
    }

    fn check_rate(&mut self, bytes: u64) -> Result<(), BodyError> {
        let now = Instant::now();
        let window = self.window.get_or_insert(Window { began: now, bytes: 0 });
        window.bytes += bytes;
        if now.duration_since(window.began) < WINDOW {
            return Ok(());
        }
        let slow = window.bytes < self.least_in_window;
        *window = Window { began: now, bytes: 0 };
        if slow { Err(BodyError::Slow) } else { Ok(()) }
    }
}
