//! The API of a cluster: takes jobs in and answers for them; the work is done elsewhere.

use std::sync::Arc;

use tally_boot::config::sections::{ClusterOptions, ConfigFile, DrainOptions, ListenOptions, LogOptions};
use tally_boot::supervise::{ShutdownStatus, Supervisor};
use tally_boot::telemetry;
use tally_worker::ShutdownTokens;
use tokio::net::TcpListener;

use super::rounds::{start_rounds, watch_depth};
use super::{greeting, probe, process, refusal};
use crate::exit::Exit;
use crate::trouble::Trouble;
use crate::wire::{self, House, Members};

/// The API of a Tally cluster
///
/// Keeps jobs in MongoDB and hands them out over RabbitMQ; as many of these as you like may run side by side, behind a
/// proxy. Starts also while the store or the broker is away, and is ready once both answer. For one machine without
/// either, see `tally serve`.
#[derive(Debug, clap::Parser)]
#[command(name = "tally-api", version, after_help = crate::exit::FOR_MEMBERS, args_conflicts_with_subcommands = true)]
#[command(disable_help_subcommand = true, max_term_width = 110)]
pub(crate) struct Args {
    #[command(subcommand)]
    probe: Option<probe::Command>,
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

pub(crate) fn run(args: &Args) -> Result<Exit, Trouble> {
    if let Some(command) = &args.probe {
        return probe::run(command);
    }
    let addresses = args.cluster.addresses().map_err(|half| refusal::of_half_a_cluster("tally-api", half))?;
    telemetry::start(&args.logging.log, args.logging.log_format);
    let front = process::front()?;
    let listener = process::bind(&front, &args.listening)?;
    let tokens = ShutdownTokens::default();
    let name = process::name("tally-api");
    let built = front.block_on(wire::cluster(addresses, &name, 0, &tokens));
    let (house, members) = built.map_err(|error| refusal::of_cluster(&error))?;
    let exit = process::until_drained(&front, &tokens, live(args, listener, &house, &members, &tokens))?;
    front.block_on(members.close());
    Ok(exit)
}

/// From the first task to the last write.
async fn live(
    args: &Args,
    listener: TcpListener,
    house: &House,
    members: &Members,
    tokens: &ShutdownTokens,
) -> Result<ShutdownStatus, Trouble> {
    let (clock, ids) = (Arc::clone(&house.basics.clock), Arc::clone(&house.basics.ids));
    let supervisor = Supervisor::new(tokens.drain.clone(), clock, ids);
    start_rounds(house, &supervisor, tokens);
    watch_depth(house, members, &supervisor, tokens);
    let patience = args.draining.drain_timeout.0;
    let address = process::open_door(listener, house, &supervisor, tokens, &args.listening, patience)?;
    greeting::of_member("tally-api", address)?;
    let ready = wire::until_drain(&members.mongo, &house.deps.submit.secret, tokens).await;
    ready.map_err(|error| refusal::of_format(&error))?;
    let verdict = process::drain(house, &supervisor, tokens, patience).await;
    Ok(verdict)
}
