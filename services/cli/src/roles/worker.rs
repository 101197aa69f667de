//! A worker of a cluster: fetches, extracts, counts. Its port serves only health and metrics.

use std::sync::Arc;
use std::time::Duration;

use clap::CommandFactory;
use tally_boot::config::sections::{
    ClusterOptions, ConfigFile, DrainOptions, FetchOptions, ListenOptions, LogOptions, PerHostLimit,
    WorkerOptions,
};
use tally_boot::supervise::{ShutdownStatus, Supervisor};
use tally_boot::telemetry;
use tally_worker::{ShutdownTokens, WorkerSlot};
use tokio::net::TcpListener;

use super::tasks::{SLOTS, start_depth_polling, start_maintenance, start_slots};
use super::{banner, probe, process, startup_error};
use crate::command_error::CommandError;
use crate::composition::{self, App, ClusterAdapters, WorkerConfig};
use crate::exit::Exit;

/// The default address of a worker's health: the port after the API's.
const LISTEN: &str = "127.0.0.1:8081";

/// A worker of a Tally cluster
///
/// Takes jobs from RabbitMQ, fetches and counts, and stores the results in MongoDB. Any number of these may run beside
/// each other. Also starts while the store or the broker is down. For one machine without either, see `tally serve`.
#[derive(Debug, clap::Parser)]
#[command(name = "tally-worker", version, after_help = crate::exit::CLUSTER_HELP, args_conflicts_with_subcommands = true)]
#[command(disable_help_subcommand = true, max_term_width = 110)]
pub(crate) struct Args {
    #[command(subcommand)]
    probe: Option<probe::ProbeCommand>,
    #[command(flatten)]
    listening: ListenOptions,
    #[command(flatten)]
    cluster: ClusterOptions,
    #[command(flatten)]
    working: WorkerOptions,
    #[command(flatten)]
    fetching: FetchOptions,
    #[command(flatten)]
    per_host_limit: PerHostLimit,
    #[command(flatten)]
    draining: DrainOptions,
    #[command(flatten)]
    logging: LogOptions,
    #[command(flatten)]
    file: ConfigFile,
}

/// The command line. Its default port differs from the API's.
pub(crate) fn command() -> clap::Command {
    let listen = |arg: clap::Arg| arg.default_value(LISTEN).help("Address and port for health and metrics");
    let health = |probe: clap::Command| probe.mut_arg("listen", |arg| arg.default_value(LISTEN));
    // It serves health only, which answers to any host.
    let host = |arg: clap::Arg| arg.hide(true);
    Args::command().mut_arg("listen", listen).mut_arg("host", host).mut_subcommand("health", health)
}

pub(crate) fn run(args: &Args) -> Result<Exit, CommandError> {
    if let Some(command) = &args.probe {
        return probe::run(command);
    }
    let addresses = args
        .cluster
        .addresses()
        .map_err(|error| startup_error::of_incomplete_cluster("tally-worker", error))?;
    telemetry::start(&args.logging.log, args.logging.log_format);
    let io_runtime = process::io_runtime()?;
    let listener = process::bind(&io_runtime, &args.listening)?;
    let tokens = ShutdownTokens::default();
    let name = process::process_name("tally-worker");
    let workers = args.working.count();
    let slots = workers.get() * SLOTS;
    let built = io_runtime.block_on(composition::cluster(addresses, &name, slots, &tokens));
    let (app, adapters) = built.map_err(|error| startup_error::of_cluster(&error))?;
    let config = WorkerConfig {
        name,
        fetch: &args.fetching,
        per_host: args.per_host_limit.fetch_per_host,
        workers,
        document_bytes: args.listening.max_upload.0,
    };
    let cpu_runtime = process::cpu_runtime(workers)?;
    let slot = app.worker_slot(config, &cpu_runtime).map_err(|error| startup_error::of_outbound(&error))?;
    let tasks = run_tasks(args, listener, (&app, &adapters), &slot, &tokens);
    let exit = process::run_until_drained(&io_runtime, &tokens, tasks)?;
    io_runtime.block_on(adapters.close());
    cpu_runtime.shutdown_timeout(Duration::from_secs(1));
    Ok(exit)
}

async fn run_tasks(
    args: &Args,
    listener: TcpListener,
    (app, adapters): (&App, &ClusterAdapters),
    slot: &WorkerSlot,
    tokens: &ShutdownTokens,
) -> Result<ShutdownStatus, CommandError> {
    let (clock, ids) = (Arc::clone(&app.system.clock), Arc::clone(&app.system.ids));
    let supervisor = Supervisor::new(tokens.drain.clone(), clock, ids);
    // No request waits here, so a small text is counted on the runtime that receives its ticket, without a change of
    // threads.
    start_slots(slot, &supervisor, args.working.count().get() * SLOTS);
    start_maintenance(app, &supervisor, tokens);
    start_depth_polling(app, adapters, &supervisor, tokens);
    let drain_timeout = args.draining.drain_timeout.0;
    let address = process::serve_health(listener, app, &supervisor, tokens, drain_timeout)?;
    banner::print_cluster("tally-worker", address)?;
    let ready = composition::wait_for_drain(&adapters.mongo, &app.deps.submit.secret, tokens).await;
    ready.map_err(|error| startup_error::of_format(&error))?;
    Ok(process::drain(app, &supervisor, tokens, drain_timeout).await)
}
