//! Pagination: one page of a list of jobs, the newest first.
//!
//! A page scans a bounded number of jobs, however few of them match. A filter that matches none of a million jobs
//! returns an empty page with a `next` cursor at once, and the client continues from there.

use rusqlite::types::Value;
use rusqlite::{Connection, Row};
use tally_jobs::id::JobId;
use tally_jobs::ports::JobQuery;
use tally_jobs::record::Job;
use tally_jobs::state::JobState;
use tally_kernel::{FaultKind, Slice, Timestamp};

use crate::engine::fault::sql_fault;
use crate::engine::reader_pool::ReadResult;
use crate::jobs::cursor;
use crate::jobs::stored_job::{self, StoredJob, Uuid16};

const DURING: &str = "list jobs";
/// How many jobs a page scans: tens of milliseconds at most.
const MAX_SCANNED: usize = 20_000;

/// The request for one page.
pub struct JobListing {
    /// The filters.
    pub query: JobQuery,
    /// Only jobs with a smaller number match.
    pub before: i64,
    /// The most jobs of the page.
    pub limit: usize,
    /// The numbers of the running jobs, when the query asks for them.
    pub running: Vec<i64>,
}

/// The columns that are checked before the whole record is read.
struct ListCandidate<'row> {
    seq: i64,
    id: JobId,
    created_at: Timestamp,
    subject: Option<&'row str>,
    owner: Option<&'row str>,
    succeeded: bool,
}

impl JobListing {
    /// Reads the page. All of it sees one snapshot, because the first statement stays open until the end.
    pub fn read(self, connection: &Connection) -> ReadResult<Slice<Job>> {
        let (sql, values) = self.candidates_sql();
        let sql = format!("{sql} ORDER BY j.seq DESC");
        let mut statement = connection.prepare_cached(&sql).map_err(|error| sql_fault(DURING, error))?;
        let mut rows =
            statement.query(rusqlite::params_from_iter(values)).map_err(|error| sql_fault(DURING, error))?;
        let mut page: Vec<(i64, Job)> = Vec::new();
        let (mut scanned, mut unreadable) = (0, 0);
        while let Some(row) = rows.next().map_err(|error| sql_fault(DURING, error))? {
            let seq = row.get(0).map_err(|error| sql_fault(DURING, error))?;
            scanned += 1;
            match self.read_candidate(connection, row) {
                Ok(Some(_)) if page.len() == self.limit.max(1) => return Ok(slice(page, None, unreadable)),
                Ok(Some(found)) => page.push((found.seq, found.job)),
                Ok(None) => {}
                // One job that cannot be read does not hide the others.
                Err(fault) if fault.kind == FaultKind::Corrupt => {
                    tracing::error!(job.number = seq, %fault, "a stored job cannot be read and is left out of a list");
                    unreadable += 1;
                }
                Err(fault) => return Err(fault),
            }
            if scanned == MAX_SCANNED {
                return Ok(slice(page, Some(seq), unreadable));
            }
        }
        Ok(Slice { items: page.into_iter().map(|(_, job)| job).collect(), next: None, unreadable })
    }

    /// The job of a candidate if it matches all filters.
    fn read_candidate(&self, connection: &Connection, row: &Row<'_>) -> ReadResult<Option<StoredJob>> {
        let candidate = ListCandidate::of(row).map_err(|error| sql_fault(DURING, error))?;
        if !self.may_match(&candidate) {
            return Ok(None);
        }
        let found = stored_job::by_seq(connection, candidate.seq, DURING)?;
        Ok(found.filter(|found| self.matches(&found.job)))
    }

    /// The SQL of the smallest indexed set that contains all matches.
    fn candidates_sql(&self) -> (String, Vec<Value>) {
        let query = &self.query;
        let by_id = query.text.as_deref().and_then(JobId::parse);
        let (from, mut values): (&str, Vec<Value>) = match (
            by_id,
            query.labels.first(),
            &query.attribute,
            query.state,
        ) {
            (Some(id), ..) => ("jobs j WHERE j.id = ?2", vec![id.uuid().as_bytes().to_vec().into()]),
            (_, Some(label), ..) => (
                "labels d CROSS JOIN jobs j ON j.seq = d.seq WHERE d.name = ?2 AND d.value = ?3 AND d.seq < ?1",
                vec![label.name.clone().into(), label.value.clone().into()],
            ),
            (_, _, Some(attribute), _) => (
                "attributes d CROSS JOIN jobs j ON j.seq = d.seq WHERE d.name = ?2 AND d.value = ?3 AND d.seq < ?1",
                vec![attribute.name.clone().into_owned().into(), attribute.value.clone().into()],
            ),
            _ if !query.owner.is_local() => (
                "jobs j INDEXED BY jobs_by_owner WHERE j.owner = ?2",
                vec![query.owner.as_str().to_owned().into()],
            ),
            (.., Some(JobState::Queued)) => (
                "active_jobs d CROSS JOIN jobs j ON j.seq = d.seq WHERE d.state = 0 AND d.seq < ?1",
                Vec::new(),
            ),
            (.., Some(JobState::Running)) => (
                "json_each(?2) d CROSS JOIN jobs j ON j.seq = d.value WHERE true",
                vec![format!("{:?}", self.running).into()],
            ),
            (.., Some(state @ (JobState::Failed | JobState::Cancelled))) => (
                "finished_jobs d INDEXED BY finished_jobs_by_rare_state CROSS JOIN jobs j ON j.seq = d.seq \
                 WHERE d.state = ?2 AND d.state <> 2 AND d.seq < ?1",
                vec![stored_job::state_number(state).into()],
            ),
            (.., Some(JobState::Succeeded) | None) => ("jobs j WHERE true", Vec::new()),
        };
        values.insert(0, self.before.into());
        let succeeded = match query.state {
            Some(JobState::Succeeded) => {
                "EXISTS (SELECT 1 FROM finished_jobs e WHERE e.seq = j.seq AND e.state = 2)"
            }
            _ => "true",
        };
        let sql = format!(
            "SELECT j.seq, j.id, j.created_at, j.subject, j.owner, {succeeded} FROM {from} AND j.seq < ?1"
        );
        (sql, values)
    }

    /// The filters that do not need the whole record.
    fn may_match(&self, candidate: &ListCandidate<'_>) -> bool {
        let query = &self.query;
        candidate.succeeded
            && candidate.owner == query.owner.stored()
            && query.since.is_none_or(|since| candidate.created_at >= since)
            && query.until.is_none_or(|until| candidate.created_at < until)
            && query.text.as_deref().is_none_or(|text| candidate.contains_text(text))
    }

    /// The filters that need the whole record.
    fn matches(&self, job: &Job) -> bool {
        self.query.state.is_none_or(|state| job.state == state)
            && self.query.attribute.as_ref().is_none_or(|wanted| job.attributes.contains(wanted))
            && self.query.labels.iter().all(|label| job.options.labels.contains(label))
    }
}

impl<'row> ListCandidate<'row> {
    fn of(row: &'row Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            seq: row.get(0)?,
            id: JobId::new(row.get::<_, Uuid16>(1)?.0),
            created_at: Timestamp::from_ms(row.get(2)?),
            subject: row.get_ref(3)?.as_str_or_null()?,
            owner: row.get_ref(4)?.as_str_or_null()?,
            succeeded: row.get(5)?,
        })
    }

    fn contains_text(&self, text: &str) -> bool {
        let in_subject = self.subject.is_some_and(|subject| contains_ignoring_case(subject, text));
        in_subject || contains_ignoring_case(&self.id.to_string(), text)
    }
}

/// Whether `text` occurs in `whole`, ignoring the case of ASCII letters.
fn contains_ignoring_case(whole: &str, text: &str) -> bool {
    let (whole, text) = (whole.as_bytes(), text.as_bytes());
    text.is_empty() || whole.windows(text.len()).any(|part| part.eq_ignore_ascii_case(text))
}

/// A page that has a next page, which starts after `after` or else after the last job.
fn slice(page: Vec<(i64, Job)>, after: Option<i64>, unreadable: usize) -> Slice<Job> {
    let after = after.or_else(|| page.last().map(|(seq, _)| *seq));
    let next = after.map(cursor::write);
    Slice { items: page.into_iter().map(|(_, job)| job).collect(), next, unreadable }
}

#[cfg(test)]
mod tests {
    use super::contains_ignoring_case;

    #[test]
    fn finds_text_ignoring_the_case_of_ascii_letters() {
        assert!(contains_ignoring_case("https://Example.com/100%_a", "example.COM/100%"));
        assert!(contains_ignoring_case("x", ""));
        assert!(!contains_ignoring_case("https://example.com", "example_com"));
        assert!(!contains_ignoring_case("ab", "abc"));
    }
}
