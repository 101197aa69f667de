//! A stored body that no job owns yet. Whatever happens on the way to a job, it does not stay behind.

use std::sync::Arc;

use tally_jobs::model::BlobId;
use tokio::runtime::Handle;

use crate::deps::Api;

/// Removes its body when it is dropped, unless a job came to own it. If even that fails, the store's sweep removes
/// it after a day.
pub(crate) struct Orphan {
    api: Arc<Api>,
    id: Option<BlobId>,
}

impl Orphan {
    pub(super) fn new(api: &Arc<Api>, id: BlobId) -> Self {
        Self { api: Arc::clone(api), id: Some(id) }
    }

    /// A job owns it, or may own it.
    pub(crate) fn adopted(mut self) {
        self.id = None;
    }
}

impl Drop for Orphan {
    fn drop(&mut self) {
        let (Some(id), Ok(runtime)) = (self.id.take(), Handle::try_current()) else { return };
        let api = Arc::clone(&self.api);
        let removing = async move {
            if let Err(fault) = api.deps.blobs.remove(id).await {
                tracing::debug!(%fault, "a body without a job is left to the sweep");
            }
        };
        self.api.deps.tasks.spawn_on(removing, &runtime);
    }
}
