//! The boxes of a cluster: MongoDB behind the store and the blobs, RabbitMQ behind the queue.

use tally_boot::config::sections::Addresses;

use super::{House, Tokens};

/// The adapters of a process of a cluster.
pub(crate) struct Members {
    name: String,
}

/// Why they cannot be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClusterError {
    #[error("x")]
    X,
}

impl Members {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
    pub(crate) async fn close(&self) {}
}

pub(crate) fn cluster(
    _addresses: &Addresses<'_>,
    _tokens: &Tokens,
) -> Result<(House, Members), ClusterError> {
    Err(ClusterError::X)
}
