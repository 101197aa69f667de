//! A stored body that no job owns yet. It is removed unless a job comes to own it.

use std::sync::Arc;

use tally_jobs::id::BlobId;
use tokio::runtime::Handle;

use crate::deps::Api;

/// Removes its body when it is dropped, unless a job owns it. If the removal fails, the store's sweep removes the body
/// after a day.
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
                tracing::debug!(%fault, "a body without a job could not be removed; the sweep removes it");
            }
        };
        self.api.deps.tasks.spawn_on(removing, &runtime);
    }
}
