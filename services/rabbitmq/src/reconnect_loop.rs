//! The reconnect loop: opens a connection, runs a session on it, and opens the next one, for ever.
//!
//! The log warns that the broker is away and why, and again when the cause changes: a reset and a refused port are two
//! causes. It says once that the broker is back. Attempts in between are logged at `debug`.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use futures_util::FutureExt;
use tally_kernel::{Backoff, Clock, Ids};
use tokio_util::sync::CancellationToken;

use crate::broker_address::BrokerAddress;
use crate::broker_connection::BrokerConnection;
use crate::error::ConnectionError;
use crate::rabbit_options::RabbitOptions;
use crate::rabbit_stats::SharedStats;

/// Pauses between two connections. Short at first, for a broker that restarts; jittered, for many processes that lost
/// the same broker.
const BACKOFF: Backoff = Backoff { base: Duration::from_millis(200), cap: Duration::from_secs(10) };
/// A connection that lasted this long resets the backoff.
const STEADY: Duration = Duration::from_secs(10);

/// The work done on a connection.
pub(crate) trait BrokerSession: Send {
    /// One word for logs: what the connection is for.
    const PURPOSE: &'static str;

    /// Runs until the connection fails, or until `stop` is cancelled and the session has finished.
    fn serve(
        &mut self,
        connection: &Arc<BrokerConnection>,
        stop: &CancellationToken,
    ) -> impl Future<Output = Result<(), ConnectionError>> + Send;

    /// Runs while there is no connection, and is dropped when there is one.
    fn while_disconnected(&mut self) -> impl Future<Output = Infallible> + Send;
}

/// Opens connections for one session after another.
#[derive(Clone)]
pub(crate) struct ReconnectLoop {
    pub(crate) address: Arc<BrokerAddress>,
    pub(crate) options: Arc<RabbitOptions>,
    pub(crate) stats: Arc<SharedStats>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) stop: CancellationToken,
}

/// Where other tasks find the present connection.
#[derive(Clone, Default)]
pub(crate) struct CurrentConnection(Arc<Mutex<Weak<BrokerConnection>>>);

impl CurrentConnection {
    pub(crate) fn get(&self) -> Option<Arc<BrokerConnection>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).upgrade()
    }

    fn set(&self, connection: &Arc<BrokerConnection>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(connection);
    }
}

/// Failures in a row, and the cause that was logged last.
#[derive(Default)]
struct Outage {
    failures: u32,
    logged_cause: Option<String>,
}

impl ReconnectLoop {
    /// Runs sessions until the stop.
    pub(crate) async fn run<S: BrokerSession>(self, mut session: S, current: CurrentConnection) {
        let mut outage = Outage::default();
        loop {
            let opened = tokio::select! {
                opened = self.open::<S>(outage.failures) => opened,
                () = self.stop.cancelled() => return,
                never = session.while_disconnected() => match never {},
            };
            let began = self.clock.now();
            let result = match opened {
                Ok(connection) => {
                    self.log_connected::<S>(&mut outage);
                    self.serve(&mut session, connection, &current).await
                }
                Err(error) => Err(error),
            };
            let Err(error) = result else { return };
            let steady = self.clock.now().since(began) >= STEADY;
            outage.failures = if steady { 1 } else { outage.failures + 1 };
            self.log_failure::<S>(&error, &mut outage);
        }
    }

    /// Opens a connection, after a pause when the last one failed.
    async fn open<S: BrokerSession>(&self, failures: u32) -> Result<BrokerConnection, ConnectionError> {
        if failures > 0 {
            self.clock.sleep(BACKOFF.pause(failures, self.ids.chance())).await;
        }
        let name = format!("{} ({})", self.options.service, S::PURPOSE);
        BrokerConnection::open(&self.address, &name, self.options.connect_timeout).await
    }

    async fn serve<S: BrokerSession>(
        &self,
        session: &mut S,
        connection: BrokerConnection,
        current: &CurrentConnection,
    ) -> Result<(), ConnectionError> {
        self.stats.update(|stats| stats.connections += 1);
        let connection = Arc::new(connection);
        current.set(&connection);
        let served = AssertUnwindSafe(session.serve(&connection, &self.stop)).catch_unwind().await;
        connection.close().await;
        served.unwrap_or(Err(ConnectionError::Panicked))
    }

    fn log_connected<S: BrokerSession>(&self, outage: &mut Outage) {
        let broker = &self.address.shown;
        if outage.logged_cause.take().is_some() {
            tracing::info!(broker, after_tries = outage.failures, "connected again to {}", S::PURPOSE);
        } else {
            tracing::debug!(broker, "connected to {}", S::PURPOSE);
        }
    }

    /// Warns when the cause is new.
    fn log_failure<S: BrokerSession>(&self, error: &ConnectionError, outage: &mut Outage) {
        let (broker, cause) = (&self.address.shown, error.to_string());
        if outage.logged_cause.as_ref() == Some(&cause) {
            tracing::debug!(broker, cause, "still no connection to {}", S::PURPOSE);
        } else {
            tracing::warn!(broker, cause, "no connection to {}; trying until there is one", S::PURPOSE);
            outage.logged_cause = Some(cause);
        }
    }
}
