//! `tally watch`: follows jobs until they end, and prints each change of state.

use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use tally_boot::config::HumanDuration;
use tokio::time::Instant;

use super::{jobs, submit};
use crate::client::{self, ApiClient, JobRecord, ServerOption};
use crate::command_error::CommandError;
use crate::exit::Exit;
use crate::screen::{self, Format};

/// The interval between two checks of a job's state. An end is seen at once.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// How many jobs are followed at once.
const CONCURRENCY: usize = 64;

/// Follow jobs until they end
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Ids of jobs
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,

    /// Wait at most this long; the jobs continue
    #[arg(long, value_name = "TIME")]
    timeout: Option<HumanDuration>,

    /// Format of the results
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    output: Format,

    #[command(flatten)]
    server: ServerOption,
}

pub(crate) fn run(args: &Args) -> Result<Exit, CommandError> {
    let server = ApiClient::new(&args.server)?;
    client::run(watch(args, &server), || vec![submit::watch_hint(&args.ids)])
}

async fn watch(args: &Args, server: &ApiClient) -> Result<Exit, CommandError> {
    let until = submit::deadline(args.timeout);
    let jobs: Vec<JobRecord> = stream::iter(&args.ids)
        .map(|id| follow(args, server, id, until))
        .buffered(CONCURRENCY)
        .try_collect()
        .await?;
    for job in &jobs {
        if let Some(why) = job.failure() {
            screen::error(&CommandError::new(Exit::JobFailed, format!("{}: {why}", job.source())));
        }
    }
    match args.output {
        Format::Table => jobs::counts(&jobs).map_or(Ok(()), screen::data)?,
        Format::Json => jobs::show(&jobs, args.output)?,
        Format::Jsonl | Format::Id => {}
    }
    let running: Vec<&str> = jobs.iter().filter(|job| !job.has_ended()).map(JobRecord::id).collect();
    if !running.is_empty() {
        screen::hint(format_args!("not ended yet; to see the end: tally watch {}", running.join(" ")));
    }
    Ok(jobs::exit(&jobs))
}

async fn follow(
    args: &Args,
    server: &ApiClient,
    id: &str,
    until: Option<Instant>,
) -> Result<JobRecord, CommandError> {
    let mut seen = String::new();
    loop {
        let next_poll = Instant::now() + POLL_INTERVAL;
        let next = until.map_or(next_poll, |until| until.min(next_poll));
        // The first request does not wait, so that the state is printed at once.
        let next = if seen.is_empty() { Instant::now() } else { next };
        let job = jobs::wait(server, id, Some(next)).await.map_err(|error| error.about(id))?;
        let state = describe_state(&job);
        if state != seen {
            screen::info(format_args!("{id}  {state}"));
            seen = state;
        }
        if job.has_ended() || until.is_some_and(|until| Instant::now() >= until) {
            jobs::show_next(&job, args.output)?;
            return Ok(job);
        }
    }
}

fn describe_state(job: &JobRecord) -> String {
    let attempts = job.number("/attempts").unwrap_or_default();
    let again = job.text("/retrying/error/detail");
    match (job.state(), attempts) {
        ("queued", 1..) if !again.is_empty() => format!("queued again after attempt {attempts}: {again}"),
        ("running", 2..) => format!("running, attempt {attempts}"),
        (state, _) => state.to_owned(),
    }
}
