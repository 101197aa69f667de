//! The server: the API, the worker slots, relay and sweep, in one process with one data folder.
//!
//! Two runtimes: that of the API has two threads and never counts; that of the slots has one thread per worker.

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

use super::tasks::{SLOTS, start_maintenance, start_slots};
use super::{banner, process, startup_error};
use crate::command_error::CommandError;
use crate::composition::{self, App, WorkerConfig};
use crate::exit::Exit;
use crate::screen;

/// Run the server: API, queue, store and workers in one process
///
/// Needs nothing else. The environment and a file may also set every option: see `tally config show`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = crate::exit::SERVE_HELP)]
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

pub(crate) fn run(args: &Args) -> Result<Exit, CommandError> {
    telemetry::start(&args.logging.log, args.logging.log_format);
    let io_runtime = process::io_runtime()?;
    // The port first: it fails most often, and then nothing has to be undone.
    let listener = process::bind(&io_runtime, &args.listening)?;
    let tokens = ShutdownTokens::default();
    let (app, embedded) = composition::embedded(&args.storing.data, &tokens)
        .map_err(|error| startup_error::of_folder(&error))?;
    let workers = args.working.count();
    let config = WorkerConfig {
        name: format!("serve-{}", std::process::id()),
        fetch: &args.fetching,
        per_host: args.per_host_limit.fetch_per_host,
        workers,
        document_bytes: args.listening.max_upload.0,
    };
    let cpu_runtime = process::cpu_runtime(workers)?;
    let slot = app.worker_slot(config, &cpu_runtime).map_err(|error| startup_error::of_outbound(&error))?;
    let tasks = run_tasks(args, listener, &app, &embedded, &slot, &cpu_runtime, &tokens);
    let exit = process::run_until_drained(&io_runtime, &tokens, tasks)?;
    cpu_runtime.shutdown_timeout(Duration::from_secs(1));
    Ok(exit)
}

/// Starts the tasks, and returns when they have drained and the data folder is closed.
async fn run_tasks(
    args: &Args,
    listener: TcpListener,
    app: &App,
    embedded: &Embedded,
    slot: &WorkerSlot,
    cpu_runtime: &Runtime,
    tokens: &ShutdownTokens,
) -> Result<ShutdownStatus, CommandError> {
    let (clock, ids) = (Arc::clone(&app.system.clock), Arc::clone(&app.system.ids));
    let supervisor = Supervisor::new(tokens.drain.clone(), clock, ids);
    let workers = args.working.count();
    {
        // Even a small text is counted on this runtime, so that it does not delay requests.
        let _context = cpu_runtime.enter();
        start_slots(slot, &supervisor, workers.get() * SLOTS);
    }
    start_maintenance(app, &supervisor, tokens);
    let drain_timeout = args.draining.drain_timeout.0;
    let address = process::serve_api(listener, app, &supervisor, tokens, &args.listening, drain_timeout)?;
    banner::print_serve(address, &args.storing.data, workers)?;
    tokens.drain.cancelled().await;
    let status = process::drain(app, &supervisor, tokens, drain_timeout).await;
    if let Err(fault) = embedded.close().await {
        let cause = std::error::Error::source(&fault).map(ToString::to_string).unwrap_or_default();
        tracing::error!(%fault, cause, "the data folder was not closed cleanly");
        screen::warn("the data folder was not closed cleanly; nothing is lost, the next start checks it");
        return Ok(ShutdownStatus::Failed);
    }
    Ok(status)
}
