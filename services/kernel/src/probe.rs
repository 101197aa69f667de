//! Whether something that we lean on is well.

use async_trait::async_trait;

use crate::Fault;

/// A dependency that can be asked how it is; `/health/ready` asks each by name.
#[async_trait]
pub trait Probe: Send + Sync {
    /// Its name in health answers: `store`, `queue`.
    fn name(&self) -> &'static str;
    /// Whether no job can be accepted while this probe fails. Otherwise its failure is shown, and that is all.
    fn is_required(&self) -> bool {
        true
    }
    /// Ends well when a job could be taken now as far as this dependency goes.
    async fn probe(&self) -> Result<(), Fault>;
}
