//! The whole table of states and events, and the fences.

use super::*;
use crate::failure::{Failure, FailureKind};
use crate::model::{JobId, NewJob, Source};
use crate::settings::Settings;

const NOW: Timestamp = Timestamp::from_ms(1_000_000);

fn queued() -> Job {
    NewJob {
        id: JobId::new(uuid::Uuid::from_u128(7)),
        source: Source::Text { bytes: 3 },
        content: None,
        settings: Settings::default(),
        binding: None,
        request: None,
        created_at: NOW,
    }
    .into_job()
}

fn running() -> Job {
    let job = queued();
    let ticket = job.ticket();
    job.claimed(ticket, NOW, Lease::from(NOW)).unwrap()
}

fn failure() -> Failure {
    Failure::new(FailureKind::Unreachable, "no")
}

fn in_state(state: State) -> Job {
    match state {
        State::Queued => queued(),
        State::Running => running(),
        State::Failed => running().ended(1, &Ending::Failed(failure()), NOW).unwrap(),
        State::Cancelled => match queued().amended(Order::Cancel, NOW) {
            Some(Amended::Changed(job)) => *job,
            other => panic!("{other:?}"),
        },
        State::Succeeded => Job { state: State::Succeeded, finished_at: Some(NOW), ..running() },
    }
}

#[test]
fn every_state_meets_every_event() {
    let mut table = String::new();
    for state in State::ALL {
        let to = |job: Option<Job>| job.map_or("-", |job| job.state.as_str());
        let ordered = |order| match in_state(state).amended(order, NOW) {
            None => "-",
            Some(Amended::Forgotten) => "gone",
            Some(Amended::Changed(job)) => job.state.as_str(),
        };
        let job = in_state(state);
        let (ticket, epoch) = (job.ticket(), job.epoch);
        let retry = Ending::Retry { failure: failure(), at: NOW };
        let row = [
            to(job.clone().claimed(ticket, NOW, Lease::from(NOW))),
            to(job.clone().claimed(ticket, NOW.after(Lease::LASTS), Lease::from(NOW))),
            to(job.clone().ended(epoch, &Ending::Failed(failure()), NOW)),
            to(job.clone().ended(epoch, &retry, NOW)),
            to(job.clone().released(epoch, NOW)),
            ordered(Order::Cancel),
            ordered(Order::Retry),
            ordered(Order::Delete),
        ];
        table.push_str(&format!("{}: {}\n", state.as_str(), row.join(" ")));
    }
    assert_eq!(
        table,
        "queued: running running - - - cancelled - gone\n\
         running: - running failed queued queued cancelled - -\n\
         succeeded: - - - - - - - gone\n\
         failed: - - - - - - queued gone\n\
         cancelled: - - - - - - queued gone\n"
    );
}

#[test]
fn a_claim_counts_an_attempt_and_a_crash_and_moves_the_fence() {
    let job = running();
    assert_eq!((job.epoch, job.attempts, job.crashes), (1, 1, 1));
    assert_eq!(job.started_at, Some(NOW));
    let again = job.clone().claimed(job.ticket(), NOW.after(Lease::LASTS), Lease::from(NOW)).unwrap();
    assert_eq!((again.epoch, again.attempts, again.crashes), (2, 2, 2));
    assert!(
        again.clone().ended(1, &Ending::Failed(failure()), NOW).is_none(),
        "the old holder is fenced off"
    );
    assert!(again.released(1, NOW).is_none());
}

#[test]
fn a_ticket_that_came_back_takes_over_a_live_lease_but_a_stale_one_does_not() {
    let job = running();
    let first = Ticket { redelivered: true, ..queued().ticket() };
    assert!(job.clone().claimed(first, NOW, Lease::from(NOW)).is_some());
    let twice = job.claimed(first, NOW, Lease::from(NOW)).unwrap();
    assert!(twice.claimed(first, NOW, Lease::from(NOW)).is_none(), "two turns later the ticket is stale");
}

#[test]
fn a_job_that_is_not_due_waits() {
    let retry = Ending::Retry { failure: failure(), at: NOW.after(Lease::LASTS) };
    let job = running().ended(1, &retry, NOW).unwrap();
    assert_eq!((job.crashes, job.attempts), (0, 1));
    assert!(job.clone().claimed(job.ticket(), NOW, Lease::from(NOW)).is_none());
    assert!(job.clone().claimed(job.ticket(), NOW.after(Lease::LASTS), Lease::from(NOW)).is_some());
}

#[test]
fn giving_back_is_not_charged() {
    let job = running().released(1, NOW).unwrap();
    assert_eq!((job.attempts, job.crashes, job.epoch, job.started_at), (0, 0, 1, None));
    assert!(job.clone().claimed(job.ticket(), NOW, Lease::from(NOW)).is_some());
}

#[test]
fn a_cancelled_run_is_fenced_off() {
    let Some(Amended::Changed(job)) = running().amended(Order::Cancel, NOW) else { panic!("not cancelled") };
    assert!(job.ended(1, &Ending::Failed(failure()), NOW).is_none());
}
