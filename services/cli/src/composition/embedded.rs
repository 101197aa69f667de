//! The adapters of one machine: one data folder for all ports.

use std::path::Path;
use std::sync::Arc;

use tally_embedded::{Embedded, OpenError};
use tally_jobs::query::PollSchedule;
use tally_kernel::{Clock, Ids};
use tally_worker::ShutdownTokens;

use super::{Adapters, App, SystemDeps};
use crate::screen::Progress;

/// Opens a data folder. Converts an older format, and shows the progress on a terminal.
pub(crate) fn open(
    folder: &Path,
    options: tally_embedded::FolderOptions,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
) -> Result<Embedded, OpenError> {
    let (copied, converted) = (Progress::of_bytes(Some(0)), Progress::of_items(0));
    tally_embedded::open_with_progress(folder, options, clock, ids, &mut |step| match step {
        tally_embedded::ConversionProgress::Copying { done, total } => copied.set(done, total),
        tally_embedded::ConversionProgress::Converting { done, total } => converted.set(done, total),
    })
}

/// Opens a data folder with its app. Blocks, possibly for long, so do not call it on a runtime's thread.
pub(crate) fn embedded(folder: &Path, tokens: &ShutdownTokens) -> Result<(App, Embedded), OpenError> {
    let system = SystemDeps::new();
    let options = tally_embedded::FolderOptions::default();
    let (clock, ids) = (Arc::clone(&system.clock), Arc::clone(&system.ids));
    let embedded = open(folder, options, clock, ids)?;
    let adapters = Adapters {
        store: embedded.store(),
        catalogue: embedded.catalogue(),
        queue: embedded.queue(),
        blobs: embedded.blobs(),
        probes: embedded.probes(),
        secret: embedded.key_secret().into_cell(),
        polls: PollSchedule::SAME_PROCESS,
        cluster_metrics: None,
    };
    Ok((App::new(system, adapters, tokens), embedded))
}
