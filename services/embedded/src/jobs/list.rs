//! One page of a list of jobs, the newest first.
//!
//! A page looks at a bounded number of jobs, however few of them are wanted: a filter that matches nothing among a
//! million jobs answers at once with an empty page that has a `next`, and the client goes on from there.

use rusqlite::types::Value;
use rusqlite::{Connection, Row};
use tally_jobs::model::{Job, JobId};
use tally_jobs::ports::JobQuery;
use tally_jobs::state::State;
use tally_kernel::{Slice, Timestamp};

use crate::engine::fault::refused;
use crate::engine::readers::Read;
use crate::jobs::cursor;
use crate::jobs::record::{self, Uuid16};

const DURING: &str = "list jobs";
/// How many jobs a page looks at: some tens of milliseconds at most.
const LOOKED_AT: usize = 20_000;

/// What is wanted.
pub struct Listing {
    /// The filters.
    pub query: JobQuery,
    /// Only jobs with a smaller number.
    pub before: i64,
    /// At most so many.
    pub limit: usize,
    /// The numbers of the jobs that run, when those are wanted.
    pub running: Vec<i64>,
}

/// What is looked at before a whole record is read.
struct Candidate<'row> {
    seq: i64,
    id: JobId,
    created_at: Timestamp,
    name: Option<&'row str>,
    host: Option<&'row str>,
    succeeded: bool,
}

impl Listing {
    /// Reads the page. All of it sees the same moment, because the first statement is open until the last has ended.
    pub fn read(self, connection: &Connection) -> Read<Slice<Job>> {
        let (sql, values) = self.source();
        let sql = format!("{sql} ORDER BY j.seq DESC");
        let mut statement = connection.prepare_cached(&sql).map_err(|error| refused(DURING, error))?;
        let mut rows =
            statement.query(rusqlite::params_from_iter(values)).map_err(|error| refused(DURING, error))?;
        let mut page: Vec<(i64, Job)> = Vec::new();
        let mut looked_at = 0;
        while let Some(row) = rows.next().map_err(|error| refused(DURING, error))? {
            let candidate = Candidate::of(row).map_err(|error| refused(DURING, error))?;
            looked_at += 1;
            if self.may_match(&candidate)
                && let Some(found) = record::by_seq(connection, candidate.seq, DURING)?
                && self.matches(&found.job)
            {
                if page.len() == self.limit.max(1) {
                    return Ok(slice(page, None));
                }
                page.push((found.seq, found.job));
            }
            if looked_at == LOOKED_AT {
                return Ok(slice(page, Some(candidate.seq)));
            }
        }
        Ok(Slice { items: page.into_iter().map(|(_, job)| job).collect(), next: None })
    }

    /// The narrowest set that holds all matches, in SQL.
    fn source(&self) -> (String, Vec<Value>) {
        let query = &self.query;
        let by_id = query.text.as_deref().and_then(JobId::parse);
        let (from, mut values): (&str, Vec<Value>) = match (
            by_id,
            query.labels.first(),
            &query.host,
            query.state,
        ) {
            (Some(id), ..) => ("jobs j WHERE j.id = ?2", vec![id.uuid().as_bytes().to_vec().into()]),
            (_, Some(label), ..) => (
                "labels d CROSS JOIN jobs j ON j.seq = d.seq WHERE d.name = ?2 AND d.value = ?3 AND d.seq < ?1",
                vec![label.name.clone().into(), label.value.clone().into()],
            ),
            (_, _, Some(host), _) => {
                ("jobs j INDEXED BY jobs_by_host WHERE j.host = ?2", vec![host.clone().into()])
            }
            (.., Some(State::Queued)) => {
                ("live d CROSS JOIN jobs j ON j.seq = d.seq WHERE d.state = 0 AND d.seq < ?1", Vec::new())
            }
            (.., Some(State::Running)) => (
                "json_each(?2) d CROSS JOIN jobs j ON j.seq = d.value WHERE true",
                vec![format!("{:?}", self.running).into()],
            ),
            (.., Some(state @ (State::Failed | State::Cancelled))) => (
                "ends d INDEXED BY ends_by_rare_state CROSS JOIN jobs j ON j.seq = d.seq \
                 WHERE d.state = ?2 AND d.state <> 2 AND d.seq < ?1",
                vec![record::state_number(state).into()],
            ),
            (.., Some(State::Succeeded) | None) => ("jobs j WHERE true", Vec::new()),
        };
        values.insert(0, self.before.into());
        let succeeded = match query.state {
            Some(State::Succeeded) => "EXISTS (SELECT 1 FROM ends e WHERE e.seq = j.seq AND e.state = 2)",
            _ => "true",
        };
        let sql = format!(
            "SELECT j.seq, j.id, j.created_at, j.name, j.host, {succeeded} FROM {from} AND j.seq < ?1"
        );
        (sql, values)
    }

    /// What can be said without the whole record.
    fn may_match(&self, candidate: &Candidate<'_>) -> bool {
        let query = &self.query;
        candidate.succeeded
            && query.since.is_none_or(|since| candidate.created_at >= since)
            && query.until.is_none_or(|until| candidate.created_at < until)
            && query.host.as_deref().is_none_or(|host| candidate.host == Some(host))
            && query.text.as_deref().is_none_or(|text| candidate.holds(text))
    }

    /// What can only be said by the whole record.
    fn matches(&self, job: &Job) -> bool {
        self.query.state.is_none_or(|state| job.state == state)
            && self.query.labels.iter().all(|label| job.settings.labels.contains(label))
    }
}

impl<'row> Candidate<'row> {
    fn of(row: &'row Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            seq: row.get(0)?,
            id: JobId::new(row.get::<_, Uuid16>(1)?.0),
            created_at: Timestamp::from_ms(row.get(2)?),
            name: row.get_ref(3)?.as_str_or_null()?,
            host: row.get_ref(4)?.as_str_or_null()?,
            succeeded: row.get(5)?,
        })
    }

    fn holds(&self, text: &str) -> bool {
        let in_name = self.name.is_some_and(|name| holds_ignoring_case(name, text));
        in_name || holds_ignoring_case(&self.id.to_string(), text)
    }
}

/// Whether `text` occurs in `whole`, whatever the case of ASCII letters.
fn holds_ignoring_case(whole: &str, text: &str) -> bool {
    let (whole, text) = (whole.as_bytes(), text.as_bytes());
    text.is_empty() || whole.windows(text.len()).any(|part| part.eq_ignore_ascii_case(text))
}

/// A page with more behind it: from `after`, or else from its last job.
fn slice(page: Vec<(i64, Job)>, after: Option<i64>) -> Slice<Job> {
    let after = after.or_else(|| page.last().map(|(seq, _)| *seq));
    Slice { items: page.into_iter().map(|(_, job)| job).collect(), next: after.map(cursor::write) }
}

#[cfg(test)]
mod tests {
    use super::holds_ignoring_case;

    #[test]
    fn text_is_found_whatever_the_case_of_ascii_letters() {
        assert!(holds_ignoring_case("https://Example.com/100%_a", "example.COM/100%"));
        assert!(holds_ignoring_case("x", ""));
        assert!(!holds_ignoring_case("https://example.com", "example_com"));
        assert!(!holds_ignoring_case("ab", "abc"));
    }
}
