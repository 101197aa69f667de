//! The boxes of one machine: one data folder behind every port.

use std::path::Path;
use std::sync::Arc;

use tally_embedded::{Embedded, OpenError};
use tally_jobs::query::Looks;
use tally_worker::ShutdownTokens;

use super::{Basics, Boxes, House};

/// Opens the folder. That may take a while, so it is not for a runtime's thread.
pub(crate) fn embedded(folder: &Path, tokens: &ShutdownTokens) -> Result<(House, Embedded), OpenError> {
    let basics = Basics::of_the_system();
    let options = tally_embedded::Options::default();
    let embedded = tally_embedded::open(folder, options, Arc::clone(&basics.clock), Arc::clone(&basics.ids))?;
    let boxes = Boxes {
        store: embedded.store(),
        catalogue: embedded.catalogue(),
        queue: embedded.queue(),
        blobs: embedded.blobs(),
        probes: embedded.probes(),
        secret: embedded.key_secret().at_hand(),
        looks: Looks::HERE,
        counted: None,
    };
    Ok((House::of(basics, boxes, tokens), embedded))
}
