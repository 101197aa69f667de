//! The server: the API, the slots that count, relay and sweep, in one process over one data folder.
//!
//! Two runtimes: the API's has two threads and never counts; the slots' has one for each worker, and counts.

mod greeting;
mod holder;
mod refusal;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tally_api::{ApiOptions, ServerOptions};
use tally_boot::config::sections::{ConfigFile, Draining, Fetching, Listening, Logging, Storing, Working};
use tally_boot::lifecycle::Signals;
use tally_boot::supervise::{Supervisor, Verdict};
use tally_boot::telemetry;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use crate::exit::Exit;
use crate::screen;
use crate::trouble::{Trouble, reason};
use crate::wire::{self, House, Tokens};

/// Slots for each worker: most of a job's life is waiting for its page or for the disk, and the store writes the
/// more at once the more ask.
const SLOTS: usize = 32;
/// Threads of the API's runtime: it shuffles bytes, and the disk bounds what it can take.
const API_THREADS: usize = 2;
/// How long jobs that were given up may take to let go: one may be in the middle of a document.
const LAST_PATIENCE: Duration = Duration::from_secs(5);
/// How often the numbers of waiting and running jobs are brought up to date.
const CENSUS_EVERY: Duration = Duration::from_secs(2);

/// Run the server: API, queue, store and workers in this one process
///
/// Needs nothing else. Every option may also stand in the environment or in a file: see `tally config show`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = crate::exit::FOR_SERVE)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) listening: Listening,
    #[command(flatten)]
    pub(crate) storing: Storing,
    #[command(flatten)]
    pub(crate) working: Working,
    #[command(flatten)]
    pub(crate) fetching: Fetching,
    #[command(flatten)]
    pub(crate) draining: Draining,
    #[command(flatten)]
    pub(crate) logging: Logging,
    #[command(flatten)]
    pub(crate) file: ConfigFile,
}

pub(crate) fn run(args: &Args) -> Result<Exit, Trouble> {
    telemetry::start(&args.logging.log, args.logging.log_format);
    let listen = args.listening.listen;
    if !listen.ip().is_loopback() && !args.listening.insecure {
        return Err(refusal::open_to_all(listen));
    }
    let front = runtime("tally-api", API_THREADS)?;
    // The port first: it is what most often is taken, and nothing has to be undone then.
    let listener =
        front.block_on(TcpListener::bind(listen)).map_err(|error| refusal::of_port(listen, &error))?;
    let api = api_options(args);
    let tokens = Tokens::default();
    let workers = args.working.count();
    let house = wire::embedded(&args.storing.data, &args.fetching, workers, &api, &tokens);
    let house = house.map_err(refusal::of_house)?;
    let workshop = runtime("tally-work", workers.get())?;
    let signals = front.block_on(async { Signals::catch() });
    let signals = signals.map_err(|error| defect("catch signals", &error))?;
    let obeying = signals.obey(tokens.drain.clone());
    let verdict = front.block_on(async {
        tokio::select! {
            verdict = live(args, listener, &house, &workshop, api, &tokens) => verdict,
            () = obeying => Ok(Verdict::Drained),
        }
    })?;
    workshop.shutdown_timeout(Duration::from_secs(1));
    tracing::info!(target: telemetry::LIFECYCLE, "stopped");
    Ok(match verdict {
        Verdict::Drained => Exit::Ok,
        Verdict::Failed => Exit::Defect,
    })
}

fn api_options(args: &Args) -> ApiOptions {
    let mut options = ApiOptions::default();
    options.body.document_bytes = args.listening.max_upload.0;
    // The help says "largest body of a submit", whatever its shape.
    options.body.parsed_bytes = options.body.parsed_bytes.min(args.listening.max_upload.0);
    options
}

/// From the first task to the last write.
async fn live(
    args: &Args,
    listener: TcpListener,
    house: &House,
    workshop: &Runtime,
    api: ApiOptions,
    tokens: &Tokens,
) -> Result<Verdict, Trouble> {
    let (clock, ids) = (Arc::clone(&house.basics.clock), Arc::clone(&house.basics.ids));
    let supervisor = Supervisor::new(tokens.drain.clone(), clock, ids);
    let address = listener.local_addr().map_err(|error| refusal::of_port(args.listening.listen, &error))?;
    start_slots(house, &supervisor, workshop, args.working.count().get() * SLOTS);
    start_rounds(house, &supervisor, tokens);
    let patience = args.draining.drain_timeout.0;
    let server = ServerOptions { drain: patience, ..ServerOptions::default() };
    let router = tally_api::router(house.deps.clone(), api);
    let shutdown = tokens.drain.clone();
    supervisor.need("api", async move {
        let drained = tally_api::serve(listener, router, server, shutdown).await;
        tracing::debug!(?drained, "the front door is closed");
    });
    greeting::say(address, args)?;
    tokens.drain.cancelled().await;
    Ok(drain(house, &supervisor, tokens, patience).await)
}

/// A runtime with so many threads. Their stacks are small: nothing here recurses.
fn runtime(name: &'static str, threads: usize) -> Result<Runtime, Trouble> {
    let built = Builder::new_multi_thread()
        .worker_threads(threads)
        .max_blocking_threads(16)
        .thread_keep_alive(Duration::from_secs(5))
        .thread_name(name)
        .enable_all()
        .build();
    built.map_err(|error| defect("start threads", &error))
}

fn defect(what: &str, error: &io::Error) -> Trouble {
    Trouble::new(Exit::Defect, format!("cannot {what}: {}", reason(error)))
}

fn start_slots(house: &House, supervisor: &Supervisor, workshop: &Runtime, slots: usize) {
    // Tasks start on the runtime whose context this is.
    let _context = workshop.enter();
    for _ in 0..slots {
        let pump = house.pump.clone();
        supervisor.keep("slot", move || pump.clone().run());
    }
}

fn start_rounds(house: &House, supervisor: &Supervisor, tokens: &Tokens) {
    let (relay, stop) = (house.relay.clone(), tokens.drain.clone());
    supervisor.keep("relay", move || tally_worker::relay(relay.clone(), stop.clone()));
    let (sweep, stop) = (house.sweep.clone(), tokens.drain.clone());
    supervisor.keep("sweep", move || tally_worker::sweep(sweep.clone(), stop.clone()));
    let (query, observed) = (house.deps.query.clone(), Arc::clone(&house.observed));
    let stop = tokens.drain.clone();
    supervisor.keep("census", move || {
        let (query, observed, stop) = (query.clone(), Arc::clone(&observed), stop.clone());
        async move {
            let rounds = async {
                loop {
                    if let Ok(census) = query.census().await {
                        observed.census(&census, query.clock.now());
                    }
                    query.clock.sleep(CENSUS_EVERY).await;
                }
            };
            stop.run_until_cancelled(rounds).await;
        }
    });
}

/// From the first signal to the last write.
async fn drain(house: &House, supervisor: &Supervisor, tokens: &Tokens, patience: Duration) -> Verdict {
    house.embedded.queue().close();
    if let Ok(census) = house.deps.query.census().await {
        greeting::say_draining(census.running);
    }
    let clock = Arc::clone(&house.basics.clock);
    let verdict = tokio::select! {
        verdict = supervisor.ended() => verdict,
        () = clock.sleep(patience) => {
            tokens.give_up.cancel();
            tokio::select! {
                verdict = supervisor.ended() => verdict,
                () = clock.sleep(LAST_PATIENCE) => {
                    tracing::warn!("some jobs do not let go; their leases will end, and they run again");
                    Verdict::Drained
                }
            }
        }
    };
    house.deps.tasks.close();
    house.deps.tasks.wait().await;
    if let Err(fault) = house.embedded.close().await {
        tracing::error!(%fault, cause = cause(&fault), "the data folder was not closed in order");
        screen::warn("the data folder was not closed in order; nothing is lost, the next start checks it");
        return Verdict::Failed;
    }
    verdict
}

fn cause(error: &dyn std::error::Error) -> String {
    error.source().map(ToString::to_string).unwrap_or_default()
}
