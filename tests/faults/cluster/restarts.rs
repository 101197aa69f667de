//! W21: every API and every worker is replaced in an orderly way while clients submit, and nobody notices.

use std::sync::Mutex;

use super::campaign::under_load;

#[test]
fn w21_a_rolling_restart_loses_nothing_and_charges_nobody() {
    let seen = Mutex::new(Vec::new());
    under_load("W21, a rolling restart", |cluster, _, campaign| {
        for place in 0..2 {
            for members in [&mut cluster.workers, &mut cluster.apis] {
                let status = members[place].stop();
                assert!(status.success(), "a drain is no failure: {status}");
                campaign.goes_on(10);
                members[place].back();
                campaign.goes_on(10);
            }
        }
        seen.lock().unwrap().push(campaign.jobs());
    });
    let jobs = seen.into_inner().unwrap().concat();
    assert!(!jobs.is_empty());
    for job in jobs {
        assert!(
            job["attempts"].as_u64().is_some_and(|attempts| attempts <= 1),
            "it was charged for a drain: {job}"
        );
    }
}
