//! Finds stray jobs: jobs that no response named.
//!
//! A count of jobs would not do, because other tests may use the same server.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::PATIENCE_S;
use crate::client::{Client, id_of};
use crate::message::Answer;

/// The ids in all responses to this test program.
static TOLD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Records the job that a response names.
pub(crate) fn note(answer: &Answer) {
    if let Some((_, id)) = answer.header("location").and_then(|path| path.rsplit_once("/jobs/")) {
        TOLD.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned());
    }
}

fn is_told(id: &str) -> bool {
    TOLD.lock().unwrap_or_else(PoisonError::into_inner).contains(id)
}

/// The jobs of a server since a moment.
#[derive(Debug)]
pub struct Watch<'a> {
    client: &'a Client,
    since: String,
    before: HashSet<String>,
}

impl<'a> Watch<'a> {
    /// Starts now.
    #[must_use]
    #[track_caller]
    pub fn over(client: &'a Client) -> Self {
        let newest = client.get("/jobs?limit=1").expect(200).json();
        let since = newest["jobs"][0]["created_at"].as_str().unwrap_or("1970-01-01T00:00:00Z").to_owned();
        let mut watch = Self { client, since, before: HashSet::new() };
        watch.before = watch.listed().into_iter().collect();
        watch
    }

    /// Panics if there is a stray job. Waits a moment first, because a response to another test may still be on its
    /// way.
    #[track_caller]
    pub fn expect_no_stray(&self, what: &str) {
        let until = Instant::now() + Duration::from_secs(PATIENCE_S);
        loop {
            let unknown = |id: &String| !self.before.contains(id) && !is_told(id);
            let strays: Vec<String> = self.listed().into_iter().filter(unknown).collect();
            if strays.is_empty() {
                return;
            }
            assert!(Instant::now() < until, "{what} became a job: {strays:?}");
        }
    }

    /// All jobs since then, from all pages.
    fn listed(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut target = Some(format!("/jobs?limit=1000&since={}", self.since));
        while let Some(page) = target {
            let list = self.client.get(&page).expect(200).json();
            found.extend(list["jobs"].as_array().into_iter().flatten().map(id_of));
            target = list["next"].as_str().map(str::to_owned);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, is_told, note};

    #[test]
    fn a_job_is_told_of_by_the_location_of_its_answer() {
        let answer = |location: &str| Answer {
            status: 202,
            headers: vec![("location".to_owned(), location.to_owned())],
            body: Vec::new(),
        };
        assert!(!is_told("told-a"));
        note(&answer("/jobs/told-a"));
        note(&answer("/docs/told-b"));
        assert!(is_told("told-a") && !is_told("told-b"));
    }
}
