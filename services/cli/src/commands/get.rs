//! `tally get`, `tally list`: reads jobs.

use reqwest::Method;
use tally_boot::config::HumanDuration;
use tally_extract::Region;

use super::jobs;
use crate::client::{self, Record, Server, ServerOption};
use crate::exit::Exit;
use crate::screen::{self, Format};
use crate::trouble::Trouble;

/// Show jobs as they stand
#[derive(Debug, clap::Args)]
pub(crate) struct Get {
    /// Ids of jobs
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,

    /// Show the numbers over these parts of the document, as in main,title [default: as the job was submitted]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    regions: Vec<Region>,

    /// How results are written
    #[arg(short, long, value_name = "FORMAT", default_value = "json")]
    output: Format,

    #[command(flatten)]
    server: ServerOption,
}

/// List jobs, the newest first
#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// Only those in this state: queued, running, succeeded, failed or cancelled
    #[arg(long, value_name = "STATE")]
    state: Option<String>,

    /// Only those with this mark, as in team:docs; may be repeated
    #[arg(long, value_name = "NAME:VALUE")]
    label: Vec<String>,

    /// Only addresses of this host
    #[arg(long, value_name = "HOST")]
    host: Option<String>,

    /// Only those accepted at this time or later: 2026-01-31T12:00:00Z, or how long ago: 2h
    #[arg(long, value_name = "TIME")]
    since: Option<String>,

    /// Only those accepted before this time
    #[arg(long, value_name = "TIME")]
    until: Option<String>,

    /// Only those with this text in their id, address or file name
    #[arg(short, long, value_name = "TEXT")]
    query: Option<String>,

    /// At most so many
    #[arg(short = 'n', long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,

    /// How results are written
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    output: Format,

    #[command(flatten)]
    server: ServerOption,
}

pub(crate) fn get(args: &Get) -> Result<Exit, Trouble> {
    let server = Server::new(&args.server)?;
    client::run(get_all(args, &server), Vec::new)
}

async fn get_all(args: &Get, server: &Server) -> Result<Exit, Trouble> {
    let mut found = Vec::new();
    let mut exit = Exit::Ok;
    for id in &args.ids {
        match jobs::read(server, id, std::time::Duration::ZERO, &args.regions).await {
            Ok(job) => {
                jobs::show_next(&job, args.output)?;
                found.push(job);
            }
            Err(trouble) => {
                let trouble = trouble.about(id);
                screen::complain(&trouble);
                exit = trouble.exit();
            }
        }
    }
    match args.output {
        Format::Table | Format::Json if !found.is_empty() => jobs::show(&found, args.output)?,
        _ => {}
    }
    Ok(exit)
}

pub(crate) fn list(args: &List) -> Result<Exit, Trouble> {
    let server = Server::new(&args.server)?;
    client::run(list_all(args, &server), Vec::new)
}

async fn list_all(args: &List, server: &Server) -> Result<Exit, Trouble> {
    /// The most that the server gives at once.
    const PAGE: u32 = 1_000;
    let mut found = Vec::new();
    let mut url = server.url("jobs");
    filters(args, &mut url)?;
    url.query_pairs_mut().append_pair("limit", &args.limit.min(PAGE).to_string());
    loop {
        let page = server.json(Method::GET, url).await?;
        let left = args.limit as usize - found.len();
        let jobs = page["jobs"].as_array().cloned().unwrap_or_default().into_iter().take(left).map(Record);
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
        Format::Table if found.is_empty() => screen::talk("no jobs"),
        Format::Table => jobs::show(&found, args.output)?,
        // Always a list here, also of one.
        Format::Json => screen::json(&found)?,
        Format::Jsonl | Format::Id => {}
    }
    Ok(Exit::Ok)
}

fn filters(args: &List, url: &mut url::Url) -> Result<(), Trouble> {
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

/// A time as it is, or as long ago as a stretch of time says.
fn moment(text: Option<&str>) -> Result<Option<String>, Trouble> {
    use tally_kernel::{Clock, Timestamp};
    let Some(text) = text else { return Ok(None) };
    if let Ok(HumanDuration(ago)) = text.parse() {
        let now = tally_boot::SystemClock.now().as_ms();
        let ago = i64::try_from(ago.as_millis()).unwrap_or(i64::MAX);
        return Ok(Some(Timestamp::from_ms(now.saturating_sub(ago)).to_string()));
    }
    match Timestamp::parse(text) {
        Some(moment) => Ok(Some(moment.to_string())),
        None => Err(Trouble::new(Exit::Usage, format!("{text:?} is no time"))
            .hint("give 2026-01-31T12:00:00Z, or how long ago it was, as in 2h")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_moments_or_ages() {
        assert_eq!(moment(None).unwrap(), None);
        assert_eq!(
            moment(Some("2026-01-31T13:00:00+01:00")).unwrap().as_deref(),
            Some("2026-01-31T12:00:00.000Z")
        );
        assert!(moment(Some("2h")).unwrap().unwrap().ends_with('Z'));
        assert_eq!(moment(Some("noon")).unwrap_err().exit(), Exit::Usage);
    }
}
