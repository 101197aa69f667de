//! The table of states and events, and the fences.

use tally_kernel::OwnerId;

use super::*;
use crate::failure::FailureType;
use crate::id::JobId;
use crate::options::JobOptions;
use crate::parts::Parts;
use crate::record::{Kind, NewJob, Properties};

const NOW: Timestamp = Timestamp::from_ms(1_000_000);

fn queued() -> Job {
    NewJob {
        id: JobId::new(uuid::Uuid::from_u128(7)),
        owner: OwnerId::LOCAL,
        kind: Kind::of("fake"),
        options: JobOptions::default(),
        subject: None,
        attributes: Vec::new(),
        properties: Properties::default(),
        parts: Parts::default(),
        content: None,
        content_bytes: 0,
        binding: None,
        generation: None,
        request: None,
        created_at: NOW,
    }
    .into_job()
}

fn claim(job: Job, ticket: Ticket, now: Timestamp) -> Option<Job> {
    job.claimed(ticket, &WorkerId::from("w"), now, Lease::from(now))
}

fn running() -> Job {
    let job = queued();
    let ticket = job.ticket();
    claim(job, ticket, NOW).unwrap()
}

fn failure() -> Failure {
    Failure::new(FailureType::INTERNAL, "no")
}

fn in_state(state: JobState) -> Job {
    match state {
        JobState::Queued => queued(),
        JobState::Running => running(),
        JobState::Failed => running().completed(1, &AttemptOutcome::Failed(failure()), NOW).unwrap(),
        JobState::Cancelled => match queued().applied(JobAction::Cancel, NOW) {
            Some(Applied::Changed(job)) => *job,
            other => panic!("{other:?}"),
        },
        JobState::Succeeded => Job { state: JobState::Succeeded, finished_at: Some(NOW), ..running() },
    }
}

#[test]
fn follows_the_table_of_states_and_events() {
    let mut table = String::new();
    for state in JobState::ALL {
        let to = |job: Option<Job>| job.map_or("-", |job| job.state.as_str());
        let applied = |action| match in_state(state).applied(action, NOW) {
            None => "-",
            Some(Applied::Removed) => "removed",
            Some(Applied::Changed(job)) => job.state.as_str(),
        };
        let job = in_state(state);
        let (ticket, epoch) = (job.ticket(), job.epoch);
        let retry = AttemptOutcome::Retry { failure: failure(), at: NOW };
        let row = [
            to(claim(job.clone(), ticket, NOW)),
            to(claim(job.clone(), ticket, NOW.after(Lease::LASTS))),
            to(job.clone().completed(epoch, &AttemptOutcome::Failed(failure()), NOW)),
            to(job.clone().completed(epoch, &retry, NOW)),
            to(job.clone().released(epoch, NOW)),
            applied(JobAction::Cancel),
            applied(JobAction::Retry),
            applied(JobAction::Delete),
        ];
        table.push_str(&format!("{}: {}\n", state.as_str(), row.join(" ")));
    }
    assert_eq!(
        table,
        "queued: running running - - - cancelled - removed\n\
         running: - running failed queued queued cancelled - -\n\
         succeeded: - - - - - - - removed\n\
         failed: - - - - - - queued removed\n\
         cancelled: - - - - - - queued removed\n"
    );
}

#[test]
fn a_claim_counts_an_attempt_and_a_crash_and_moves_the_fence() {
    let job = running();
    assert_eq!((job.epoch, job.attempts, job.crashes), (1, 1, 1));
    assert_eq!(job.started_at, Some(NOW));
    let again = claim(job.clone(), job.ticket(), NOW.after(Lease::LASTS)).unwrap();
    assert_eq!((again.epoch, again.attempts, again.crashes), (2, 2, 2));
    assert!(
        again.clone().completed(1, &AttemptOutcome::Failed(failure()), NOW).is_none(),
        "a stale epoch is rejected"
    );
    assert!(again.released(1, NOW).is_none());
}

#[test]
fn a_redelivered_ticket_takes_over_a_live_lease_and_a_stale_one_does_not() {
    let job = running();
    let first = Ticket { redelivered: true, ..queued().ticket() };
    assert!(claim(job.clone(), first, NOW).is_some());
    let twice = claim(job, first, NOW).unwrap();
    assert!(claim(twice, first, NOW).is_none(), "two turns later the ticket is stale");
}

#[test]
fn a_job_that_is_not_due_waits() {
    let retry = AttemptOutcome::Retry { failure: failure(), at: NOW.after(Lease::LASTS) };
    let job = running().completed(1, &retry, NOW).unwrap();
    assert_eq!((job.crashes, job.attempts), (0, 1));
    assert!(claim(job.clone(), job.ticket(), NOW).is_none());
    assert!(claim(job.clone(), job.ticket(), NOW.after(Lease::LASTS)).is_some());
}

#[test]
fn a_release_is_not_charged() {
    let job = running().released(1, NOW).unwrap();
    assert_eq!((job.attempts, job.crashes, job.epoch, job.started_at), (0, 0, 1, None));
    assert!(claim(job.clone(), job.ticket(), NOW).is_some());
}

#[test]
fn a_cancelled_run_is_fenced_off() {
    let Some(Applied::Changed(job)) = running().applied(JobAction::Cancel, NOW) else {
        panic!("not cancelled")
    };
    assert!(job.completed(1, &AttemptOutcome::Failed(failure()), NOW).is_none());
}
