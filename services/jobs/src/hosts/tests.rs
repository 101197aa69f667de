//! Places, promises, hosts that are away, and what is forgotten.

use super::*;

const NOW: Timestamp = Timestamp::from_ms(1_000_000);
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
/// Of the second half of a drawn pause, all.
const FULL: f64 = 1.0;

fn page(host: &str) -> PublicUrl {
    PublicUrl::parse(&format!("http://{host}/page")).unwrap()
}

fn later(by: Duration) -> Timestamp {
    NOW.after(by)
}

#[track_caller]
fn place(hosts: &Hosts, host: &str, now: Timestamp) -> Place {
    match hosts.enter(&page(host), now, 0.5) {
        Entered::Place(place) => place,
        Entered::Later(later) => panic!("no place: {later:?}"),
    }
}

#[track_caller]
fn wait(hosts: &Hosts, host: &str, now: Timestamp, chance: f64) -> Later {
    match hosts.enter(&page(host), now, chance) {
        Entered::Place(place) => panic!("a place: {place:?}"),
        Entered::Later(later) => later,
    }
}

/// As many failures in a row as a host may have.
fn fail_often(hosts: &Hosts, host: &str, now: Timestamp) -> Timestamp {
    for failures in 1..5 {
        assert_eq!(place(hosts, host, now).end(fails(), now, FULL), None, "{failures}");
    }
    match place(hosts, host, now).end(fails(), now, FULL) {
        Some(News::Away(until)) => until,
        other => panic!("not away: {other:?}"),
    }
}

const fn fails() -> Verdict {
    Verdict::Fails { retry_after: None }
}

#[test]
fn each_host_has_so_many_places_and_no_more() {
    let hosts = Hosts::new(2);
    let first = place(&hosts, "a.example", NOW);
    let _second = place(&hosts, "a.example", NOW);
    assert_eq!(wait(&hosts, "A.EXAMPLE:80", NOW, 0.0).why, Why::Busy);
    let _of_another_host = place(&hosts, "b.example", NOW);
    let _of_another_port = place(&hosts, "a.example:8080", NOW);
    assert_eq!(first.end(Verdict::Answers, later(SECOND), 0.0), None);
    let third = place(&hosts, "a.example", later(SECOND));
    let _still = wait(&hosts, "a.example", later(SECOND), 0.0);
    drop(third);
    let _free_again = place(&hosts, "a.example", later(SECOND));
    assert_eq!(Hosts::new(0).at_once, 1, "none would be of no use");
}

#[test]
fn who_waits_is_told_when_his_turn_is_about() {
    let hosts = Hosts::new(4);
    place(&hosts, "a.example", NOW).end(Verdict::Answers, later(SECOND * 2), 0.0);
    let now = later(SECOND * 2);
    let _places: Vec<_> = (0..4).map(|_| place(&hosts, "a.example", now)).collect();
    let turn = |chance| wait(&hosts, "a.example", now, chance).at.since(now);
    assert_eq!(turn(0.0), Duration::from_millis(500), "two seconds each, four at once");
    assert_eq!(turn(0.0), Duration::from_secs(1));
    assert_eq!(turn(0.5), Duration::from_millis(1_750), "half a turn of jitter");
    // What was promised has passed; nobody need come and say so.
    let after = now.after(SECOND * 30);
    assert_eq!(wait(&hosts, "a.example", after, 0.0).at.since(after), Duration::from_millis(500));
}

#[test]
fn nobody_is_told_more_than_a_minute() {
    let hosts = Hosts::new(1);
    place(&hosts, "a.example", NOW).end(Verdict::Answers, later(SECOND * 9), 0.0);
    let now = later(SECOND * 9);
    let _place = place(&hosts, "a.example", now);
    let turns: Vec<_> = (0..100).map(|_| wait(&hosts, "a.example", now, 0.9).at.since(now)).collect();
    assert!(turns.iter().all(|turn| *turn <= MINUTE), "{turns:?}");
    assert_eq!(turns[6], MINUTE * 57 / 60, "beyond a minute they are spread over the half of it");
    assert_eq!(wait(&hosts, "a.example", now, 0.0).at.since(now), MINUTE / 2);
}

#[test]
fn a_turn_is_never_none_and_never_longer_than_of_the_slowest() {
    let hosts = Hosts::new(1);
    place(&hosts, "quick.example", NOW).end(Verdict::Answers, NOW, 0.0);
    let _place = place(&hosts, "quick.example", NOW);
    assert_eq!(wait(&hosts, "quick.example", NOW, 0.0).at.since(NOW), Duration::from_millis(50));
    let hour = later(MINUTE * 60);
    place(&hosts, "slow.example", NOW).end(Verdict::Answers, hour, 0.0);
    let _place = place(&hosts, "slow.example", hour);
    assert_eq!(wait(&hosts, "slow.example", hour, 0.0).at.since(hour), SECOND * 10);
    // A long average bends slowly: three parts of what was, one of what is.
    let crowd = Hosts::new(1000);
    let _places: Vec<_> = (0..1000).map(|_| place(&crowd, "crowd.example", NOW)).collect();
    assert_eq!(wait(&crowd, "crowd.example", NOW, 0.0).at.since(NOW), Duration::from_millis(1));
}

#[test]
fn how_long_a_fetch_takes_is_learned_slowly() {
    let hosts = Hosts::new(1);
    place(&hosts, "a.example", NOW).end(Verdict::Answers, later(SECOND * 4), 0.0);
    place(&hosts, "a.example", NOW).end(Verdict::Answers, later(SECOND * 8), 0.0);
    // What was refused at once says nothing of how long a page takes.
    place(&hosts, "a.example", NOW).end(fails(), NOW, 0.0);
    let _place = place(&hosts, "a.example", NOW);
    assert_eq!(wait(&hosts, "a.example", NOW, 0.0).at.since(NOW), SECOND * 5);
}

#[test]
fn a_host_that_fails_five_times_in_a_row_is_let_alone_but_for_a_probe() {
    let hosts = Hosts::new(8);
    let until = fail_often(&hosts, "a.example", NOW);
    assert_eq!(until.since(NOW), SECOND * 2);
    let told = wait(&hosts, "a.example", NOW, 0.0);
    assert_eq!(told.why, Why::Away);
    assert_eq!(told.at.since(until), Duration::from_millis(25), "behind the pause, each in his turn");
    let _other_hosts_have_nothing_to_do_with_it = place(&hosts, "b.example", NOW);
    let probe = place(&hosts, "a.example", until);
    assert_eq!(wait(&hosts, "a.example", until, 0.0).why, Why::Away, "one at a time");
    assert_eq!(probe.end(fails(), until, FULL), None, "that it is away was said");
    assert_eq!(wait(&hosts, "a.example", until.after(SECOND * 3), 0.0).why, Why::Away);
    let _next_probe = place(&hosts, "a.example", until.after(SECOND * 4));
}

#[test]
fn a_host_that_is_away_for_minutes_is_down_until_it_answers() {
    let hosts = Hosts::new(8);
    fail_often(&hosts, "a.example", NOW);
    let five_minutes = later(MINUTE * 5);
    let probe = place(&hosts, "a.example", later(SECOND * 299));
    assert_eq!(wait(&hosts, "a.example", later(SECOND * 299), 0.0).why, Why::Away);
    assert_eq!(wait(&hosts, "a.example", five_minutes, 0.0).why, Why::Down);
    assert_eq!(probe.end(fails(), five_minutes, FULL), None);
    assert_eq!(wait(&hosts, "a.example", five_minutes, 0.0).why, Why::Down);
    let probe = place(&hosts, "a.example", later(MINUTE * 6));
    assert_eq!(probe.end(Verdict::Answers, later(MINUTE * 6), 0.0), Some(News::Back));
    let _place = place(&hosts, "a.example", later(MINUTE * 6));
}

#[test]
fn pauses_double_to_a_minute_and_are_not_all_alike() {
    let hosts = Hosts::new(8);
    let mut until = fail_often(&hosts, "a.example", NOW);
    for seconds in [4, 8, 16, 32, 60, 60] {
        let probe = place(&hosts, "a.example", until);
        assert_eq!(probe.end(fails(), until, FULL), None);
        let before_the_end = until.after(SECOND * seconds - Duration::from_millis(1));
        assert_eq!(wait(&hosts, "a.example", before_the_end, 0.0).why, Why::Away, "{seconds}");
        until = until.after(SECOND * seconds);
    }
    place(&hosts, "a.example", until).end(fails(), until, 0.0);
    let _half = place(&hosts, "a.example", until.after(MINUTE / 2));
}

#[test]
fn a_success_opens_the_host_again() {
    let hosts = Hosts::new(8);
    let until = fail_often(&hosts, "a.example", NOW);
    let probe = place(&hosts, "a.example", until);
    assert_eq!(probe.end(Verdict::Answers, until, 0.0), Some(News::Back));
    let places: Vec<_> = (0..8).map(|_| place(&hosts, "a.example", until)).collect();
    drop(places);
    // And it takes five failures again.
    assert_eq!(fail_often(&hosts, "a.example", until).since(until), SECOND * 2);
}

#[test]
fn failures_that_are_not_in_a_row_say_nothing() {
    let hosts = Hosts::new(8);
    for _ in 0..4 {
        for _ in 0..4 {
            assert_eq!(place(&hosts, "a.example", NOW).end(fails(), NOW, FULL), None);
        }
        assert_eq!(place(&hosts, "a.example", NOW).end(Verdict::Answers, NOW, 0.0), None);
    }
    let _place = place(&hosts, "a.example", NOW);
}

#[test]
fn a_probe_of_which_nothing_is_heard_is_followed_by_another() {
    let hosts = Hosts::new(8);
    let until = fail_often(&hosts, "a.example", NOW);
    drop(place(&hosts, "a.example", until));
    let _next = place(&hosts, "a.example", until);
    assert_eq!(wait(&hosts, "a.example", until, 0.0).why, Why::Away);
}

#[test]
fn fetches_that_were_under_way_when_it_went_away_neither_prolong_that_nor_go_unheard() {
    let hosts = Hosts::new(8);
    let (first, second) = (place(&hosts, "a.example", NOW), place(&hosts, "a.example", NOW));
    let until = fail_often(&hosts, "a.example", NOW);
    assert_eq!(first.end(fails(), later(SECOND), FULL), None);
    let probe = place(&hosts, "a.example", until);
    assert_eq!(second.end(Verdict::Answers, until, 0.0), Some(News::Back));
    assert_eq!(probe.end(Verdict::Answers, until, 0.0), None, "that was said");
}

#[test]
fn what_the_host_asked_for_is_the_least() {
    let hosts = Hosts::new(8);
    let hour = Some(MINUTE * 60);
    assert_eq!(place(&hosts, "a.example", NOW).end(Verdict::Fails { retry_after: hour }, NOW, FULL), None);
    let until = fail_often_more(&hosts, "a.example", 4);
    assert_eq!(until.since(NOW), MINUTE * 60, "though later failures asked for nothing");
    let told = wait(&hosts, "a.example", NOW, 0.0);
    assert!(told.at > until && told.at.since(until) <= MINUTE, "{told:?}");
    // An answer ends that as well.
    let probe = place(&hosts, "a.example", until);
    assert_eq!(probe.end(Verdict::Answers, until, 0.0), Some(News::Back));
}

fn fail_often_more(hosts: &Hosts, host: &str, failures: usize) -> Timestamp {
    let news: Vec<_> =
        (0..failures).filter_map(|_| place(hosts, host, NOW).end(fails(), NOW, FULL)).collect();
    match news[..] {
        [News::Away(until)] => until,
        ref other => panic!("not away: {other:?}"),
    }
}

#[test]
fn only_what_says_that_a_host_is_away_counts_as_that() {
    let verdicts = FailureKind::ALL.map(|kind| (kind, Verdict::of(&Failure::new(kind, ""))));
    for (kind, verdict) in verdicts {
        let fails = matches!(verdict, Verdict::Fails { .. });
        assert!(!fails || kind.is_retryable(), "{}", kind.as_str());
    }
    let pause = Some(SECOND * 7);
    let busy = Failure { retry_after: pause, ..Failure::new(FailureKind::SourceUnavailable, "429") };
    assert_eq!(Verdict::of(&busy), Verdict::Fails { retry_after: pause });
    let missing = Failure::new(FailureKind::SourceRefused, "404");
    assert_eq!(Verdict::of(&missing), Verdict::Answers);
    let denied = Failure::new(FailureKind::TargetNotAllowed, "nobody was asked");
    assert_eq!(Verdict::of(&denied), Verdict::Nothing);
}

#[test]
fn so_many_hosts_are_remembered_and_no_more() {
    let hosts = Hosts::new(1);
    let slow = place(&hosts, "slow.example", NOW);
    let until = fail_often(&hosts, "away.example", NOW);
    for number in 0..3 * MOST {
        let _told = place(&hosts, &format!("{number}.example"), NOW).end(Verdict::Answers, NOW, 0.0);
        assert!(hosts.lock().len() <= MOST);
    }
    assert_eq!(wait(&hosts, "slow.example", NOW, 0.0).why, Why::Busy, "it is being asked");
    assert_eq!(wait(&hosts, "away.example", NOW, 0.0).why, Why::Away, "it failed lately");
    // Also when all of them fail.
    for number in 0..3 * MOST {
        place(&hosts, &format!("bad{number}.example"), until).end(fails(), until, 0.0);
        assert!(hosts.lock().len() <= MOST);
    }
    assert_eq!(wait(&hosts, "slow.example", until, 0.0).why, Why::Busy);
    drop(slow);
    // And what failed long ago is forgotten before what failed lately.
    let much_later = until.after(MINUTE * 60);
    forget(&mut hosts.lock(), much_later);
    assert!(hosts.lock().is_empty());
}

#[test]
fn a_clock_that_jumps_back_holds_nobody_up_for_long() {
    let hosts = Hosts::new(1);
    let _place = place(&hosts, "a.example", later(MINUTE * 60));
    let _promised = wait(&hosts, "a.example", later(MINUTE * 60), 0.0);
    assert!(wait(&hosts, "a.example", NOW, 1.0).at.since(NOW) <= MINUTE);
}
