//! A fetcher that asks the host limiter before each fetch.
//!
//! The permit lives as long as the body. The end of the body, or what breaks it off, is reported to the limiter.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::StreamExt;
use futures_util::stream::unfold;
use tally_jobs::failure::Failure;
use tally_jobs::ports::{ByteStream, StreamError};
use tally_jobs::workload::Deferral;
use tally_kernel::{PublicUrl, Timestamp};
use tally_wordcount::CountFailure;
use tally_wordcount::ports::{FetchLimits, Fetched, Fetcher, Unfetched};

use crate::host_limiter::{
    BreakerTransition, DeferReason, HostDeferral, HostLimiter, HostPermit, HostVerdict,
};

/// Learns when the circuit breaker of a host opens or closes. Called on hot paths: must be quick and never block.
pub trait BreakerObserver: Send + Sync {
    /// The host (name and port) failed often in a row. The first probe is allowed at this moment.
    fn opened(&self, host: &str, until: Timestamp);
    /// The host answers again.
    fn closed(&self, host: &str);
}

/// Defers fetches from hosts for which the limiter has no permit.
pub struct LimitedFetcher {
    inner: Arc<dyn Fetcher>,
    limiter: HostLimiter,
    observer: Arc<dyn BreakerObserver>,
}

impl LimitedFetcher {
    /// Fetches through `inner`.
    #[must_use]
    pub fn new(inner: Arc<dyn Fetcher>, limiter: HostLimiter, observer: Arc<dyn BreakerObserver>) -> Self {
        Self { inner, limiter, observer }
    }

    /// A host that has been down for minutes fails the attempt, which is charged then.
    fn unfetched(&self, address: &PublicUrl, deferral: HostDeferral) -> Unfetched {
        let HostDeferral { host, until, reason } = deferral;
        let reason = match reason {
            DeferReason::Busy => "busy",
            DeferReason::CircuitOpen => "circuit-open",
            DeferReason::HostDown => {
                let detail = format!("{host} has not answered for minutes, and was not asked again");
                let retry_after = Some(until.since(self.limiter.now()));
                let failure = Failure { retry_after, ..CountFailure::Unreachable.because(detail) };
                return Unfetched::Failed { final_url: address.clone(), failure };
            }
        };
        Unfetched::Deferred(Deferral { until, reason, waits_for: host })
    }
}

#[async_trait]
impl Fetcher for LimitedFetcher {
    async fn open(&self, address: &PublicUrl, limits: &FetchLimits) -> Result<Fetched, Unfetched> {
        let permit =
            self.limiter.try_acquire(address).map_err(|deferral| self.unfetched(address, deferral))?;
        let mut guard = HostPermitGuard::new(permit, Arc::clone(&self.observer));
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
    observer: Arc<dyn BreakerObserver>,
}

impl HostPermitGuard {
    fn new(permit: HostPermit, observer: Arc<dyn BreakerObserver>) -> Self {
        Self { permit: Some(permit), verdict: HostVerdict::Unknown, observer }
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
            Some(BreakerTransition::Opened(until)) => self.observer.opened(&host, until),
            Some(BreakerTransition::Closed) => self.observer.closed(&host),
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
