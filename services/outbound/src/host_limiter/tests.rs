//! Permits, promised moments, open circuits, and which hosts are forgotten.

use tally_contract::doubles::{CountedIds, HandClock};

use super::*;

const NOW: Timestamp = Timestamp::from_ms(1_000_000);
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
/// The chance that draws the longest pause.
const FULL: f64 = 1.0;

fn page(host: &str) -> PublicUrl {
    PublicUrl::parse(&format!("http://{host}/page")).unwrap()
}

fn later(by: Duration) -> Timestamp {
    NOW.after(by)
}

fn limiter_of(per_host: u16) -> HostLimiter {
    HostLimiter::new(per_host, Arc::new(HandClock::default()), Arc::new(CountedIds::default()))
}

#[track_caller]
fn permit(limiter: &HostLimiter, host: &str, now: Timestamp) -> HostPermit {
    match limiter.try_acquire_at(&page(host), now, 0.5) {
        Ok(permit) => permit,
        Err(deferral) => panic!("no permit: {deferral:?}"),
    }
}

#[track_caller]
fn deferral(limiter: &HostLimiter, host: &str, now: Timestamp, chance: f64) -> HostDeferral {
    match limiter.try_acquire_at(&page(host), now, chance) {
        Ok(permit) => panic!("a permit for {}", permit.host()),
        Err(deferral) => deferral,
    }
}

/// Fails five times in a row. Rewaits when the first probe is allowed.
fn open_circuit(limiter: &HostLimiter, host: &str, now: Timestamp) -> Timestamp {
    for failures in 1..5 {
        assert_eq!(permit(limiter, host, now).finish_at(failed(), now, FULL), None, "{failures}");
    }
    match permit(limiter, host, now).finish_at(failed(), now, FULL) {
        Some(BreakerTransition::Opened(until)) => until,
        other => panic!("not opened: {other:?}"),
    }
}

const fn failed() -> HostVerdict {
    HostVerdict::Failed { retry_after: None }
}

#[test]
fn limits_fetches_per_host_and_port() {
    let limiter = limiter_of(2);
    let first = permit(&limiter, "a.example", NOW);
    let _second = permit(&limiter, "a.example", NOW);
    assert_eq!(deferral(&limiter, "A.EXAMPLE:80", NOW, 0.0).reason, DeferReason::Busy);
    let _of_another_host = permit(&limiter, "b.example", NOW);
    let _of_another_port = permit(&limiter, "a.example:8080", NOW);
    assert_eq!(first.finish_at(HostVerdict::Answered, later(SECOND), 0.0), None);
    let third = permit(&limiter, "a.example", later(SECOND));
    let _still = deferral(&limiter, "a.example", later(SECOND), 0.0);
    drop(third);
    let _free_again = permit(&limiter, "a.example", later(SECOND));
    assert_eq!(limiter_of(0).state.per_host, 1, "a limit of zero would stop all fetches");
}

#[test]
fn deferred_jobs_get_successive_moments() {
    let limiter = limiter_of(4);
    permit(&limiter, "a.example", NOW).finish_at(HostVerdict::Answered, later(SECOND * 2), 0.0);
    let now = later(SECOND * 2);
    let _permits: Vec<_> = (0..4).map(|_| permit(&limiter, "a.example", now)).collect();
    let wait = |chance| deferral(&limiter, "a.example", now, chance).until.since(now);
    assert_eq!(wait(0.0), Duration::from_millis(500), "two seconds each, four at once");
    assert_eq!(wait(0.0), Duration::from_secs(1));
    assert_eq!(wait(0.5), Duration::from_millis(1_750), "half a step of jitter");
    // Promises that have passed no longer count.
    let after = now.after(SECOND * 30);
    assert_eq!(deferral(&limiter, "a.example", after, 0.0).until.since(after), Duration::from_millis(500));
}

#[test]
fn defers_for_at_most_a_minute() {
    let limiter = limiter_of(1);
    permit(&limiter, "a.example", NOW).finish_at(HostVerdict::Answered, later(SECOND * 9), 0.0);
    let now = later(SECOND * 9);
    let _permit = permit(&limiter, "a.example", now);
    let waits: Vec<_> =
        (0..100).map(|_| deferral(&limiter, "a.example", now, 0.9).until.since(now)).collect();
    assert!(waits.iter().all(|wait| *wait <= MINUTE), "{waits:?}");
    assert_eq!(waits[6], MINUTE * 57 / 60, "later ones are spread over the second half of a minute");
    assert_eq!(deferral(&limiter, "a.example", now, 0.0).until.since(now), MINUTE / 2);
}

#[test]
fn a_step_lies_between_1_ms_and_10_s() {
    let limiter = limiter_of(1);
    permit(&limiter, "quick.example", NOW).finish_at(HostVerdict::Answered, NOW, 0.0);
    let _permit = permit(&limiter, "quick.example", NOW);
    assert_eq!(deferral(&limiter, "quick.example", NOW, 0.0).until.since(NOW), Duration::from_millis(50));
    let hour = later(MINUTE * 60);
    permit(&limiter, "slow.example", NOW).finish_at(HostVerdict::Answered, hour, 0.0);
    let _permit = permit(&limiter, "slow.example", hour);
    assert_eq!(deferral(&limiter, "slow.example", hour, 0.0).until.since(hour), SECOND * 10);
    // 200 ms divided by a thousand permits is less than a millisecond.
    let crowd = limiter_of(1000);
    let _permits: Vec<_> = (0..1000).map(|_| permit(&crowd, "crowd.example", NOW)).collect();
    assert_eq!(deferral(&crowd, "crowd.example", NOW, 0.0).until.since(NOW), Duration::from_millis(1));
}

#[test]
fn the_duration_is_a_moving_average_of_answers() {
    let limiter = limiter_of(1);
    permit(&limiter, "a.example", NOW).finish_at(HostVerdict::Answered, later(SECOND * 4), 0.0);
    permit(&limiter, "a.example", NOW).finish_at(HostVerdict::Answered, later(SECOND * 8), 0.0);
    // A failure says nothing about the duration of an answer.
    permit(&limiter, "a.example", NOW).finish_at(failed(), NOW, 0.0);
    let _permit = permit(&limiter, "a.example", NOW);
    assert_eq!(deferral(&limiter, "a.example", NOW, 0.0).until.since(NOW), SECOND * 5);
}

#[test]
fn five_failures_in_a_row_open_the_circuit_except_for_a_probe() {
    let limiter = limiter_of(8);
    let until = open_circuit(&limiter, "a.example", NOW);
    assert_eq!(until.since(NOW), SECOND * 2);
    let deferred = deferral(&limiter, "a.example", NOW, 0.0);
    assert_eq!(deferred.reason, DeferReason::CircuitOpen);
    assert_eq!(deferred.until.since(until), Duration::from_millis(25), "one step after the pause");
    let _other_hosts_are_unaffected = permit(&limiter, "b.example", NOW);
    let probe = permit(&limiter, "a.example", until);
    assert_eq!(
        deferral(&limiter, "a.example", until, 0.0).reason,
        DeferReason::CircuitOpen,
        "one probe at a time"
    );
    assert_eq!(probe.finish_at(failed(), until, FULL), None, "the open circuit was reported before");
    assert_eq!(
        deferral(&limiter, "a.example", until.after(SECOND * 3), 0.0).reason,
        DeferReason::CircuitOpen
    );
    let _next_probe = permit(&limiter, "a.example", until.after(SECOND * 4));
}

#[test]
fn a_circuit_open_for_five_minutes_means_down_until_an_answer() {
    let limiter = limiter_of(8);
    open_circuit(&limiter, "a.example", NOW);
    let five_minutes = later(MINUTE * 5);
    let probe = permit(&limiter, "a.example", later(SECOND * 299));
    assert_eq!(deferral(&limiter, "a.example", later(SECOND * 299), 0.0).reason, DeferReason::CircuitOpen);
    assert_eq!(deferral(&limiter, "a.example", five_minutes, 0.0).reason, DeferReason::HostDown);
    assert_eq!(probe.finish_at(failed(), five_minutes, FULL), None);
    assert_eq!(deferral(&limiter, "a.example", five_minutes, 0.0).reason, DeferReason::HostDown);
    let probe = permit(&limiter, "a.example", later(MINUTE * 6));
    assert_eq!(
        probe.finish_at(HostVerdict::Answered, later(MINUTE * 6), 0.0),
        Some(BreakerTransition::Closed)
    );
    let _permit = permit(&limiter, "a.example", later(MINUTE * 6));
}

#[test]
fn pauses_double_up_to_a_minute_with_jitter() {
    let limiter = limiter_of(8);
    let mut until = open_circuit(&limiter, "a.example", NOW);
    for seconds in [4, 8, 16, 32, 60, 60] {
        let probe = permit(&limiter, "a.example", until);
        assert_eq!(probe.finish_at(failed(), until, FULL), None);
        let before_the_end = until.after(SECOND * seconds - Duration::from_millis(1));
        assert_eq!(
            deferral(&limiter, "a.example", before_the_end, 0.0).reason,
            DeferReason::CircuitOpen,
            "{seconds}"
        );
        until = until.after(SECOND * seconds);
    }
    permit(&limiter, "a.example", until).finish_at(failed(), until, 0.0);
    let _half = permit(&limiter, "a.example", until.after(MINUTE / 2));
}

#[test]
fn an_answer_closes_the_circuit() {
    let limiter = limiter_of(8);
    let until = open_circuit(&limiter, "a.example", NOW);
    let probe = permit(&limiter, "a.example", until);
    assert_eq!(probe.finish_at(HostVerdict::Answered, until, 0.0), Some(BreakerTransition::Closed));
    let permits: Vec<_> = (0..8).map(|_| permit(&limiter, "a.example", until)).collect();
    drop(permits);
    // Opening it takes five failures again.
    assert_eq!(open_circuit(&limiter, "a.example", until).since(until), SECOND * 2);
}

#[test]
fn failures_between_answers_do_not_open_the_circuit() {
    let limiter = limiter_of(8);
    for _ in 0..4 {
        for _ in 0..4 {
            assert_eq!(permit(&limiter, "a.example", NOW).finish_at(failed(), NOW, FULL), None);
        }
        assert_eq!(permit(&limiter, "a.example", NOW).finish_at(HostVerdict::Answered, NOW, 0.0), None);
    }
    let _permit = permit(&limiter, "a.example", NOW);
}

#[test]
fn a_cancelled_probe_is_followed_by_another() {
    let limiter = limiter_of(8);
    let until = open_circuit(&limiter, "a.example", NOW);
    drop(permit(&limiter, "a.example", until));
    let _next = permit(&limiter, "a.example", until);
    assert_eq!(deferral(&limiter, "a.example", until, 0.0).reason, DeferReason::CircuitOpen);
}

#[test]
fn a_fetch_begun_before_the_circuit_opened_may_close_it_but_not_prolong_the_pause() {
    let limiter = limiter_of(8);
    let (first, second) = (permit(&limiter, "a.example", NOW), permit(&limiter, "a.example", NOW));
    let until = open_circuit(&limiter, "a.example", NOW);
    assert_eq!(first.finish_at(failed(), later(SECOND), FULL), None);
    let probe = permit(&limiter, "a.example", until);
    assert_eq!(second.finish_at(HostVerdict::Answered, until, 0.0), Some(BreakerTransition::Closed));
    assert_eq!(
        probe.finish_at(HostVerdict::Answered, until, 0.0),
        None,
        "the closed circuit was reported before"
    );
}

#[test]
fn the_pause_is_at_least_retry_after() {
    let limiter = limiter_of(8);
    let hour = Some(MINUTE * 60);
    assert_eq!(
        permit(&limiter, "a.example", NOW).finish_at(HostVerdict::Failed { retry_after: hour }, NOW, FULL),
        None
    );
    let until = fail_more(&limiter, "a.example", 4);
    assert_eq!(until.since(NOW), MINUTE * 60, "though later failures asked for nothing");
    let deferred = deferral(&limiter, "a.example", NOW, 0.0);
    assert!(deferred.until > until && deferred.until.since(until) <= MINUTE, "{deferred:?}");
    // An answer ends that pause as well.
    let probe = permit(&limiter, "a.example", until);
    assert_eq!(probe.finish_at(HostVerdict::Answered, until, 0.0), Some(BreakerTransition::Closed));
}

fn fail_more(limiter: &HostLimiter, host: &str, failures: usize) -> Timestamp {
    let transitions: Vec<_> =
        (0..failures).filter_map(|_| permit(limiter, host, NOW).finish_at(failed(), NOW, FULL)).collect();
    match transitions[..] {
        [BreakerTransition::Opened(until)] => until,
        ref other => panic!("not opened: {other:?}"),
    }
}

#[test]
fn only_failures_of_the_host_count_against_it() {
    let verdicts = CountFailure::ALL.map(|kind| (kind, HostVerdict::of(&kind.because(""))));
    for (kind, verdict) in verdicts {
        let fails = matches!(verdict, HostVerdict::Failed { .. });
        assert!(!fails || kind.as_type().retryable, "{kind:?}");
    }
    let pause = Some(SECOND * 7);
    let busy = Failure { retry_after: pause, ..CountFailure::SourceUnavailable.because("429") };
    assert_eq!(HostVerdict::of(&busy), HostVerdict::Failed { retry_after: pause });
    let missing = CountFailure::SourceRefused.because("404");
    assert_eq!(HostVerdict::of(&missing), HostVerdict::Answered);
    let denied = CountFailure::TargetNotAllowed.because("not asked");
    assert_eq!(HostVerdict::of(&denied), HostVerdict::Unknown);
}

#[test]
fn remembers_a_bounded_number_of_hosts() {
    let limiter = limiter_of(1);
    let slow = permit(&limiter, "slow.example", NOW);
    let until = open_circuit(&limiter, "away.example", NOW);
    for number in 0..3 * MAX_HOSTS {
        let _unchanged =
            permit(&limiter, &format!("{number}.example"), NOW).finish_at(HostVerdict::Answered, NOW, 0.0);
        assert!(limiter.lock().len() <= MAX_HOSTS);
    }
    assert_eq!(
        deferral(&limiter, "slow.example", NOW, 0.0).reason,
        DeferReason::Busy,
        "it has a fetch in flight"
    );
    assert_eq!(
        deferral(&limiter, "away.example", NOW, 0.0).reason,
        DeferReason::CircuitOpen,
        "it failed lately"
    );
    // The bound holds too when all of them fail.
    for number in 0..3 * MAX_HOSTS {
        permit(&limiter, &format!("bad{number}.example"), until).finish_at(failed(), until, 0.0);
        assert!(limiter.lock().len() <= MAX_HOSTS);
    }
    assert_eq!(deferral(&limiter, "slow.example", until, 0.0).reason, DeferReason::Busy);
    drop(slow);
    // Failures of an hour ago are forgotten.
    let much_later = until.after(MINUTE * 60);
    forget_hosts(&mut limiter.lock(), much_later);
    assert!(limiter.lock().is_empty());
}

#[test]
fn a_clock_that_jumps_back_defers_for_at_most_a_minute() {
    let limiter = limiter_of(1);
    let _permit = permit(&limiter, "a.example", later(MINUTE * 60));
    let _promised = deferral(&limiter, "a.example", later(MINUTE * 60), 0.0);
    assert!(deferral(&limiter, "a.example", NOW, 1.0).until.since(NOW) <= MINUTE);
}
