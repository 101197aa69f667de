//! Names that lead to forbidden addresses: always, sometimes, beside good answers, or the second time only.

use tally_tests::server::Launch;

use crate::canary::{Canaries, WORDS};
use crate::{names, world};

#[test]
fn names_that_lead_where_nobody_may_go() {
    if !world::inside("rebinding::names_that_lead_where_nobody_may_go") {
        return;
    }
    names::serve();
    let (server, canaries) = (Launch::new().guarded().start(), Canaries::listen());
    let good = server.count_url("http://www.good-site.com/");
    assert_eq!(good["result"]["words"], WORDS, "the world's names work: {good}");
    for name in [
        "to-127-0-0-1",
        "to-127-1-2-3",
        "to-169-254-169-254",
        "to-10-0-0-1",
        "to-192-168-1-1",
        "to-100-64-0-1",
        "to-168-63-129-16",
        "to-0-0-0-0",
        "to6---1",
        "to6-fd00--1",
        "to6-fe80--1",
        "to6-64-ff9b--7f00-1",
        "to6-2002-7f00-1--1",
        "to6---ffff-7f00-1",
        // Good and bad answers together: one bad one spoils the name.
        "to-93-184-216-34_to-127-0-0-1",
        "to-10-0-0-1_to-93-184-216-34",
        "to-93-184-216-34_to6---1",
        "to6-2606-4700--1111_to-169-254-169-254",
    ] {
        let job = server.count_url(&format!("http://{name}.attacker-site.com/"));
        assert_eq!(job["error"]["type"], "/problems/target-not-allowed", "{name}: {job}");
        assert_eq!(job["attempts"], 1, "{name}: {job}");
        canaries.assert_unharmed(name);
    }
}

#[test]
fn names_that_change_their_mind() {
    if !world::inside("rebinding::names_that_change_their_mind") {
        return;
    }
    names::serve();
    let (server, canaries) = (Launch::new().guarded().start(), Canaries::listen());
    for (number, bad) in ["to-127-0-0-1", "to-169-254-169-254", "to6---1"].into_iter().enumerate() {
        let name = format!("to-93-184-216-34_then_{bad}.rebind{number}-site.com");
        let first = server.count_url(&format!("http://{name}/"));
        assert_eq!(first["result"]["words"], WORDS, "{name}: {first}");
        let second = server.count_url(&format!("http://{name}/"));
        // An answer may be kept for a moment, or a connection used again; what may not be is a new one to the bad place.
        if second["state"] == "failed" {
            assert_eq!(second["error"]["type"], "/problems/target-not-allowed", "{name}: {second}");
        }
        canaries.assert_unharmed(&name);
        // Within one job: the page redirects to its own name, which has changed by then.
        let name = format!("to-93-184-216-34_then_{bad}.redirect{number}-site.com");
        let job = server.count_url(&format!("http://{name}/r/302/http://{name}:8080/"));
        if job["state"] == "failed" {
            assert_eq!(job["error"]["type"], "/problems/target-not-allowed", "{name}: {job}");
        }
        canaries.assert_unharmed(&name);
    }
}

#[test]
fn names_that_never_mean_a_public_host() {
    if !world::inside("rebinding::names_that_never_mean_a_public_host") {
        return;
    }
    names::serve();
    let (server, canaries) = (Launch::new().guarded().start(), Canaries::listen());
    for name in [
        "localhost",
        "LOCALHOST",
        "localhost.",
        "foo.localhost",
        "ip6-localhost",
        "router",
        "intranet",
        "printer.local",
        "metadata.google.internal",
        "metadata.google.internal.",
        "anything.internal",
    ] {
        let answer = server.submit(&serde_json::json!({"url": format!("http://{name}/")}));
        if answer.status == 422 {
            continue;
        }
        let job = server.finish(&answer);
        assert_eq!(job["state"], "failed", "{name}: {job}");
        assert_eq!(job["error"]["type"], "/problems/target-not-allowed", "{name}: {job}");
        assert!(canaries.met().is_empty(), "{name} was reached");
    }
}
