//! The server: the API, the slots that count, relay and sweep, in one process over one data folder.
//!
//! Two runtimes: the API's has two threads and never counts; the slots' has one for each worker, and counts.

use std::sync::Arc;
use std::time::Duration;

use tally_boot::config::sections::{
    ConfigFile, DrainOptions, FetchOptions, ListenOptions, LogOptions, PerHostLimit, StoreOptions,
    WorkerOptions,
};
use tally_boot::supervise::{ShutdownStatus, Supervisor};
use tally_boot::telemetry;
use tally_embedded::Embedded;
use tally_worker::{ShutdownTokens, WorkerSlot};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use super::rounds::{SLOTS, start_rounds, start_slots};
use super::{greeting, process, refusal};
use crate::exit::Exit;
use crate::screen;
use crate::trouble::Trouble;
use crate::wire::{self, House, Shift};

/// Run the server: API, queue, store and workers in this one process
///
/// Needs nothing else. Every option may also stand in the environment or in a file: see `tally config show`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = crate::exit::FOR_SERVE)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) listening: ListenOptions,
    #[command(flatten)]
    pub(crate) storing: StoreOptions,
    #[command(flatten)]
    pub(crate) working: WorkerOptions,
    #[command(flatten)]
    pub(crate) fetching: FetchOptions,
    #[command(flatten)]
    pub(crate) per_host_limit: PerHostLimit,
    #[command(flatten)]
    pub(crate) draining: DrainOptions,
    #[command(flatten)]
    pub(crate) logging: LogOptions,
    #[command(flatten)]
    pub(crate) file: ConfigFile,
    #[cfg(not(feature = "cluster"))]
    #[command(flatten)]
    pub(crate) cluster: super::standalone::ClusterAddresses,
}

pub(crate) fn run(args: &Args) -> Result<Exit, Trouble> {
    telemetry::start(&args.logging.log, args.logging.log_format);
    let front = process::front()?;
    // The port first: it is what most often is taken, and nothing has to be undone then.
    let listener = process::bind(&front, &args.listening)?;
    let tokens = ShutdownTokens::default();
    let (house, embedded) =
        wire::embedded(&args.storing.data, &tokens).map_err(|error| refusal::of_folder(&error))?;
    let workers = args.working.count();
    let shift = Shift {
        name: format!("serve-{}", std::process::id()),
        fetching: &args.fetching,
        per_host: args.per_host_limit.fetch_per_host,
        workers,
        document_bytes: args.listening.max_upload.0,
    };
    let workshop = process::workshop(workers)?;
    let slot = house.worker_slot(shift, &workshop).map_err(|error| refusal::of_outbound(&error))?;
    let life = live(args, listener, &house, &embedded, &slot, &workshop, &tokens);
    let exit = process::until_drained(&front, &tokens, life)?;
    workshop.shutdown_timeout(Duration::from_secs(1));
    Ok(exit)
}

/// From the first task to the last write.
async fn live(
    args: &Args,
    listener: TcpListener,
    house: &House,
    embedded: &Embedded,
    slot: &WorkerSlot,
    workshop: &Runtime,
    tokens: &ShutdownTokens,
) -> Result<ShutdownStatus, Trouble> {
    let (clock, ids) = (Arc::clone(&house.basics.clock), Arc::clone(&house.basics.ids));
    let supervisor = Supervisor::new(tokens.drain.clone(), clock, ids);
    let workers = args.working.count();
    {
        // Even a short text is counted where no request waits for an answer.
        let _context = workshop.enter();
        start_slots(slot, &supervisor, workers.get() * SLOTS);
    }
    start_rounds(house, &supervisor, tokens);
    let patience = args.draining.drain_timeout.0;
    let address = process::open_door(listener, house, &supervisor, tokens, &args.listening, patience)?;
    greeting::of_serve(address, &args.storing.data, workers)?;
    tokens.drain.cancelled().await;
    let verdict = process::drain(house, &supervisor, tokens, patience).await;
    if let Err(fault) = embedded.close().await {
        let cause = std::error::Error::source(&fault).map(ToString::to_string).unwrap_or_default();
        tracing::error!(%fault, cause, "the data folder was not closed in order");
        screen::warn("the data folder was not closed in order; nothing is lost, the next start checks it");
        return Ok(ShutdownStatus::Failed);
    }
    Ok(verdict)
}
