//! `tally doctor`: checks a server and what it depends on, and prints one line per check.

#[cfg(feature = "cluster")]
mod cluster;
mod folder;
mod repair;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use reqwest::Method;
use reqwest::header::DATE;
use serde::Serialize;
use serde_json::Value;
use tally_boot::SystemClock;
use tally_boot::config::sections::ClusterOptions;
use tally_kernel::{Clock, Timestamp};

use crate::client::{self, ApiClient, Body, ServerOption};
use crate::command_error::CommandError;
use crate::exit::Exit;
use crate::screen::{self, Align, Format, Table};

/// A smaller difference of two clocks is fine. A `Date` header has whole seconds.
const SKEW: Duration = Duration::from_secs(2);

/// Check the server and its surroundings
///
/// Checks that the server is reachable and accepts jobs, its version and its clock, and that the disk of the data folder
/// is suitable. If MONGODB_URI and AMQP_URL are set, also checks that the store and the broker of the cluster are
/// reachable, and their versions and setup.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    server: ServerOption,

    /// The data folder to check, if the server runs on this machine [default: ./tally-data, if it exists]
    #[arg(long, env = "TALLY_DATA", value_name = "FOLDER")]
    data: Option<PathBuf>,

    #[command(flatten)]
    cluster: ClusterOptions,

    /// Repair the data folder of a stopped server
    ///
    /// Copies the database aside, saves what can be read of it and of its write-ahead log, and says what is lost.
    #[arg(long)]
    repair: bool,

    /// Format of the findings
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    output: Format,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Finding {
    check: &'static str,
    health: Health,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum Health {
    Ok,
    Warning,
    Bad,
}

impl Finding {
    fn new(check: &'static str, health: Health, found: impl Into<String>) -> Self {
        Self { check, health, found: found.into(), advice: None }
    }

    fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }
}

pub(crate) fn run(args: &Args) -> Result<Exit, CommandError> {
    if args.repair {
        let default = PathBuf::from("./tally-data");
        return repair::repair(args.data.as_ref().unwrap_or(&default));
    }
    let server = ApiClient::new(&args.server)?;
    let mut findings = Vec::new();
    let checks = async {
        let exit = check_server(&server, &mut findings).await;
        Ok(check_cluster(args, &mut findings).await.unwrap_or(exit))
    };
    let mut exit = client::run(checks, Vec::new)?;
    let default = PathBuf::from("./tally-data");
    match &args.data {
        Some(folder) => findings.extend(folder::check(folder)),
        None if default.is_dir() => findings.extend(folder::check(&default)),
        None => {}
    }
    if exit == Exit::Ok && findings.iter().any(|finding| finding.health == Health::Bad) {
        exit = Exit::Error;
    }
    show(&findings, args.output)?;
    Ok(exit)
}

/// The exit status if the store or the broker cannot be reached.
#[cfg(feature = "cluster")]
async fn check_cluster(args: &Args, findings: &mut Vec<Finding>) -> Option<Exit> {
    let cluster = cluster::check(&args.cluster).await;
    findings.extend(cluster.findings);
    cluster.unreachable.then_some(Exit::Unavailable)
}

/// The address of a cluster was refused before.
#[cfg(not(feature = "cluster"))]
async fn check_cluster(_: &Args, _: &mut Vec<Finding>) -> Option<Exit> {
    None
}

async fn check_server(server: &ApiClient, findings: &mut Vec<Finding>) -> Exit {
    let began = Instant::now();
    let answer = server.send(Method::GET, server.url(""), &[], Body::None).await;
    let took = began.elapsed();
    let response = match answer {
        Ok(response) => response,
        Err(error) => {
            let finding = Finding::new("server", Health::Bad, error.message());
            findings.push(error.hints().iter().fold(finding, |finding, hint| finding.advice(hint)));
            return Exit::Unavailable;
        }
    };
    let date = response.headers().get(DATE).and_then(|value| value.to_str().ok()).map(str::to_owned);
    match server.read_json(response).await {
        Ok(about) if about["name"] == "tally" => findings.push(version(server, &about, took)),
        _ => {
            let message = format!("what answers at {} is not a tally server", server.base());
            findings.push(
                Finding::new("server", Health::Bad, message).advice("name the right one with --server"),
            );
            return Exit::Unavailable;
        }
    }
    findings.push(ready(server).await);
    findings.extend(date.and_then(|date| skew(&date, SystemClock.now())));
    Exit::Ok
}

fn version(server: &ApiClient, about: &Value, took: Duration) -> Finding {
    let theirs = about["version"].as_str().unwrap_or_default();
    let ours = env!("CARGO_PKG_VERSION");
    let ms = took.as_secs_f64() * 1e3;
    let found = format!("tally {theirs} at {}, answered in {ms:.1} ms", server.base());
    if theirs == ours {
        return Finding::new("server", Health::Ok, found);
    }
    Finding::new("server", Health::Warning, format!("{found}; this command has version {ours}"))
        .advice("use the same version on both sides")
}

async fn ready(server: &ApiClient) -> Finding {
    match server.get_json(server.url("health/ready")).await {
        Ok(health) => {
            let parts = health["parts"].as_array().cloned().unwrap_or_default();
            let each: Vec<_> =
                parts.iter().map(|part| part["name"].as_str().unwrap_or_default().to_owned()).collect();
            Finding::new("ready", Health::Ok, format!("takes jobs ({} answer)", each.join(", ")))
        }
        Err(error) => Finding::new("ready", Health::Bad, error.message()).advice("the server's log says why"),
    }
}

/// Compares the server's clock with this machine's. The date is of RFC 9110: `Sun, 06 Nov 1994 08:49:37 GMT`.
fn skew(date: &str, now: Timestamp) -> Option<Finding> {
    let theirs = jiff::fmt::rfc2822::parse(date).ok()?.timestamp();
    let theirs = Timestamp::from_ms(theirs.as_millisecond());
    let apart = now.since(theirs).max(theirs.since(now));
    let seconds = apart.as_secs();
    if apart <= SKEW {
        return Some(Finding::new("clock", Health::Ok, "the server's clock agrees with this machine's"));
    }
    let message = format!("the server's clock is {seconds} s away from this machine's");
    Some(Finding::new("clock", Health::Warning, message).advice("let both follow a time server"))
}

fn show(findings: &[Finding], format: Format) -> Result<(), CommandError> {
    match format {
        Format::Json => screen::json(&findings),
        Format::Jsonl => findings.iter().try_for_each(screen::json_line),
        Format::Table | Format::Id => {
            let mut table = Table::new(&[("check", Align::Left), ("", Align::Left), ("found", Align::Left)]);
            for finding in findings {
                let health = match finding.health {
                    Health::Ok => "ok",
                    Health::Warning => "warning",
                    Health::Bad => "bad",
                };
                table.row([finding.check, health, &finding.found].map(str::to_owned));
            }
            screen::data(table)?;
            findings.iter().filter_map(|finding| finding.advice.as_ref()).for_each(screen::hint);
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tolerates_a_small_clock_skew() {
        let health =
            |now| skew("Sun, 06 Nov 1994 08:49:37 GMT", Timestamp::parse(now).unwrap()).unwrap().health;
        assert_eq!(health("1994-11-06T08:49:38.900Z"), Health::Ok);
        assert_eq!(health("1994-11-06T08:49:30Z"), Health::Warning);
        assert_eq!(skew("yesterday", Timestamp::from_ms(0)), None);
    }
}
