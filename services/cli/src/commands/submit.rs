//! `tally submit`: hands texts, files and addresses to a server, and waits for their ends if asked to.

mod handed;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use tally_boot::config::HumanDuration;
use tokio::time::Instant;
use url::Url;

use self::handed::Handed;
use super::jobs;
use crate::client::{self, Record, Server, ServerOption};
use crate::exit::Exit;
use crate::screen::{self, Format, Progress};
use crate::trouble::Trouble;

/// How many are handed in, or waited for, at once.
const AT_ONCE: usize = 16;

/// Hand texts, files and addresses to a server
///
/// Prints the jobs as they are accepted; with --wait, the counts once they have ended. With -o jsonl each job is
/// printed as soon as it is known.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Files, http(s) addresses, texts in quotes, or - for standard input
    #[arg(value_name = "TEXT|FILE|URL|-", required_unless_present = "text")]
    sources: Vec<String>,

    /// A text as it is, whatever it looks like; may be repeated
    #[arg(long, value_name = "TEXT")]
    text: Vec<String>,

    /// Wait for the ends
    #[arg(short, long)]
    wait: bool,

    /// Wait no longer than this; the jobs go on
    #[arg(long, value_name = "TIME", requires = "wait")]
    timeout: Option<HumanDuration>,

    /// How results are written
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    output: Format,

    /// A name for this very request: a repeat of it gives the first job back
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,

    #[command(flatten)]
    wishes: Wishes,

    #[command(flatten)]
    server: ServerOption,
}

/// Options of the jobs themselves. The server checks them.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Job options")]
struct Wishes {
    /// Which definition of a word gives the headline number
    #[arg(short, long, value_name = "NAME")]
    definition: Option<String>,

    /// How many of the most frequent words the record shows
    #[arg(long, value_name = "N")]
    top: Option<u32>,

    /// How many words stand in each row of words that the record shows, 2 to 5; none when not given
    #[arg(long, value_name = "WORDS")]
    ngrams: Option<u32>,

    /// Have the record tell why the definitions differ
    #[arg(long)]
    why: bool,

    /// Which parts of a document count, as in main,title
    #[arg(long, value_name = "NAMES")]
    regions: Option<String>,

    /// The language of the text, as in de or zh-Hant
    #[arg(long, value_name = "TAG")]
    language: Option<String>,

    /// high, normal or low
    #[arg(long, value_name = "CLASS")]
    priority: Option<String>,

    /// Fail a job that has not ended after this time
    #[arg(long, value_name = "TIME")]
    deadline: Option<HumanDuration>,

    /// Keep an ended job for this long
    #[arg(long, value_name = "TIME")]
    retain: Option<HumanDuration>,

    /// A mark to find the job by, as in team:docs; may be repeated
    #[arg(long, value_name = "NAME:VALUE")]
    label: Vec<String>,
}

impl Wishes {
    fn append(&self, url: &mut Url) {
        let ms = |span: &Option<HumanDuration>| span.as_ref().map(|span| span.0.as_millis().to_string());
        let mut query = url.query_pairs_mut();
        for (name, value) in [
            ("definition", self.definition.clone()),
            ("top", self.top.map(|top| top.to_string())),
            ("ngrams", self.ngrams.map(|words| words.to_string())),
            ("why", self.why.then(|| "true".to_owned())),
            ("regions", self.regions.clone()),
            ("language", self.language.clone()),
            ("priority", self.priority.clone()),
            ("deadline_ms", ms(&self.deadline)),
            ("retain_ms", ms(&self.retain)),
        ] {
            if let Some(value) = value {
                query.append_pair(name, &value);
            }
        }
        for label in &self.label {
            query.append_pair("label", label);
        }
    }
}

/// Jobs that were accepted and have not ended, for those who interrupt us.
#[derive(Clone, Default)]
struct Waiting(Arc<Mutex<Vec<String>>>);

impl Waiting {
    fn add(&self, id: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(id.to_owned());
    }

    fn remove(&self, id: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|known| known != id);
    }

    /// What to do about those that are left.
    fn advice(&self) -> Vec<String> {
        let ids = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if ids.is_empty() { Vec::new() } else { vec![goes_on(&ids)] }
    }
}

fn goes_on(ids: &[String]) -> String {
    let subject = if ids.len() == 1 { "the job goes on" } else { "the jobs go on" };
    format!("{subject}; to see the end: tally watch {}", ids.join(" "))
}

pub(crate) fn run(args: &Args) -> Result<Exit, Trouble> {
    let handed = handed::all(&args.sources, &args.text)?;
    if args.idempotency_key.is_some() && handed.len() != 1 {
        return Err(Trouble::new(Exit::Usage, "one idempotency key names one job")
            .hint("submit one thing at a time with a key"));
    }
    let server = Server::new(&args.server)?;
    let waiting = Waiting::default();
    client::run(submit_all(args, &server, handed, &waiting), || waiting.advice())
}

async fn submit_all(
    args: &Args,
    server: &Server,
    handed: Vec<Result<Handed, Trouble>>,
    waiting: &Waiting,
) -> Result<Exit, Trouble> {
    let until = args.timeout.map(|timeout| Instant::now() + timeout.0);
    let progress = Progress::of_things(handed.len() as u64);
    let all = handed.len();
    let mut ends = stream::iter(handed.into_iter().enumerate())
        .map(|(place, handed)| async move { (place, submit(args, server, handed, until, waiting).await) })
        .buffer_unordered(AT_ONCE);
    let mut jobs: Vec<Option<Record>> = vec![None; all];
    let mut trouble = None;
    while let Some((place, end)) = ends.next().await {
        progress.advance(1);
        match end {
            Ok(job) => {
                progress.aside(|| note(args, &job))?;
                jobs[place] = Some(job);
            }
            Err(met) => {
                progress.aside(|| screen::complain(&met));
                trouble = Some(met.exit());
            }
        }
    }
    drop(progress);
    let jobs: Vec<Record> = jobs.into_iter().flatten().collect();
    show(args, &jobs)?;
    let unfinished = waiting.advice();
    unfinished.into_iter().for_each(screen::hint);
    Ok(trouble.unwrap_or_else(|| if args.wait { jobs::exit(&jobs) } else { Exit::Ok }))
}

async fn submit(
    args: &Args,
    server: &Server,
    handed: Result<Handed, Trouble>,
    until: Option<Instant>,
    waiting: &Waiting,
) -> Result<Record, Trouble> {
    let handed = handed?;
    let mut url = server.url("jobs");
    args.wishes.append(&mut url);
    let mut headers = handed.describe(&mut url);
    if let Some(key) = &args.idempotency_key {
        headers.push(("idempotency-key", key.clone()));
    }
    if url.query() == Some("") {
        url.set_query(None);
    }
    let mut given = false;
    let job =
        server.hand_in(url, &headers, async || handed.body(std::mem::replace(&mut given, true)).await).await;
    let job = Record(job.map_err(|trouble| trouble.about(handed.name()))?);
    if !args.wait || job.is_end() {
        return Ok(job);
    }
    waiting.add(job.id());
    let end = jobs::wait(server, job.id(), until).await?;
    if end.is_end() {
        waiting.remove(end.id());
    }
    Ok(end)
}

/// What can be told of a job before the others are known.
fn note(args: &Args, job: &Record) -> Result<(), Trouble> {
    if let Some(why) = job.failure() {
        screen::complain(
            &Trouble::new(Exit::JobFailed, format!("{}: {why}", job.source())).hint_if(allow_hint(job)),
        );
    }
    jobs::show_next(job, args.output)
}

fn allow_hint(job: &Record) -> Option<String> {
    let denied = job.text("/error/type") == "/problems/target-not-allowed";
    denied.then(|| {
        "private addresses are blocked; the server allows them with --fetch-allow, as in 10.0.0.0/8"
            .to_owned()
    })
}

fn show(args: &Args, jobs: &[Record]) -> Result<(), Trouble> {
    match args.output {
        Format::Jsonl | Format::Id => Ok(()),
        Format::Table if args.wait => jobs::counts(jobs).map_or(Ok(()), screen::data),
        Format::Table if jobs.is_empty() => Ok(()),
        format => jobs::show(jobs, format),
    }
}

/// How long a wait may be at most, for `watch` as well.
pub(super) fn until(timeout: Option<HumanDuration>) -> Option<Instant> {
    timeout.map(|HumanDuration(timeout): HumanDuration| {
        Instant::now() + timeout.min(Duration::from_secs(365 * 24 * 3600))
    })
}
