//! A client of a Tally server. It knows only the HTTP contract.

mod api_client;
mod job_record;
mod problem;

pub(crate) use api_client::{ApiClient, Body, ServerOption};
pub(crate) use job_record::JobRecord;

use std::future::Future;

use tally_boot::lifecycle::ShutdownSignals;

use crate::command_error::{CommandError, reason};
use crate::exit::Exit;

/// Runs a client command on one thread. An interrupt ends it with the status that shells expect, and with the hints
/// that `unfinished` returns: what continues without the command.
pub(crate) fn run<T>(
    work: impl Future<Output = Result<T, CommandError>>,
    unfinished: impl FnOnce() -> Vec<String>,
) -> Result<T, CommandError> {
    let defect =
        |error: std::io::Error| CommandError::new(Exit::Defect, format!("cannot start: {}", reason(&error)));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(defect)?;
    runtime.block_on(async {
        let mut signals = ShutdownSignals::catch().map_err(defect)?;
        tokio::select! {
            result = work => result,
            () = signals.next() => {
                let interrupted = CommandError::new(Exit::Interrupted, "interrupted");
                Err(unfinished().into_iter().fold(interrupted, CommandError::hint))
            }
        }
    })
}
