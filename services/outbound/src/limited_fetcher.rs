//! A fetcher that asks the host limiter before each fetch.
//!
//! The permit lives as long as the body. The end of the body, or what breaks it off, is reported to the limiter.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::StreamExt;
use futures_util::stream::unfold;
use tally_jobs::address::PublicUrl;
use tally_jobs::events::{Event, Events};
use tally_jobs::ports::{ByteStream, FetchLimits, Fetched, Fetcher, StreamError, Unfetched};

use crate::host_limiter::{BreakerTransition, HostLimiter, HostPermit, HostVerdict};

/// Defers fetches from hosts for which the limiter has no permit.
pub struct LimitedFetcher {
    inner: Arc<dyn Fetcher>,
    limiter: HostLimiter,
    events: Arc<dyn Events>,
}

impl LimitedFetcher {
    /// Fetches through `inner`. The events learn when the circuit breaker of a host opens or closes.
    #[must_use]
    pub fn new(inner: Arc<dyn Fetcher>, limiter: HostLimiter, events: Arc<dyn Events>) -> Self {
        Self { inner, limiter, events }
    }
}

#[async_trait]
impl Fetcher for LimitedFetcher {
    async fn open(&self, address: &PublicUrl, limits: &FetchLimits) -> Result<Fetched, Unfetched> {
        let permit = self.limiter.try_acquire(address).map_err(Unfetched::Deferred)?;
        let mut guard = HostPermitGuard::new(permit, Arc::clone(&self.events));
        let is_first_host = |url: &PublicUrl| url.host_and_port() == address.host_and_port();
        match self.inner.open(address, limits).await {
            Ok(fetched) => {
                // The host has answered, even if the caller stops reading here because of the document's type.
                guard.verdict = HostVerdict::Answered;
                let is_first_host = is_first_host(&fetched.final_url);
                Ok(Fetched { body: guard.hold_during(fetched.body, is_first_host), ..fetched })
            }
            Err(Unfetched::Failed { final_url, failure }) => {
                // A host that redirected has answered; a failure behind the redirect is not charged to it.
                let is_first_host = is_first_host(&final_url);
                guard.verdict = if is_first_host { HostVerdict::of(&failure) } else { HostVerdict::Answered };
                Err(Unfetched::Failed { final_url, failure })
            }
            Err(deferred @ Unfetched::Deferred(_)) => Err(deferred),
        }
    }
}

/// Holds a permit; finishes it with the verdict so far when it is dropped.
struct HostPermitGuard {
    permit: Option<HostPermit>,
    verdict: HostVerdict,
    events: Arc<dyn Events>,
}

impl HostPermitGuard {
    fn new(permit: HostPermit, events: Arc<dyn Events>) -> Self {
        Self { permit: Some(permit), verdict: HostVerdict::Unknown, events }
    }

    /// The same body, which now owns the guard. A broken body counts against the first host only if that host sends it,
    /// not if a redirect led elsewhere.
    fn hold_during(self, body: ByteStream, is_first_host: bool) -> ByteStream {
        Box::pin(unfold((body, self), move |(mut body, mut guard)| async move {
            let piece = body.next().await?;
            if let Err(StreamError::Failed(failure)) = &piece {
                if is_first_host {
                    guard.verdict = HostVerdict::of(failure);
                }
                guard.finish();
            }
            Some((piece, (body, guard)))
        }))
    }

    fn finish(&mut self) {
        let Some(permit) = self.permit.take() else { return };
        let host = permit.host().to_owned();
        match permit.finish(self.verdict) {
            Some(BreakerTransition::Opened(until)) => {
                self.events.tell(Event::BreakerOpened { host: &host, until });
            }
            Some(BreakerTransition::Closed) => self.events.tell(Event::BreakerClosed { host: &host }),
            None => {}
        }
    }
}

impl Drop for HostPermitGuard {
    fn drop(&mut self) {
        self.finish();
    }
}

#[cfg(test)]
mod tests;
