//! A worker of a cluster: fetches, extracts, counts. Its port shows its health and nothing else.

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

use super::rounds::{SLOTS, start_rounds, start_slots, watch_depth};
use super::{greeting, probe, process, refusal};
use crate::exit::Exit;
use crate::trouble::Trouble;
use crate::wire::{self, House, Members, Shift};

/// Where a worker's health is shown when nobody says otherwise: beside the API's port.
const LISTEN: &str = "127.0.0.1:8081";

/// A worker of a Tally cluster
///
/// Takes jobs from RabbitMQ, fetches and counts, and keeps what it found in MongoDB; as many of these as you like may
/// run side by side. Starts also while the store or the broker is away. For one machine without either, see
/// `tally serve`.
#[derive(Debug, clap::Parser)]
#[command(name = "tally-worker", version, after_help = crate::exit::FOR_MEMBERS, args_conflicts_with_subcommands = true)]
#[command(disable_help_subcommand = true, max_term_width = 110)]
pub(crate) struct Args {
    #[command(subcommand)]
    probe: Option<probe::Command>,
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

/// The command line: as its options say, but for the port, which is not the API's.
pub(crate) fn command() -> clap::Command {
    let listen =
        |arg: clap::Arg| arg.default_value(LISTEN).help("Address and port that show health and metrics");
    let health = |probe: clap::Command| probe.mut_arg("listen", |arg| arg.default_value(LISTEN));
    Args::command().mut_arg("listen", listen).mut_subcommand("health", health)
}

pub(crate) fn run(args: &Args) -> Result<Exit, Trouble> {
    if let Some(command) = &args.probe {
        return probe::run(command);
    }
    let addresses =
        args.cluster.addresses().map_err(|half| refusal::of_half_a_cluster("tally-worker", half))?;
    telemetry::start(&args.logging.log, args.logging.log_format);
    let front = process::front()?;
    let listener = process::bind(&front, &args.listening)?;
    let tokens = ShutdownTokens::default();
    let name = process::name("tally-worker");
    let workers = args.working.count();
    let slots = workers.get() * SLOTS;
    let built = front.block_on(wire::cluster(addresses, &name, slots, &tokens));
    let (house, members) = built.map_err(|error| refusal::of_cluster(&error))?;
    let shift = Shift {
        name,
        fetching: &args.fetching,
        per_host: args.per_host_limit.fetch_per_host,
        workers,
        document_bytes: args.listening.max_upload.0,
    };
    let workshop = process::workshop(workers)?;
    let slot = house.worker_slot(shift, &workshop).map_err(|error| refusal::of_outbound(&error))?;
    let life = live(args, listener, (&house, &members), &slot, &tokens);
    let exit = process::until_drained(&front, &tokens, life)?;
    front.block_on(members.close());
    workshop.shutdown_timeout(Duration::from_secs(1));
    Ok(exit)
}

/// From the first task to the last write.
async fn live(
    args: &Args,
    listener: TcpListener,
    (house, members): (&House, &Members),
    slot: &WorkerSlot,
    tokens: &ShutdownTokens,
) -> Result<ShutdownStatus, Trouble> {
    let (clock, ids) = (Arc::clone(&house.basics.clock), Arc::clone(&house.basics.ids));
    let supervisor = Supervisor::new(tokens.drain.clone(), clock, ids);
    // Here nobody waits for an answer: a short text is counted where its ticket arrives, without a change of threads.
    start_slots(slot, &supervisor, args.working.count().get() * SLOTS);
    start_rounds(house, &supervisor, tokens);
    watch_depth(house, members, &supervisor, tokens);
    let patience = args.draining.drain_timeout.0;
    let address = process::open_window(listener, house, &supervisor, tokens, patience)?;
    greeting::of_member("tally-worker", address)?;
    let ready = wire::until_drain(&members.mongo, &house.deps.submit.secret, tokens).await;
    ready.map_err(|error| refusal::of_format(&error))?;
    let verdict = process::drain(house, &supervisor, tokens, patience).await;
    Ok(verdict)
}
