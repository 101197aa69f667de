//! `tally doctor --repair`: saves what is left of a damaged data folder.

use std::path::Path;

use crate::command_error::CommandError;
use crate::exit::Exit;
use crate::roles::startup_error;
use crate::screen;

pub(super) fn repair(folder: &Path) -> Result<Exit, CommandError> {
    let report = tally_embedded::repair(folder).map_err(|error| startup_error::of_folder(&error))?;
    screen::info(format_args!("the files as they were are in {}", report.aside.display()));
    for loss in &report.losses {
        screen::data(format_args!("lost: {loss}\n"))?;
    }
    if report.losses.is_empty() {
        screen::info(format_args!("nothing is lost"));
    }
    screen::info(format_args!("the folder has {} jobs; a server can start on it", report.jobs));
    Ok(Exit::Ok)
}
