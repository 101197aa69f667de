//! `tally watch`: follows jobs to their ends, and tells each change of state on the way.

use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use tally_boot::config::HumanDuration;
use tokio::time::Instant;

use super::{jobs, submit};
use crate::client::{self, Record, Server, ServerOption};
use crate::exit::Exit;
use crate::screen::{self, Format};
use crate::trouble::Trouble;

/// How often a change of state is looked for. An end is told at once.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How many are followed at once.
const AT_ONCE: usize = 64;

/// Follow jobs to their ends
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Ids of jobs
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,

    /// Wait no longer than this; the jobs go on
    #[arg(long, value_name = "TIME")]
    timeout: Option<HumanDuration>,

    /// How results are written
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    output: Format,

    #[command(flatten)]
    server: ServerOption,
}

pub(crate) fn run(args: &Args) -> Result<Exit, Trouble> {
    let server = Server::new(&args.server)?;
    let advice = || vec![format!("the jobs go on; to see the end: tally watch {}", args.ids.join(" "))];
    client::run(watch(args, &server), advice)
}

async fn watch(args: &Args, server: &Server) -> Result<Exit, Trouble> {
    let until = submit::until(args.timeout);
    let ends: Vec<Record> = stream::iter(&args.ids)
        .map(|id| follow(args, server, id, until))
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    for job in &ends {
        if let Some(why) = job.failure() {
            screen::complain(&Trouble::new(Exit::JobFailed, format!("{}: {why}", job.source())));
        }
    }
    match args.output {
        Format::Table => jobs::counts(&ends).map_or(Ok(()), screen::data)?,
        Format::Json => jobs::show(&ends, args.output)?,
        Format::Jsonl | Format::Id => {}
    }
    let running: Vec<&str> = ends.iter().filter(|job| !job.is_end()).map(Record::id).collect();
    if !running.is_empty() {
        screen::hint(format_args!("not ended yet; to see the end: tally watch {}", running.join(" ")));
    }
    Ok(jobs::exit(&ends))
}

async fn follow(args: &Args, server: &Server, id: &str, until: Option<Instant>) -> Result<Record, Trouble> {
    let mut seen = String::new();
    loop {
        let look = Instant::now() + LOOK_EVERY;
        let next = until.map_or(look, |until| until.min(look));
        // The first look waits for nothing, so that the state is told at once.
        let next = if seen.is_empty() { Instant::now() } else { next };
        let job = jobs::wait(server, id, Some(next)).await.map_err(|trouble| trouble.about(id))?;
        let stands = standing(&job);
        if stands != seen {
            screen::talk(format_args!("{id}  {stands}"));
            seen = stands;
        }
        if job.is_end() || until.is_some_and(|until| Instant::now() >= until) {
            jobs::show_next(&job, args.output)?;
            return Ok(job);
        }
    }
}

/// Where a job stands, in a few words.
fn standing(job: &Record) -> String {
    let attempts = job.number("/attempts").unwrap_or_default();
    let again = job.text("/retrying/error/detail");
    match (job.state(), attempts) {
        ("queued", 1..) if !again.is_empty() => format!("queued again after attempt {attempts}: {again}"),
        ("running", 2..) => format!("running, attempt {attempts}"),
        (state, _) => state.to_owned(),
    }
}
