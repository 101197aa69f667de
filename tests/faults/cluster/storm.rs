//! Faults of every kind, in an order that only the seed knows: what no list of windows has thought of.

use std::thread::park_timeout;
use std::time::Duration;

use tally_tests::cluster::{Cluster, Member};
use tally_tests::rng::SeededRng;

use super::campaign::under_load;

/// Faults in a round.
const FAULTS: usize = 14;

#[test]
fn a_storm_of_faults_loses_nothing() {
    under_load("a storm of faults", |cluster, rng, campaign| {
        let drawn: Vec<String> = (0..FAULTS).map(|_| strike(cluster, rng)).collect();
        eprintln!("a storm of faults: {}", drawn.join(", "));
        cluster.mend();
        campaign.goes_on(20);
    });
}

/// One fault, for a while, and its end. Says what it was.
fn strike(cluster: &mut Cluster, rng: &mut SeededRng) -> String {
    let lasts = Duration::from_millis(100 + rng.below(900));
    let place = usize::try_from(rng.below(2)).unwrap_or(0);
    let is_api = rng.below(2) == 0;
    let kind = rng.below(16);
    let member = if is_api { &mut cluster.apis[place] } else { &mut cluster.workers[place] };
    let who = format!("{} {place}", if is_api { "API" } else { "worker" });
    match kind {
        0 | 1 => {
            member.kill();
            park_timeout(lasts);
            member.start_again();
            format!("kill {who}")
        }
        2 => {
            member.freeze();
            park_timeout(lasts);
            member.thaw();
            format!("freeze {who}")
        }
        3 => {
            cluster.store.kill();
            park_timeout(lasts / 4);
            cluster.start_store();
            "kill the store".to_owned()
        }
        4 => {
            cluster.store.freeze();
            park_timeout(lasts);
            cluster.store.thaw();
            "freeze the store".to_owned()
        }
        5 => {
            cluster.broker.freeze();
            park_timeout(lasts);
            cluster.broker.thaw();
            "freeze the broker".to_owned()
        }
        _ => format!("{} of {who}", hurt_a_way(member, rng, lasts)),
    }
}

/// Hurts one of a member's two ways for a while.
fn hurt_a_way(member: &Member, rng: &mut SeededRng, lasts: Duration) -> String {
    let (name, way) = if rng.below(2) == 0 { ("store", &member.store) } else { ("broker", &member.broker) };
    let what = match rng.below(6) {
        0 => {
            way.cut();
            "cut"
        }
        1 => {
            way.refuse();
            "refuse"
        }
        2 => {
            way.stall();
            "stall"
        }
        3 => {
            way.mute();
            "mute"
        }
        4 => {
            way.deafen();
            "deafen"
        }
        _ => {
            way.delay(Duration::from_millis(5 + rng.below(60)));
            "delay"
        }
    };
    park_timeout(lasts);
    way.heal();
    format!("{what} the {name}")
}
