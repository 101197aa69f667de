//! kill -9, and a freeze, of each part while clients submit.

use std::time::Duration;

use tally_tests::cluster::Cluster;
use tally_tests::rng::SeededRng;
use tally_tests::wait;

use super::campaign::under_load;

fn one(rng: &mut SeededRng) -> usize {
    usize::try_from(rng.below(2)).unwrap_or(0)
}

#[test]
fn a_worker_is_killed_again_and_again() {
    under_load("kill -9 of a worker", |cluster, rng, campaign| {
        for _ in 0..3 {
            let victim = &mut cluster.workers[one(rng)];
            victim.kill();
            campaign.goes_on(10);
            victim.back();
        }
    });
}

#[test]
fn an_api_is_killed_again_and_again() {
    under_load("kill -9 of an API", |cluster, rng, campaign| {
        for _ in 0..3 {
            let victim = &mut cluster.apis[one(rng)];
            victim.kill();
            campaign.goes_on(10);
            victim.back();
        }
    });
}

#[test]
fn the_store_is_killed_again_and_again() {
    under_load("kill -9 of the store", |cluster, _, campaign| {
        for _ in 0..2 {
            let refused = campaign.refused();
            cluster.store.kill();
            wait::until("clients are refused", || campaign.refused() > refused);
            cluster.start_store();
            campaign.goes_on(10);
        }
    });
}

#[test]
fn the_broker_is_killed() {
    under_load("kill -9 of the broker", |cluster, _, campaign| {
        cluster.kill_broker();
        campaign.goes_on(12);
        cluster.start_broker();
    });
}

/// Everything that it was trusted with is gone: tickets confirmed and not yet delivered, tickets in work, its queues.
#[test]
fn the_brokers_data_are_deleted_under_load() {
    under_load("the broker's data deleted", |cluster, _, campaign| {
        // Confirmed tickets that no worker has taken: the workers are stopped first.
        cluster.workers.iter_mut().for_each(|worker| assert!(worker.stop().success()));
        campaign.goes_on(12);
        cluster.wipe_broker();
        campaign.goes_on(4);
        cluster.start_broker();
        cluster.workers.iter_mut().for_each(|worker| worker.back());
    });
}

#[test]
fn each_part_is_frozen_and_goes_on() {
    type Freeze = fn(&Cluster, usize);
    let parts: [(&str, Freeze, Freeze); 4] = [
        (
            "an API",
            |cluster, place| cluster.apis[place].freeze(),
            |cluster, place| cluster.apis[place].thaw(),
        ),
        (
            "a worker",
            |cluster, place| cluster.workers[place].freeze(),
            |cluster, place| cluster.workers[place].thaw(),
        ),
        ("the broker", |cluster, _| cluster.broker.freeze(), |cluster, _| cluster.broker.thaw()),
        ("the store", |cluster, _| cluster.store.freeze(), |cluster, _| cluster.store.thaw()),
    ];
    for (part, freeze, thaw) in parts {
        under_load(&format!("SIGSTOP of {part}"), |cluster, rng, campaign| {
            let place = one(rng);
            freeze(cluster, place);
            let before = campaign.refused();
            match part {
                // Nobody answers for those.
                "the store" => drop(wait::until("clients are refused", || campaign.refused() > before)),
                "an API" => std::thread::park_timeout(Duration::from_millis(500 + rng.below(2000))),
                _ => campaign.goes_on(12),
            }
            thaw(cluster, place);
        });
    }
}
