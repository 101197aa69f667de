//! Talks to a Tally server over its HTTP contract, and to nothing else of it.

mod problem;
mod record;
mod server;

pub(crate) use record::Record;
pub(crate) use server::{Body, Server, ServerOption};

use std::future::Future;

use tally_boot::lifecycle::ShutdownSignals;

use crate::exit::Exit;
use crate::trouble::{Trouble, reason};

/// Runs a command against a server: one thread, and an interrupt ends it with the status that shells expect.
/// `unfinished` says what goes on without us, as hints.
pub(crate) fn run<T>(
    work: impl Future<Output = Result<T, Trouble>>,
    unfinished: impl FnOnce() -> Vec<String>,
) -> Result<T, Trouble> {
    let defect =
        |error: std::io::Error| Trouble::new(Exit::Defect, format!("cannot start: {}", reason(&error)));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(defect)?;
    runtime.block_on(async {
        let mut signals = ShutdownSignals::catch().map_err(defect)?;
        tokio::select! {
            ended = work => ended,
            () = signals.next() => {
                let interrupted = Trouble::new(Exit::Interrupted, "interrupted");
                Err(unfinished().into_iter().fold(interrupted, Trouble::hint))
            }
        }
    })
}
