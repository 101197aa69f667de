//! Every API and every worker is replaced in an orderly way while clients submit, and nobody notices.

use std::sync::Mutex;

use serde_json::Value;
use tally_tests::cluster::{Cluster, Member};
use tally_tests::wait;

use super::campaign::{Campaign, under_load, under_load_at_the_edge};

#[test]
fn a_rolling_restart_loses_nothing_and_charges_nobody() {
    let seen = Mutex::new(Vec::new());
    under_load("a rolling restart", |cluster, _, campaign| {
        roll(cluster, campaign, |_| campaign.goes_on(10));
        seen.lock().unwrap().push(campaign.jobs());
    });
    assert_uncharged(&seen.into_inner().unwrap().concat());
}

#[test]
fn a_rolling_restart_behind_the_edge_refuses_nobody() {
    let seen = Mutex::new(Vec::new());
    under_load_at_the_edge("a rolling restart behind nginx", |cluster, _, campaign| {
        // The next one goes when the edge has taken this one back, as the operators' handbook says.
        roll(cluster, campaign, |back| {
            wait::until("it is given submits again", || back.metric("tally_jobs_admitted_total") > 0.0);
        });
        assert_eq!(campaign.refused(), 0, "a submit was refused, or had no answer");
        seen.lock().unwrap().push(campaign.jobs());
    });
    assert_uncharged(&seen.into_inner().unwrap().concat());
}

/// Replaces one process after the other, each while clients are answered; `settled` returns when an API that is back has
/// its place again.
fn roll(cluster: &mut Cluster, campaign: &Campaign, settled: impl Fn(&Member)) {
    let replace = |member: &mut Member| {
        let status = member.stop();
        assert!(status.success(), "a drain is no failure: {status}");
        campaign.goes_on(10);
        member.back();
        campaign.goes_on(10);
    };
    for place in 0..2 {
        replace(&mut cluster.workers[place]);
        replace(&mut cluster.apis[place]);
        settled(&cluster.apis[place]);
    }
}

#[track_caller]
fn assert_uncharged(jobs: &[Value]) {
    assert!(!jobs.is_empty());
    for job in jobs {
        let attempts = job["attempts"].as_u64();
        assert!(attempts.is_some_and(|attempts| attempts <= 1), "it was charged for a drain: {job}");
    }
}
