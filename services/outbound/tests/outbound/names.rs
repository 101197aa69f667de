//! Names: one lookup, a check of every address, and dials to exactly the checked addresses.

use std::sync::Arc;
use std::time::Duration;

use tally_outbound::{GuardPolicy, Outbound, OutboundOptions, Timeouts};
use tally_wordcount::CountFailure;

use crate::support::{Script, Server, failure, fetch, kind, ok};

const PUBLIC: &str = "93.184.216.34";
const OTHER: &str = "93.184.216.35";

fn over(net: &Arc<Script>) -> Outbound {
    Outbound::over(net.clone(), OutboundOptions::default()).unwrap()
}

#[tokio::test]
async fn looks_a_name_up_once_and_dials_its_address() {
    let server = Server::answering(ok("page")).await;
    // A second look would find this machine: time of check would not be time of use.
    let net = Arc::new(Script::to(&server).name("rebind.example", &[&[PUBLIC], &["127.0.0.1"]]));
    assert_eq!(fetch(&over(&net), "http://rebind.example/").await.unwrap(), b"page");
    assert_eq!(net.lookups(), ["rebind.example"]);
    assert_eq!(net.dials(), ["93.184.216.34:80"]);
}

#[tokio::test]
async fn denies_a_name_from_its_first_private_address_on() {
    let server = Server::closing(ok("page")).await;
    for second in ["127.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1", "fd00:ec2::254", "0.0.0.0"] {
        let net = Arc::new(Script::to(&server).name("rebind.example", &[&[PUBLIC], &[second]]));
        let outbound = over(&net);
        assert_eq!(fetch(&outbound, "http://rebind.example/").await.unwrap(), b"page");
        assert_eq!(
            kind(&outbound, "http://rebind.example/").await,
            CountFailure::TargetNotAllowed,
            "{second}"
        );
        assert_eq!(net.dials(), ["93.184.216.34:80"], "{second}");
    }
}

#[tokio::test]
async fn one_private_address_denies_the_name() {
    let canary = Server::answering(ok("canary")).await;
    for answers in [
        ["127.0.0.1", PUBLIC],
        [PUBLIC, "127.0.0.1"],
        [PUBLIC, "::1"],
        ["2606:4700::1", "10.1.2.3"],
        [PUBLIC, "::ffff:127.0.0.1"],
        [PUBLIC, "64:ff9b::7f00:1"],
        [PUBLIC, "168.63.129.16"],
    ] {
        let net = Arc::new(Script::to(&canary).name("mixed.example", &[&answers]));
        assert_eq!(
            kind(&over(&net), "http://mixed.example/").await,
            CountFailure::TargetNotAllowed,
            "{answers:?}"
        );
        assert_eq!(net.dials().len(), 0, "{answers:?}");
    }
    assert_eq!(canary.connections(), 0);
}

#[tokio::test]
async fn does_not_look_private_names_up() {
    let canary = Server::answering(ok("canary")).await;
    let names = [
        "localhost",
        "x.localhost",
        "metadata.google.internal",
        "db.internal",
        "printer.local",
        "intranet",
        "mongo.",
    ];
    let mut script = Script::to(&canary);
    for name in names {
        script = script.name(name, &[&[PUBLIC]]);
    }
    let net = Arc::new(script);
    for name in names {
        assert_eq!(
            kind(&over(&net), &format!("http://{name}/")).await,
            CountFailure::TargetNotAllowed,
            "{name}"
        );
    }
    assert_eq!((net.lookups().len(), net.dials().len()), (0, 0));
}

#[tokio::test]
async fn allows_private_names_in_an_allowed_range_on_any_port() {
    let server = Server::answering(ok("intranet")).await;
    let net = Arc::new(
        Script::to(&server)
            .name("wiki", &[&["10.1.2.3"]])
            .name("both.internal", &[&["10.1.2.3", PUBLIC]])
            .name("public.internal", &[&[PUBLIC]]),
    );
    let policy = GuardPolicy { allow: vec!["10.0.0.0/8".parse().unwrap()], ..GuardPolicy::default() };
    let outbound =
        Outbound::over(net.clone(), OutboundOptions { policy, ..OutboundOptions::default() }).unwrap();
    assert_eq!(fetch(&outbound, "http://wiki:3000/").await.unwrap(), b"intranet");
    assert_eq!(net.dials(), ["10.1.2.3:3000"]);
    for name in ["both.internal", "public.internal", "unknown.internal"] {
        assert_eq!(
            kind(&outbound, &format!("http://{name}/")).await,
            CountFailure::TargetNotAllowed,
            "{name}"
        );
    }
    assert_eq!(net.dials().len(), 1);
}

#[tokio::test]
async fn denies_own_addresses_and_names() {
    let canary = Server::answering(ok("canary")).await;
    let mut script = Script::to(&canary).name("us.example", &[&[PUBLIC]]).name("tally.example", &[&[OTHER]]);
    script.own = vec![PUBLIC.parse().unwrap()];
    let net = Arc::new(script);
    let policy = GuardPolicy { own_names: vec!["Tally.Example".to_owned()], ..GuardPolicy::default() };
    let outbound =
        Outbound::over(net.clone(), OutboundOptions { policy, ..OutboundOptions::default() }).unwrap();
    for host in [PUBLIC, "us.example", "tally.example", "TALLY.example."] {
        assert_eq!(
            kind(&outbound, &format!("http://{host}/")).await,
            CountFailure::TargetNotAllowed,
            "{host}"
        );
    }
    assert_eq!(net.dials().len(), 0);
    assert_eq!(fetch(&outbound, &format!("http://{OTHER}/")).await.unwrap(), b"canary");
}

#[tokio::test]
async fn denies_a_peer_other_than_the_dialled_address() {
    let server = Server::answering(ok("impostor")).await;
    let mut script = Script::to(&server).name("example.com", &[&[PUBLIC]]);
    script.impostor = Some(server.address);
    let outbound = over(&Arc::new(script));
    assert_eq!(kind(&outbound, "http://example.com/").await, CountFailure::TargetNotAllowed);
    assert_eq!(server.requests().len(), 0, "nothing is asked of an impostor");
}

#[tokio::test]
async fn an_unresolved_name_is_unreachable() {
    let net = Arc::new(Script::default().name("empty.example", &[&[]]));
    for name in ["nowhere.example", "empty.example"] {
        let failure = failure(&over(&net), &format!("http://{name}/p?q=secret")).await;
        assert_eq!(CountFailure::of(&failure).unwrap(), CountFailure::Unreachable);
        assert!(failure.detail.contains(&format!("http://{name}/p does not resolve")), "{}", failure.detail);
    }
}

#[tokio::test]
async fn a_dead_address_leaves_time_for_the_next_one() {
    let server = Server::answering(ok("second")).await;
    let mut script = Script::to(&server).name("example.com", &[&["2606:4700::1", PUBLIC]]);
    script.dead = vec!["2606:4700::1".parse().unwrap()];
    let net = Arc::new(script);
    let timeouts = Timeouts { attempt: Duration::from_millis(30), ..Timeouts::default() };
    let outbound =
        Outbound::over(net.clone(), OutboundOptions { timeouts, ..OutboundOptions::default() }).unwrap();
    assert_eq!(fetch(&outbound, "http://example.com/").await.unwrap(), b"second");
    assert_eq!(net.dials(), ["[2606:4700::1]:80", "93.184.216.34:80"]);
}

#[tokio::test]
async fn a_refused_connection_is_unreachable() {
    let net = Arc::new(Script::default().name("example.com", &[&[PUBLIC, OTHER]]));
    let failure = failure(&over(&net), "http://example.com/").await;
    assert_eq!(CountFailure::of(&failure).unwrap(), CountFailure::Unreachable);
    assert_eq!(net.dials(), ["93.184.216.34:80", "93.184.216.35:80"], "each address is tried once");
}
