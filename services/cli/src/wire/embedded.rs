//! The boxes of one machine: one data folder behind every port.

use std::path::Path;
use std::sync::Arc;

use tally_embedded::{Embedded, OpenError};
use tally_jobs::query::PollSchedule;
use tally_kernel::{Clock, Ids};
use tally_worker::ShutdownTokens;

use super::{Basics, Boxes, House};
use crate::screen::Progress;

/// Opens a data folder. One of an older format is converted, with its progress on a terminal.
pub(crate) fn open(
    folder: &Path,
    options: tally_embedded::FolderOptions,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
) -> Result<Embedded, OpenError> {
    let (copied, converted) = (Progress::of_bytes(Some(0)), Progress::of_things(0));
    tally_embedded::open_with_progress(folder, options, clock, ids, &mut |step| match step {
        tally_embedded::ConversionProgress::Copying { done, total } => copied.reach(done, total),
        tally_embedded::ConversionProgress::Converting { done, total } => converted.reach(done, total),
    })
}

/// Opens the folder. That may take a while, so it is not for a runtime's thread.
pub(crate) fn embedded(folder: &Path, tokens: &ShutdownTokens) -> Result<(House, Embedded), OpenError> {
    let basics = Basics::of_the_system();
    let options = tally_embedded::FolderOptions::default();
    let (clock, ids) = (Arc::clone(&basics.clock), Arc::clone(&basics.ids));
    let embedded = open(folder, options, clock, ids)?;
    let boxes = Boxes {
        store: embedded.store(),
        catalogue: embedded.catalogue(),
        queue: embedded.queue(),
        blobs: embedded.blobs(),
        probes: embedded.probes(),
        secret: embedded.key_secret().into_cell(),
        polls: PollSchedule::SAME_PROCESS,
        counted: None,
    };
    Ok((House::of(basics, boxes, tokens), embedded))
}
