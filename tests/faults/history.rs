//! What clients did and saw, and whether the server's own story agrees with it.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;
use tally_tests::client::{Client, id_of, is_end};
use tally_tests::oracle;

/// The label that names an attempt.
pub(crate) const LABEL: &str = "attempt";

/// One job that a client wanted.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    /// Its number, which the job carries as a label.
    pub(crate) number: u64,
    /// What is to be counted.
    pub(crate) text: String,
    /// The id that was acknowledged.
    pub(crate) acknowledged: Option<String>,
    /// The finished record, if a client saw it.
    pub(crate) seen: Option<Value>,
}

/// What came of all attempts.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Attempts that were made.
    pub(crate) attempts: usize,
    /// Those that were answered with success.
    pub(crate) acknowledged: usize,
    /// Acknowledged ones that succeeded with the right numbers.
    pub(crate) ok: usize,
    /// Unacknowledged ones that were carried out all the same, right as well.
    pub(crate) recovered: usize,
    /// Acknowledged ones that are not there.
    pub(crate) lost: usize,
    /// Attempts that became more than one job.
    pub(crate) duplicated: usize,
    /// Jobs that no client submitted.
    pub(crate) unexpected: usize,
    /// Jobs that ended otherwise than with the right numbers, or that have not ended.
    pub(crate) wrong: usize,
    /// Jobs whose end changed after it had been seen.
    pub(crate) ended_twice: usize,
}

impl Verdict {
    /// Panics unless everything is as it must be.
    #[track_caller]
    pub(crate) fn assert_clean(&self) {
        let found = [self.lost, self.duplicated, self.unexpected, self.wrong, self.ended_twice];
        assert_eq!(found, [0; 5], "lost, duplicated, unexpected, wrong, ended twice: {self:?}");
        assert_eq!(self.ok, self.acknowledged, "{self:?}");
        assert!(self.acknowledged > 0, "nothing was tested: {self:?}");
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { attempts, acknowledged, ok, recovered, lost, duplicated, unexpected, wrong, ended_twice } =
            self;
        write!(
            f,
            "attempts {attempts}, acknowledged {acknowledged}, ok {ok}, recovered {recovered}, lost {lost}, \
             duplicated {duplicated}, unexpected {unexpected}, wrong {wrong}, ended twice {ended_twice}"
        )
    }
}

/// Compares the clients' story with the server's, once all has ended.
pub(crate) fn judge(client: &Client, attempts: &[Attempt]) -> Verdict {
    compare(client, attempts, all(client))
}

/// The same about these jobs of the server.
pub(crate) fn compare(client: &Client, attempts: &[Attempt], all: Vec<Value>) -> Verdict {
    let mut jobs: HashMap<u64, Vec<Value>> = HashMap::new();
    let mut verdict = Verdict { attempts: attempts.len(), ..Verdict::default() };
    let known: BTreeMap<u64, &Attempt> = attempts.iter().map(|attempt| (attempt.number, attempt)).collect();
    for job in all {
        match job["labels"][LABEL].as_str().and_then(|number| number.parse().ok()) {
            Some(number) if known.contains_key(&number) => jobs.entry(number).or_default().push(job),
            _ => {
                eprintln!("unexpected: {job}");
                verdict.unexpected += 1;
            }
        }
    }
    for attempt in attempts {
        let jobs = jobs.remove(&attempt.number).unwrap_or_default();
        one(client, attempt, &jobs, &mut verdict);
    }
    verdict
}

fn one(client: &Client, attempt: &Attempt, jobs: &[Value], verdict: &mut Verdict) {
    verdict.acknowledged += usize::from(attempt.acknowledged.is_some());
    if jobs.len() > 1 {
        eprintln!("duplicated: {attempt:?} is {jobs:?}");
        verdict.duplicated += 1;
    }
    let Some(job) = jobs.first() else {
        if attempt.acknowledged.is_some() {
            eprintln!("lost: {attempt:?}");
            verdict.lost += 1;
        }
        return;
    };
    if attempt.acknowledged.as_ref().is_some_and(|id| *id != id_of(job)) {
        eprintln!("lost: {attempt:?} is {job}");
        verdict.lost += 1;
        return;
    }
    if let Err(why) = right(job, &attempt.text) {
        eprintln!("wrong: {why}: {job}");
        verdict.wrong += 1;
        return;
    }
    if let Some(seen) = &attempt.seen
        && client.job(&id_of(job)) != *seen
    {
        eprintln!("ended twice: {job} was {seen}");
        verdict.ended_twice += 1;
        return;
    }
    match attempt.acknowledged {
        Some(_) => verdict.ok += 1,
        None => verdict.recovered += 1,
    }
}

/// Whether a finished job has the numbers of its text.
fn right(job: &Value, text: &str) -> Result<(), String> {
    let expected = oracle::count(text);
    let result = &job["result"];
    if !is_end(job) || job["state"] != "succeeded" {
        return Err(format!("it is {}", job["state"]));
    }
    for (name, number) in [
        ("words", expected.words),
        ("unique_words", expected.unique_words),
        ("characters", expected.characters),
        ("text_bytes", text.len() as u64),
    ] {
        if result[name] != number {
            return Err(format!("{name} should be {number}"));
        }
    }
    let by_definition = result["definitions"].as_object().ok_or("no definitions")?;
    match by_definition.iter().find(|(_, words)| **words != expected.words) {
        Some((definition, _)) => Err(format!("{definition} should be {}", expected.words)),
        None => Ok(()),
    }
}

/// Every job of the server, by the pages of its list.
pub(crate) fn all(client: &Client) -> Vec<Value> {
    listed(client, "")
}

/// Every job that these filters of the list let through.
pub(crate) fn listed(client: &Client, filters: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let mut target = Some(format!("/jobs?limit=1000{filters}"));
    while let Some(page) = target {
        let mut body = client.get(&page).expect(200).json();
        target = body["next"].as_str().map(str::to_owned);
        found.extend(body["jobs"].as_array_mut().map(std::mem::take).unwrap_or_default());
    }
    found
}

/// Waits until no job is queued or running.
pub(crate) fn settle(client: &Client) {
    for state in ["queued", "running", "queued"] {
        loop {
            let body = client.get(&format!("/jobs?limit=1000&state={state}")).expect(200).json();
            let left: Vec<String> = body["jobs"].as_array().into_iter().flatten().map(id_of).collect();
            if left.is_empty() {
                break;
            }
            for id in left {
                let _ended = client.wait(&id);
            }
        }
    }
}
