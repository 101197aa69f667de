//! What the commands about jobs have in common: waiting for an end, and how jobs are shown.

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use tally_extract::Region;
use tokio::time::Instant;

use crate::client::{Record, Server};
use crate::exit::Exit;
use crate::screen::{self, Align, Format, Table};
use crate::trouble::Trouble;

/// How long one request waits on the server's side.
const AT_ONCE: Duration = Duration::from_secs(30);
/// How long a server may be away before somebody who waits gives up.
const PATIENCE: Duration = Duration::from_secs(30);

/// A job as it stands, after waiting up to `wait` for its end; over these regions, or its own when there are none.
pub(super) async fn read(
    server: &Server,
    id: &str,
    wait: Duration,
    regions: &[Region],
) -> Result<Record, Trouble> {
    let mut url = server.url(&format!("jobs/{}", segment(id)?));
    if !wait.is_zero() {
        url.query_pairs_mut().append_pair("wait", &format!("{}ms", wait.as_millis()));
    }
    if !regions.is_empty() {
        let names: Vec<_> = regions.iter().map(|region| region.as_str()).collect();
        url.query_pairs_mut().append_pair("regions", &names.join(","));
    }
    server.json(Method::GET, url).await.map(Record)
}

/// An id as a part of a path. What cannot be one is not asked for.
pub(super) fn segment(id: &str) -> Result<&str, Trouble> {
    let plain = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if plain {
        return Ok(id);
    }
    Err(Trouble::new(Exit::Usage, format!("{id:?} is no job's id"))
        .hint("ids look like 0190d5f4-7b1e-7c3a-9f00-3b5c6d7e8f90; tally list shows them"))
}

/// Waits until the job has ended or `until` has come. A server that is away for a moment, as at a restart, is
/// waited for: the job is on its disk.
pub(super) async fn wait(server: &Server, id: &str, until: Option<Instant>) -> Result<Record, Trouble> {
    let mut away: Option<Instant> = None;
    loop {
        let left =
            until.map_or(AT_ONCE, |until| until.saturating_duration_since(Instant::now()).min(AT_ONCE));
        match read(server, id, left, &[]).await {
            Ok(job) if job.is_end() => return Ok(job),
            Ok(job) if until.is_some_and(|until| Instant::now() >= until) => return Ok(job),
            Ok(_) => away = None,
            Err(trouble) if trouble.exit() == Exit::Unavailable => {
                let since = *away.get_or_insert_with(Instant::now);
                if since.elapsed() > PATIENCE || until.is_some_and(|until| Instant::now() >= until) {
                    return Err(
                        trouble.hint(format!("the job goes on when the server is back: tally watch {id}"))
                    );
                }
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
            Err(trouble) => return Err(trouble),
        }
    }
}

/// How a command ends that waited for these jobs.
pub(super) fn exit<'a>(jobs: impl IntoIterator<Item = &'a Record>) -> Exit {
    let exits: Vec<Exit> = jobs.into_iter().map(Record::exit).collect();
    let worst = [Exit::JobFailed, Exit::StillRunning].into_iter().find(|exit| exits.contains(exit));
    worst.unwrap_or(Exit::Ok)
}

/// Writes jobs, each with its state.
pub(super) fn show(jobs: &[Record], format: Format) -> Result<(), Trouble> {
    match format {
        Format::Json if jobs.len() == 1 => screen::json(&jobs[0]),
        Format::Json => screen::json(&jobs),
        Format::Jsonl => jobs.iter().try_for_each(screen::json_line),
        Format::Id => screen::data(jobs.iter().map(|job| format!("{}\n", job.id())).collect::<String>()),
        Format::Table => screen::data(states(jobs)),
    }
}

/// Writes one job while others are still to come, where the format has a place for that.
pub(super) fn show_next(job: &Record, format: Format) -> Result<(), Trouble> {
    match format {
        Format::Jsonl => screen::json_line(job),
        Format::Id => screen::data(format_args!("{}\n", job.id())),
        Format::Json | Format::Table => Ok(()),
    }
}

fn states(jobs: &[Record]) -> Table {
    let columns = [
        ("id", Align::Left),
        ("state", Align::Left),
        ("created", Align::Left),
        ("words", Align::Right),
        ("source", Align::Left),
    ];
    let mut table = Table::new(&columns);
    for job in jobs {
        let words = job.number("/result/words").map(|words| words.to_string()).unwrap_or_default();
        let cells = [job.id(), job.state(), job.text("/created_at"), &words, job.source()];
        table.row(cells.map(str::to_owned));
    }
    table
}

/// The counts of jobs that succeeded, in columns like `wc`'s with a total.
pub(super) fn counts(jobs: &[Record]) -> Option<Table> {
    let counted: Vec<_> = jobs.iter().filter(|job| job.state() == "succeeded").collect();
    let names = definitions(counted.first()?);
    let mut columns: Vec<_> = names.iter().map(|name| (name.as_str(), Align::Right)).collect();
    columns.extend([("lines", Align::Right), ("characters", Align::Right), ("source", Align::Left)]);
    let mut table = Table::new(&columns);
    let mut sums = vec![0; names.len() + 2];
    for job in &counted {
        let numbers = numbers(job, &names);
        sums.iter_mut().zip(&numbers).for_each(|(sum, number)| *sum += number);
        table.row(numbers.iter().map(u64::to_string).chain([job.source().to_owned()]));
    }
    if counted.len() > 1 {
        table.row(sums.iter().map(u64::to_string).chain(["total".to_owned()]));
    }
    Some(table)
}

fn definitions(job: &Record) -> Vec<String> {
    let all = job.0.pointer("/result/definitions").and_then(Value::as_object);
    all.into_iter().flat_map(|all| all.keys().cloned()).collect()
}

fn numbers(job: &Record, definitions: &[String]) -> Vec<u64> {
    let words = definitions.iter().map(|name| job.number(&format!("/result/definitions/{name}")));
    let rest = [job.number("/result/lines"), job.number("/result/characters")];
    words.chain(rest).map(Option::unwrap_or_default).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn job(name: &str, words: u64) -> Record {
        let result = json!({"words": words, "definitions": {"wc": words}, "lines": 1, "characters": 9});
        Record(json!({"id": "1", "state": "succeeded", "source": {"name": name}, "result": result}))
    }

    #[test]
    fn counts_have_a_total_when_there_are_several() {
        let failed = Record(json!({"state": "failed"}));
        let table = counts(&[job("a", 4), failed, job("b", 38)]).unwrap().to_string();
        assert_eq!(
            table,
            "wc  lines  characters  source\n 4      1           9  a\n38      1           9  b\n42      2          18  total\n"
        );
        assert_eq!(counts(&[job("a", 4)]).unwrap().to_string().lines().count(), 2);
        assert!(counts(&[]).is_none());
    }

    #[test]
    fn the_worst_end_decides() {
        let state = |state: &str| Record(json!({"state": state}));
        assert_eq!(exit(&[state("succeeded")]), Exit::Ok);
        assert_eq!(exit(&[state("queued"), state("failed"), state("succeeded")]), Exit::JobFailed);
        assert_eq!(exit(&[state("queued"), state("succeeded")]), Exit::StillRunning);
    }

    #[test]
    fn an_id_is_no_path() {
        assert!(segment("0190d5f4-7b1e-7c3a-9f00-3b5c6d7e8f90").is_ok());
        for bad in ["", "../metrics", "a b", "a?b"] {
            assert_eq!(segment(bad).unwrap_err().exit(), Exit::Usage, "{bad}");
        }
    }
}
