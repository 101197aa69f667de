//! What every role begins and ends with: the port, the runtimes, the signals, the drain.

use std::io;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use tally_api::{ApiOptions, HealthDeps, Router, ServerOptions};
use tally_boot::config::sections::ListenOptions;
use tally_boot::lifecycle::ShutdownSignals;
use tally_boot::supervise::{ShutdownStatus, Supervisor};
use tally_boot::telemetry;
use tally_worker::ShutdownTokens;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use super::{greeting, refusal};
use crate::exit::Exit;
use crate::trouble::{Trouble, reason};
use crate::wire::House;

/// Threads of the runtime that answers: it shuffles bytes, and the disk or the network bounds what it can take.
const FRONT_THREADS: usize = 2;
/// How much those that count step back, in the units of nice(2): enough for a third of the share of one that answers.
#[cfg(target_os = "linux")]
const COUNTING_NICENESS: i32 = 5;
/// How long jobs that were given up may take to let go: one may be in the middle of a document.
const LAST_PATIENCE: Duration = Duration::from_secs(5);

/// The runtime that answers requests. It counts nothing but a worker's short texts.
pub(super) fn front() -> Result<Runtime, Trouble> {
    small_pages();
    runtime("tally-front", FRONT_THREADS, || {})
}

/// Memory in pages of 4 KiB. In those of 2 MiB, which the allocator asks for, a server that has counted a little holds
/// 17 MB more and counts no faster (measured). Where the system does not know the wish, all is as it was.
fn small_pages() {
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

/// The runtime that counts.
pub(super) fn workshop(threads: NonZeroUsize) -> Result<Runtime, Trouble> {
    runtime("tally-work", threads.get(), step_back)
}

/// Lets whoever answers go first where there are more threads than cores: a job that was accepted can wait a moment,
/// and who submits the next one is waiting. The parsers that it starts step back with it.
fn step_back() {
    // Elsewhere this would be the niceness of the whole process.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(COUNTING_NICENESS);
}

/// A runtime with so many threads. Their stacks are small: nothing here recurses.
fn runtime(name: &'static str, threads: usize, started: fn()) -> Result<Runtime, Trouble> {
    let built = Builder::new_multi_thread()
        .worker_threads(threads)
        .on_thread_start(started)
        .max_blocking_threads(16)
        .thread_keep_alive(Duration::from_secs(5))
        .thread_name(name)
        .enable_all()
        .build();
    built.map_err(|error| defect("start threads", &error))
}

/// The name of this process among those of a cluster: its role, its machine, its number there.
pub(super) fn name(role: &str) -> String {
    let machine = rustix::system::uname();
    format!("{role}@{}:{}", machine.nodename().to_string_lossy(), std::process::id())
}

/// Takes the port, if this address may be listened on.
pub(super) fn bind(front: &Runtime, listening: &ListenOptions) -> Result<TcpListener, Trouble> {
    let listen = listening.listen;
    if !listen.ip().is_loopback() && !listening.insecure {
        return Err(refusal::open_to_all(listen));
    }
    front.block_on(async { tally_api::listen(listen) }).map_err(|error| refusal::of_port(listen, &error))
}

/// Starts the API behind a bound port, until the drain. Says where it is.
pub(super) fn open_door(
    listener: TcpListener,
    house: &House,
    supervisor: &Supervisor,
    tokens: &ShutdownTokens,
    listening: &ListenOptions,
    patience: Duration,
) -> Result<SocketAddr, Trouble> {
    let mut options = ApiOptions::default();
    options.body.document_bytes = listening.max_upload.0;
    // The help says "maximum size of the body of a submit", whatever its shape.
    options.body.parsed_bytes = options.body.parsed_bytes.min(listening.max_upload.0);
    let router = tally_api::router(house.deps.clone(), options);
    serve(listener, router, supervisor, tokens, patience)
}

/// Starts the routes of health behind a bound port, until the drain. Says where it is.
pub(super) fn open_window(
    listener: TcpListener,
    house: &House,
    supervisor: &Supervisor,
    tokens: &ShutdownTokens,
    patience: Duration,
) -> Result<SocketAddr, Trouble> {
    let health = HealthDeps {
        probes: house.deps.probes.clone(),
        metrics: Arc::clone(&house.deps.metrics),
        draining: tokens.drain.clone(),
        patience: ApiOptions::default().probe_patience,
    };
    serve(listener, tally_api::health_router(health), supervisor, tokens, patience)
}

fn serve(
    listener: TcpListener,
    router: Router,
    supervisor: &Supervisor,
    tokens: &ShutdownTokens,
    patience: Duration,
) -> Result<SocketAddr, Trouble> {
    let address = listener.local_addr().map_err(|error| defect("tell the port", &error))?;
    let options = ServerOptions { drain: patience, ..ServerOptions::default() };
    let shutdown = tokens.drain.clone();
    supervisor.exit_on_failure("api", async move {
        let drained = tally_api::serve(listener, router, options, shutdown).await;
        tracing::debug!(?drained, "the front door is closed");
    });
    Ok(address)
}

/// Lives until the drain has ended: from the first signal on, no new work; at the second, out.
pub(super) fn until_drained<F>(front: &Runtime, tokens: &ShutdownTokens, life: F) -> Result<Exit, Trouble>
where
    F: Future<Output = Result<ShutdownStatus, Trouble>>,
{
    let signals = front.block_on(async { ShutdownSignals::catch() });
    let signals = signals.map_err(|error| defect("catch signals", &error))?;
    let obeying = signals.shut_down(tokens.drain.clone());
    let verdict = front.block_on(async {
        tokio::select! {
            verdict = life => verdict,
            () = obeying => Ok(ShutdownStatus::Drained),
        }
    })?;
    tracing::info!(target: telemetry::LIFECYCLE, "stopped");
    Ok(match verdict {
        ShutdownStatus::Drained => Exit::Ok,
        ShutdownStatus::Failed => Exit::Defect,
    })
}

/// From the first signal until all tasks have ended, or their time is over.
pub(super) async fn drain(
    house: &House,
    supervisor: &Supervisor,
    tokens: &ShutdownTokens,
    patience: Duration,
) -> ShutdownStatus {
    house.queue.close();
    if let Ok(census) = house.deps.query.census().await {
        greeting::say_draining(census.running);
    }
    let clock = Arc::clone(&house.basics.clock);
    let verdict = tokio::select! {
        verdict = supervisor.join_all() => verdict,
        () = clock.sleep(patience) => {
            tokens.give_up.cancel();
            tokio::select! {
                verdict = supervisor.join_all() => verdict,
                () = clock.sleep(LAST_PATIENCE) => {
                    tracing::warn!("some jobs do not let go; their leases will end, and they run again");
                    ShutdownStatus::Drained
                }
            }
        }
    };
    house.deps.tasks.close();
    house.deps.tasks.wait().await;
    verdict
}

pub(super) fn defect(what: &str, error: &io::Error) -> Trouble {
    Trouble::new(Exit::Defect, format!("cannot {what}: {}", reason(error)))
}
