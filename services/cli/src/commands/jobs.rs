//! Shared by the commands about jobs: requests, waiting for the end of a job, and output.

use std::time::Duration;

use serde_json::Value;
use tally_count::Definition;
use tally_extract::Region;
use tokio::time::Instant;

use crate::client::{ApiClient, JobRecord};
use crate::command_error::CommandError;
use crate::exit::Exit;
use crate::screen::{self, Align, Format, Table};

/// How long the server may hold one request.
const LONG_POLL: Duration = Duration::from_secs(30);
/// How long a wait tolerates an unreachable server.
const OUTAGE_TIMEOUT: Duration = Duration::from_secs(30);

/// A job, after waiting up to `wait` for its end. Its numbers are of `regions`, or of its own regions if that is empty.
pub(super) async fn get(
    server: &ApiClient,
    id: &str,
    wait: Duration,
    regions: &[Region],
) -> Result<JobRecord, CommandError> {
    let mut url = server.url(&format!("jobs/{}", path_segment(id)?));
    if !wait.is_zero() {
        url.query_pairs_mut().append_pair("wait", &format!("{}ms", wait.as_millis()));
    }
    if !regions.is_empty() {
        let names: Vec<_> = regions.iter().map(|region| region.as_str()).collect();
        url.query_pairs_mut().append_pair("regions", &names.join(","));
    }
    server.get_json(url).await.map(JobRecord)
}

/// Writes the job that `act` returns for each id; none means that it was deleted. An id that fails does not stop the
/// others.
pub(super) async fn each(
    ids: &[String],
    format: Format,
    act: impl AsyncFn(&str) -> Result<Option<JobRecord>, CommandError>,
) -> Result<Exit, CommandError> {
    let mut found = Vec::new();
    let mut exit = Exit::Ok;
    for id in ids {
        match act(id).await {
            Ok(Some(job)) => {
                show_next(&job, format)?;
                found.push(job);
            }
            Ok(None) => screen::info(format_args!("{id}  deleted")),
            Err(error) => {
                let error = error.about(id);
                screen::error(&error);
                exit = error.exit();
            }
        }
    }
    match format {
        Format::Table | Format::Json if !found.is_empty() => show(&found, format)?,
        _ => {}
    }
    Ok(exit)
}

/// Checks that an id is safe as a segment of a path.
pub(super) fn path_segment(id: &str) -> Result<&str, CommandError> {
    let plain = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if plain {
        return Ok(id);
    }
    Err(CommandError::new(Exit::Usage, format!("{id:?} is not the id of a job"))
        .hint("ids look like 0190d5f4-7b1e-7c3a-9f00-3b5c6d7e8f90; tally list shows them"))
}

/// Waits until the job has ended, or until `until`. Tolerates a short outage of the server, such as a restart: the job
/// is on its disk.
pub(super) async fn wait(
    server: &ApiClient,
    id: &str,
    until: Option<Instant>,
) -> Result<JobRecord, CommandError> {
    let mut unreachable_since: Option<Instant> = None;
    loop {
        let left =
            until.map_or(LONG_POLL, |until| until.saturating_duration_since(Instant::now()).min(LONG_POLL));
        match get(server, id, left, &[]).await {
            Ok(job) if job.has_ended() => return Ok(job),
            Ok(job) if until.is_some_and(|until| Instant::now() >= until) => return Ok(job),
            Ok(_) => unreachable_since = None,
            Err(error) if error.exit() == Exit::Unavailable => {
                let since = *unreachable_since.get_or_insert_with(Instant::now);
                if since.elapsed() > OUTAGE_TIMEOUT || until.is_some_and(|until| Instant::now() >= until) {
                    return Err(
                        error.hint(format!("the job continues when the server is back: tally watch {id}"))
                    );
                }
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
            Err(error) => return Err(error),
        }
    }
}

/// The exit status of a command that waited for these jobs.
pub(super) fn exit<'a>(jobs: impl IntoIterator<Item = &'a JobRecord>) -> Exit {
    let exits: Vec<Exit> = jobs.into_iter().map(JobRecord::exit).collect();
    let worst = [Exit::JobFailed, Exit::StillRunning].into_iter().find(|exit| exits.contains(exit));
    worst.unwrap_or(Exit::Ok)
}

/// Writes jobs with their states.
pub(super) fn show(jobs: &[JobRecord], format: Format) -> Result<(), CommandError> {
    match format {
        Format::Json if jobs.len() == 1 => screen::json(&jobs[0]),
        Format::Json => screen::json(&jobs),
        Format::Jsonl => jobs.iter().try_for_each(screen::json_line),
        Format::Id => screen::data(jobs.iter().map(|job| format!("{}\n", job.id())).collect::<String>()),
        Format::Table => screen::data(states(jobs)),
    }
}

/// Writes one of several jobs at once, if the format allows it.
pub(super) fn show_next(job: &JobRecord, format: Format) -> Result<(), CommandError> {
    match format {
        Format::Jsonl => screen::json_line(job),
        Format::Id => screen::data(format_args!("{}\n", job.id())),
        Format::Json | Format::Table => Ok(()),
    }
}

fn states(jobs: &[JobRecord]) -> Table {
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

/// The counts of succeeded jobs, in columns like those of `wc`, with a total.
pub(super) fn counts(jobs: &[JobRecord]) -> Option<Table> {
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

/// The definitions of a job in the order of `tally count`; those that only a newer server knows are last.
fn definitions(job: &JobRecord) -> Vec<String> {
    let all = job.0.pointer("/result/definitions").and_then(Value::as_object);
    let mut names: Vec<_> = all.into_iter().flat_map(|all| all.keys().cloned()).collect();
    let place = |name: &String| Definition::ALL.iter().position(|one| one.as_str() == name);
    names.sort_by_key(|name| place(name).unwrap_or(usize::MAX));
    names
}

fn numbers(job: &JobRecord, definitions: &[String]) -> Vec<u64> {
    let words = definitions.iter().map(|name| job.number(&format!("/result/definitions/{name}")));
    let rest = [job.number("/result/lines"), job.number("/result/characters")];
    words.chain(rest).map(Option::unwrap_or_default).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn job(name: &str, words: u64) -> JobRecord {
        let result = json!({"words": words, "definitions": {"wc": words}, "lines": 1, "characters": 9});
        JobRecord(json!({"id": "1", "state": "succeeded", "source": {"name": name}, "result": result}))
    }

    #[test]
    fn counts_of_several_jobs_have_a_total() {
        let failed = JobRecord(json!({"state": "failed"}));
        let table = counts(&[job("a", 4), failed, job("b", 38)]).unwrap().to_string();
        assert_eq!(
            table,
            "wc  lines  characters  source\n 4      1           9  a\n38      1           9  b\n42      2          18  total\n"
        );
        assert_eq!(counts(&[job("a", 4)]).unwrap().to_string().lines().count(), 2);
        assert!(counts(&[]).is_none());
    }

    #[test]
    fn the_worst_state_sets_the_exit_status() {
        let state = |state: &str| JobRecord(json!({"state": state}));
        assert_eq!(exit(&[state("succeeded")]), Exit::Ok);
        assert_eq!(exit(&[state("queued"), state("failed"), state("succeeded")]), Exit::JobFailed);
        assert_eq!(exit(&[state("queued"), state("succeeded")]), Exit::StillRunning);
    }

    #[test]
    fn rejects_ids_that_are_not_one_path_segment() {
        assert!(path_segment("0190d5f4-7b1e-7c3a-9f00-3b5c6d7e8f90").is_ok());
        for bad in ["", "../metrics", "a b", "a?b"] {
            assert_eq!(path_segment(bad).unwrap_err().exit(), Exit::Usage, "{bad}");
        }
    }
}
