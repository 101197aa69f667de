//! `tally get` and `tally list`: read jobs.

use std::time::Duration;

use tally_boot::config::HumanDuration;
use tally_extract::Region;

use super::jobs;
use crate::client::{self, ApiClient, JobRecord, ServerOption};
use crate::command_error::CommandError;
use crate::exit::Exit;
use crate::screen::{self, Format};

/// Show jobs
#[derive(Debug, clap::Args)]
pub(crate) struct Get {
    /// Ids of jobs
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,

    /// Show the numbers of these parts of the document, such as main,title [default: as the job was submitted]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    regions: Vec<Region>,

    /// Format of the results
    #[arg(short, long, value_name = "FORMAT", default_value = "json")]
    output: Format,

    #[command(flatten)]
    server: ServerOption,
}

/// List jobs, the newest first
#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// Only jobs in this state: queued, running, succeeded, failed or cancelled
    #[arg(long, value_name = "STATE")]
    state: Option<String>,

    /// Only jobs with this label, such as team:docs; may be repeated
    #[arg(long, value_name = "NAME:VALUE")]
    label: Vec<String>,

    /// Only addresses of this host
    #[arg(long, value_name = "HOST")]
    host: Option<String>,

    /// Only jobs accepted at this time or later: 2026-01-31T12:00:00Z, or how long ago: 2h
    #[arg(long, value_name = "TIME")]
    since: Option<String>,

    /// Only jobs accepted before this time
    #[arg(long, value_name = "TIME")]
    until: Option<String>,

    /// Only jobs with this text in their id, address or file name
    #[arg(short, long, value_name = "TEXT")]
    query: Option<String>,

    /// At most this many
    #[arg(short = 'n', long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,

    /// Format of the results
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    output: Format,

    #[command(flatten)]
    server: ServerOption,
}

pub(crate) fn get(args: &Get) -> Result<Exit, CommandError> {
    let server = ApiClient::new(&args.server)?;
    let get = async |id: &str| jobs::get(&server, id, Duration::ZERO, &args.regions).await.map(Some);
    client::run(jobs::each(&args.ids, args.output, get), Vec::new)
}

pub(crate) fn list(args: &List) -> Result<Exit, CommandError> {
    let server = ApiClient::new(&args.server)?;
    client::run(list_all(args, &server), Vec::new)
}

async fn list_all(args: &List, server: &ApiClient) -> Result<Exit, CommandError> {
    /// The largest page of the server.
    const PAGE: u32 = 1_000;
    let mut found = Vec::new();
    let mut url = server.url("jobs");
    filters(args, &mut url)?;
    url.query_pairs_mut().append_pair("limit", &args.limit.min(PAGE).to_string());
    loop {
        let page = server.get_json(url).await?;
        let left = args.limit as usize - found.len();
        let jobs = page["jobs"].as_array().cloned().unwrap_or_default().into_iter().take(left).map(JobRecord);
        for job in jobs {
            jobs::show_next(&job, args.output)?;
            found.push(job);
        }
        url = match page["next"].as_str() {
            Some(next) if found.len() < args.limit as usize => server.url(next),
            _ => break,
        };
    }
    match args.output {
        Format::Table if found.is_empty() => screen::info("no jobs"),
        Format::Table => jobs::show(&found, args.output)?,
        // Always a list, also of one job.
        Format::Json => screen::json(&found)?,
        Format::Jsonl | Format::Id => {}
    }
    Ok(Exit::Ok)
}

fn filters(args: &List, url: &mut url::Url) -> Result<(), CommandError> {
    let (since, until) = (moment(args.since.as_deref())?, moment(args.until.as_deref())?);
    let mut query = url.query_pairs_mut();
    for (name, value) in [
        ("state", &args.state),
        ("host", &args.host),
        ("since", &since),
        ("until", &until),
        ("q", &args.query),
    ] {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    for label in &args.label {
        query.append_pair("label", label);
    }
    Ok(())
}

/// A time, or a duration before now.
fn moment(text: Option<&str>) -> Result<Option<String>, CommandError> {
    use tally_kernel::{Clock, Timestamp};
    let Some(text) = text else { return Ok(None) };
    if let Ok(HumanDuration(ago)) = text.parse() {
        let now = tally_boot::SystemClock.now().as_ms();
        let ago = i64::try_from(ago.as_millis()).unwrap_or(i64::MAX);
        return Ok(Some(Timestamp::from_ms(now.saturating_sub(ago)).to_string()));
    }
    match Timestamp::parse(text) {
        Some(moment) => Ok(Some(moment.to_string())),
        None => Err(CommandError::new(Exit::Usage, format!("{text:?} is not a time"))
            .hint("give 2026-01-31T12:00:00Z, or how long ago it was, such as 2h")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_times_and_durations() {
        assert_eq!(moment(None).unwrap(), None);
        assert_eq!(
            moment(Some("2026-01-31T13:00:00+01:00")).unwrap().as_deref(),
            Some("2026-01-31T12:00:00.000Z")
        );
        assert!(moment(Some("2h")).unwrap().unwrap().ends_with('Z'));
        assert_eq!(moment(Some("noon")).unwrap_err().exit(), Exit::Usage);
    }
}
