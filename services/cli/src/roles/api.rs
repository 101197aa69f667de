//! The API of a cluster: admits jobs and answers requests about them. Workers run the jobs.

use std::sync::Arc;

use tally_boot::config::sections::{ClusterOptions, ConfigFile, DrainOptions, ListenOptions, LogOptions};
use tally_boot::supervise::{ShutdownStatus, Supervisor};
use tally_boot::telemetry;
use tally_worker::ShutdownTokens;
use tokio::net::TcpListener;

use super::tasks::{start_depth_polling, start_maintenance};
use super::{banner, probe, process, startup_error};
use crate::command_error::CommandError;
use crate::composition::{self, App, ClusterAdapters};
use crate::exit::Exit;

/// The API of a Tally cluster
///
/// Stores jobs in MongoDB and publishes them to RabbitMQ. Any number of these may run beside each other, behind a proxy.
/// Also starts while the store or the broker is down, and is ready when both answer. For one machine without either,
/// see `tally serve`.
#[derive(Debug, clap::Parser)]
#[command(name = "tally-api", version, after_help = crate::exit::CLUSTER_HELP, args_conflicts_with_subcommands = true)]
#[command(disable_help_subcommand = true, max_term_width = 110)]
pub(crate) struct Args {
    #[command(subcommand)]
    probe: Option<probe::ProbeCommand>,
    #[command(flatten)]
    listening: ListenOptions,
    #[command(flatten)]
    cluster: ClusterOptions,
    #[command(flatten)]
    draining: DrainOptions,
    #[command(flatten)]
    logging: LogOptions,
    #[command(flatten)]
    file: ConfigFile,
}

pub(crate) fn run(args: &Args) -> Result<Exit, CommandError> {
    if let Some(command) = &args.probe {
        return probe::run(command);
    }
    let addresses =
        args.cluster.addresses().map_err(|error| startup_error::of_incomplete_cluster("tally-api", error))?;
    telemetry::start(&args.logging.log, args.logging.log_format);
    let io_runtime = process::io_runtime()?;
    let listener = process::bind(&io_runtime, &args.listening)?;
    let tokens = ShutdownTokens::default();
    let name = process::process_name("tally-api");
    let built = io_runtime.block_on(composition::cluster(addresses, &name, 0, &tokens));
    let (app, adapters) = built.map_err(|error| startup_error::of_cluster(&error))?;
    let exit = process::run_until_drained(
        &io_runtime,
        &tokens,
        run_tasks(args, listener, &app, &adapters, &tokens),
    )?;
    io_runtime.block_on(adapters.close());
    Ok(exit)
}

async fn run_tasks(
    args: &Args,
    listener: TcpListener,
    app: &App,
    adapters: &ClusterAdapters,
    tokens: &ShutdownTokens,
) -> Result<ShutdownStatus, CommandError> {
    let (clock, ids) = (Arc::clone(&app.system.clock), Arc::clone(&app.system.ids));
    let supervisor = Supervisor::new(tokens.drain.clone(), clock, ids);
    start_maintenance(app, &supervisor, tokens);
    start_depth_polling(app, adapters, &supervisor, tokens);
    let drain_timeout = args.draining.drain_timeout.0;
    let address = process::serve_api(listener, app, &supervisor, tokens, &args.listening, drain_timeout)?;
    banner::print_cluster("tally-api", address)?;
    let ready = composition::wait_for_drain(&adapters.mongo, &app.deps.submit.secret, tokens).await;
    ready.map_err(|error| startup_error::of_format(&error))?;
    Ok(process::drain(app, &supervisor, tokens, drain_timeout).await)
}
