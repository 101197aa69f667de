//! `tally submit`: submits texts, files and addresses to a server, and waits for the jobs with `--wait`.

mod job_option_args;
mod submit_source;

use std::ffi::OsString;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use tally_boot::config::HumanDuration;
use tokio::time::Instant;

use self::job_option_args::JobOptionArgs;
use self::submit_source::SubmitSource;
use super::jobs;
use crate::client::{self, ApiClient, JobRecord, ServerOption};
use crate::command_error::CommandError;
use crate::exit::Exit;
use crate::screen::{self, Format, Progress};

/// How many jobs are submitted, or waited for, at once.
const CONCURRENCY: usize = 16;

/// Submit texts, files and addresses to a server
///
/// Prints the accepted jobs; with --wait, the counts after the jobs have ended. With -o jsonl each job is printed as
/// soon as it is known.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Files, http(s) addresses, texts in quotes, or - for standard input
    #[arg(value_name = "TEXT|FILE|URL|-", required_unless_present = "text")]
    sources: Vec<OsString>,

    /// A text, even if it looks like a file or an address; may be repeated
    #[arg(long, value_name = "TEXT")]
    text: Vec<String>,

    /// Wait until the jobs end
    #[arg(short, long)]
    wait: bool,

    /// Wait at most this long; the jobs continue
    #[arg(long, value_name = "TIME", requires = "wait")]
    timeout: Option<HumanDuration>,

    /// Format of the results
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    output: Format,

    /// A key of this request: a repeat with the same key returns the first job
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,

    #[command(flatten)]
    options: JobOptionArgs,

    #[command(flatten)]
    server: ServerOption,
}

/// Accepted jobs that have not ended, for the hint after an interrupt or a timeout.
#[derive(Clone, Default)]
struct PendingJobs(Arc<Mutex<Vec<String>>>);

impl PendingJobs {
    fn add(&self, id: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(id.to_owned());
    }

    fn remove(&self, id: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|known| known != id);
    }

    fn hints(&self) -> Vec<String> {
        let ids = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if ids.is_empty() { Vec::new() } else { vec![watch_hint(&ids)] }
    }
}

pub(super) fn watch_hint(ids: &[String]) -> String {
    let subject = if ids.len() == 1 { "the job continues" } else { "the jobs continue" };
    format!("{subject}; to see the end: tally watch {}", ids.join(" "))
}

pub(crate) fn run(args: &Args) -> Result<Exit, CommandError> {
    let sources = submit_source::recognise(&args.sources, &args.text)?;
    if args.idempotency_key.is_some() && sources.len() != 1 {
        return Err(CommandError::new(Exit::Usage, "one idempotency key names one job")
            .hint("submit one input at a time with a key"));
    }
    let server = ApiClient::new(&args.server)?;
    let pending = PendingJobs::default();
    client::run(submit_all(args, &server, sources, &pending), || pending.hints())
}

async fn submit_all(
    args: &Args,
    server: &ApiClient,
    sources: Vec<Result<SubmitSource, CommandError>>,
    pending: &PendingJobs,
) -> Result<Exit, CommandError> {
    let until = deadline(args.timeout);
    let progress = Progress::of_items(sources.len() as u64);

    let mut jobs: Vec<Option<JobRecord>> = vec![None; sources.len()];
    let submits = stream::iter(sources.into_iter().enumerate())
        .map(|(index, source)| async move { (index, submit(args, server, source, until, pending).await) });
    let mut results = match args.output {
        // Scripts pair ids with arguments by their order.
        Format::Id => submits.buffered(CONCURRENCY).left_stream(),
        _ => submits.buffer_unordered(CONCURRENCY).right_stream(),
    };
    let mut error_exit = None;
    while let Some((index, result)) = results.next().await {
        progress.advance(1);
        match result {
            Ok(job) => {
                progress.suspend(|| report(args, &job))?;
                jobs[index] = Some(job);
            }
            Err(error) => {
                progress.suspend(|| screen::error(&error));
                error_exit = Some(error.exit());
            }
        }
    }
    drop(progress);
    let jobs: Vec<JobRecord> = jobs.into_iter().flatten().collect();
    show(args, &jobs)?;
    pending.hints().into_iter().for_each(screen::hint);
    Ok(error_exit.unwrap_or_else(|| if args.wait { jobs::exit(&jobs) } else { Exit::Ok }))
}

async fn submit(
    args: &Args,
    server: &ApiClient,
    source: Result<SubmitSource, CommandError>,
    until: Option<Instant>,
    pending: &PendingJobs,
) -> Result<JobRecord, CommandError> {
    let source = source?;
    let mut url = server.url("jobs");
    url.query_pairs_mut().extend_pairs(&args.options.0);
    let mut headers = source.describe(&mut url);
    if let Some(key) = &args.idempotency_key {
        headers.push(("idempotency-key", key.clone()));
    }
    if url.query() == Some("") {
        url.set_query(None);
    }
    let mut again = false;
    let job =
        server.submit(url, &headers, async || source.body(std::mem::replace(&mut again, true)).await).await;
    let job = JobRecord(job.map_err(|error| error.about(&source.name()))?);
    if !args.wait || job.has_ended() {
        return Ok(job);
    }
    pending.add(job.id());
    let job = jobs::wait(server, job.id(), until).await?;
    if job.has_ended() {
        pending.remove(job.id());
    }
    Ok(job)
}

/// Prints what is known of a job before the other jobs have ended.
fn report(args: &Args, job: &JobRecord) -> Result<(), CommandError> {
    if let Some(why) = job.failure() {
        screen::error(
            &CommandError::new(Exit::JobFailed, format!("{}: {why}", job.source())).hint_if(allow_hint(job)),
        );
    }
    jobs::show_next(job, args.output)
}

fn allow_hint(job: &JobRecord) -> Option<String> {
    let denied = job.text("/error/type") == "/problems/target-not-allowed";
    denied.then(|| {
        "private addresses are blocked; the server allows them with --fetch-allow, such as 10.0.0.0/8"
            .to_owned()
    })
}

fn show(args: &Args, jobs: &[JobRecord]) -> Result<(), CommandError> {
    match args.output {
        Format::Jsonl | Format::Id => Ok(()),
        Format::Table if args.wait => jobs::counts(jobs).map_or(Ok(()), screen::data),
        Format::Table if jobs.is_empty() => Ok(()),
        format => jobs::show(jobs, format),
    }
}

/// When a wait ends. A longer timeout than a year is a year, so that the addition cannot overflow.
pub(super) fn deadline(timeout: Option<HumanDuration>) -> Option<Instant> {
    timeout.map(|HumanDuration(timeout): HumanDuration| {
        Instant::now() + timeout.min(Duration::from_secs(365 * 24 * 3600))
    })
}
