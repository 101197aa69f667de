//! The start and the end of every role: the port, the runtimes, the signals, the drain.

use std::io;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use tally_api::{AllowedHosts, ApiOptions, HealthDeps, Router, ServerOptions};
use tally_boot::config::sections::ListenOptions;
use tally_boot::lifecycle::ShutdownSignals;
use tally_boot::supervise::{ShutdownStatus, Supervisor};
use tally_boot::telemetry;
use tally_worker::ShutdownTokens;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::time::{Instant, sleep};

use super::pages::pages;
use super::{banner, startup_error};
use crate::command_error::{CommandError, reason};
use crate::composition::App;
use crate::exit::Exit;

/// Threads of the I/O runtime. It copies bytes, so the disk or the network limits it, not these threads.
const IO_THREADS: usize = 2;
/// The niceness of counting threads (nice(2)). It leaves them a third of the share of an I/O thread.
#[cfg(target_os = "linux")]
const CPU_NICENESS: i32 = 5;
/// How long a taken port may take to become free. A server that was killed holds its port until the system has freed its
/// memory.
const PORT_TIMEOUT: Duration = Duration::from_secs(2);
const PORT_RETRY: Duration = Duration::from_millis(20);
/// How long jobs may take to end after they were told to stop: a job may be in the middle of a document.
const ABORT_TIMEOUT: Duration = Duration::from_secs(5);

/// The runtime that answers requests. It counts only the small texts of a worker.
pub(super) fn io_runtime() -> Result<Runtime, CommandError> {
    small_pages();
    runtime("tally-io", IO_THREADS, || {})
}

/// Uses memory pages of 4 KiB. With pages of 2 MiB, which the allocator requests, a server that has counted a little
/// uses 17 MB more and counts no faster (measured). Ignored if the system does not support it.
fn small_pages() {
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

/// The runtime of jobs that block their thread.
pub(super) fn cpu_runtime(threads: NonZeroUsize) -> Result<Runtime, CommandError> {
    runtime("tally-cpu", threads.get(), lower_priority)
}

/// Prefers threads that answer requests when there are more threads than cores: a client waits for its answer, and an
/// accepted job can wait. Parser processes inherit the niceness.
fn lower_priority() {
    // On other systems this would change the whole process.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(CPU_NICENESS);
}

fn runtime(name: &'static str, threads: usize, started: fn()) -> Result<Runtime, CommandError> {
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

/// The name of this process in a cluster: its role, its machine and its process id.
pub(super) fn process_name(role: &str) -> String {
    let machine = rustix::system::uname();
    format!("{role}@{}:{}", machine.nodename().to_string_lossy(), std::process::id())
}

/// Binds the port. An address that other machines can reach needs `--insecure`.
pub(super) fn bind(io_runtime: &Runtime, listening: &ListenOptions) -> Result<TcpListener, CommandError> {
    let listen = listening.listen;
    if !listen.ip().is_loopback() && !listening.insecure {
        return Err(startup_error::of_public_address(listen));
    }
    io_runtime.block_on(listen_when_free(listen)).map_err(|error| startup_error::of_port(listen, &error))
}

/// Listens once the address is free, or fails after [`PORT_TIMEOUT`].
async fn listen_when_free(listen: SocketAddr) -> io::Result<TcpListener> {
    let deadline = Instant::now() + PORT_TIMEOUT;
    loop {
        match tally_api::listen(listen) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && Instant::now() < deadline => {
                sleep(PORT_RETRY).await;
            }
            bound => return bound,
        }
    }
}

/// Starts the API on a bound port, until the drain. Returns its address.
pub(super) fn serve_api(
    listener: TcpListener,
    app: &App,
    supervisor: &Supervisor,
    tokens: &ShutdownTokens,
    listening: &ListenOptions,
    drain_timeout: Duration,
) -> Result<SocketAddr, CommandError> {
    let mut options = ApiOptions::default();
    options.body.document_bytes = listening.max_upload.0;
    // The help says "maximum size of the body of a submit", whatever its shape.
    options.body.parsed_bytes = options.body.parsed_bytes.min(listening.max_upload.0);
    let pages = pages(app.deps.query.clone());
    let mut deps = app.deps.clone();
    deps.hosts = AllowedHosts::new(listening.listen.ip(), &listening.host);
    let router = tally_api::router_with_pages(deps, options, pages);
    serve(listener, router, supervisor, tokens, drain_timeout)
}

/// Starts the health routes on a bound port, until the drain. Returns their address.
pub(super) fn serve_health(
    listener: TcpListener,
    app: &App,
    supervisor: &Supervisor,
    tokens: &ShutdownTokens,
    drain_timeout: Duration,
) -> Result<SocketAddr, CommandError> {
    let health = HealthDeps {
        probes: app.deps.probes.clone(),
        metrics: Arc::clone(&app.deps.metrics),
        draining: tokens.drain.clone(),
        patience: ApiOptions::default().probe_patience,
    };
    serve(listener, tally_api::health_router(health), supervisor, tokens, drain_timeout)
}

fn serve(
    listener: TcpListener,
    router: Router,
    supervisor: &Supervisor,
    tokens: &ShutdownTokens,
    drain_timeout: Duration,
) -> Result<SocketAddr, CommandError> {
    let address = listener.local_addr().map_err(|error| defect("read the bound address", &error))?;
    let options = ServerOptions { drain: drain_timeout, ..ServerOptions::default() };
    let shutdown = tokens.drain.clone();
    supervisor.exit_on_failure("api", async move {
        let drained = tally_api::serve(listener, router, options, shutdown).await;
        tracing::debug!(?drained, "the HTTP server stopped");
    });
    Ok(address)
}

/// Runs the tasks until they have drained. The first signal starts the drain, the second ends the process.
pub(super) fn run_until_drained<F>(
    io_runtime: &Runtime,
    tokens: &ShutdownTokens,
    tasks: F,
) -> Result<Exit, CommandError>
where
    F: Future<Output = Result<ShutdownStatus, CommandError>>,
{
    let signals = io_runtime.block_on(async { ShutdownSignals::catch() });
    let signals = signals.map_err(|error| defect("catch signals", &error))?;
    let shutdown = signals.shut_down(tokens.drain.clone());
    let status = io_runtime.block_on(async {
        tokio::select! {
            status = tasks => status,
            () = shutdown => Ok(ShutdownStatus::Drained),
        }
    })?;
    tracing::info!(target: telemetry::LIFECYCLE, "stopped");
    Ok(match status {
        ShutdownStatus::Drained => Exit::Ok,
        ShutdownStatus::Failed => Exit::Defect,
    })
}

/// Waits until all tasks have ended. After `drain_timeout` it tells them to stop.
pub(super) async fn drain(
    app: &App,
    supervisor: &Supervisor,
    tokens: &ShutdownTokens,
    drain_timeout: Duration,
) -> ShutdownStatus {
    app.queue.close();
    if let Ok(census) = app.deps.query.catalogue.census().await {
        banner::print_draining(census.running);
    }
    let clock = Arc::clone(&app.system.clock);
    let status = tokio::select! {
        status = supervisor.join_all() => status,
        () = clock.sleep(drain_timeout) => {
            tokens.give_up.cancel();
            tokio::select! {
                status = supervisor.join_all() => status,
                () = clock.sleep(ABORT_TIMEOUT) => {
                    tracing::warn!("some jobs did not stop in time; they run again when their leases are over");
                    ShutdownStatus::Drained
                }
            }
        }
    };
    app.deps.tasks.close();
    app.deps.tasks.wait().await;
    status
}

fn defect(what: &str, error: &io::Error) -> CommandError {
    CommandError::new(Exit::Defect, format!("cannot {what}: {}", reason(error)))
}
