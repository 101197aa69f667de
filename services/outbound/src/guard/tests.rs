//! The guard's rules one by one, without a network.

use std::net::{IpAddr, Ipv4Addr};

use super::*;

fn guard(allow: &[&str]) -> Guard {
    let allow = allow.iter().map(|range| range.parse().unwrap()).collect();
    let own_names = vec!["Tally.Example.org.".to_owned(), "203.0.114.9".to_owned()];
    Guard::new(GuardPolicy { allow, ports: vec![9_000], own_names }).unwrap()
}

/// The guard's decision for a host with these addresses, none of them of this machine.
fn decision(guard: &Guard, host: &str, port: u16, addresses: &[&str]) -> Result<(), Denied> {
    let standing = guard.allowed_targets(&Host::parse(host).unwrap(), port)?;
    let addresses: Vec<IpAddr> = addresses.iter().map(|address| address.parse().unwrap()).collect();
    guard.check(standing, &addresses, |_| false)
}

const PUBLIC: &str = "93.184.216.34";

#[test]
fn allows_a_public_name_on_a_web_port() {
    for port in [80, 443, 8_080, 8_443, 9_000] {
        assert_eq!(decision(&guard(&[]), "example.com", port, &[PUBLIC, "2606:4700::1"]), Ok(()), "{port}");
    }
    for port in [0, 1, 22, 25, 81, 6_379, 9_001, 27_017, 65_535] {
        assert_eq!(decision(&guard(&[]), "example.com", port, &[PUBLIC]), Err(Denied), "{port}");
    }
}

#[test]
fn one_private_address_denies_all() {
    assert_eq!(decision(&guard(&[]), "example.com", 80, &[PUBLIC, "10.0.0.1"]), Err(Denied));
    assert_eq!(decision(&guard(&[]), "example.com", 80, &["::1", PUBLIC]), Err(Denied));
    assert_eq!(
        decision(&guard(&["127.0.0.0/8"]), "example.com", 80, &["127.0.0.1", "10.0.0.1"]),
        Err(Denied)
    );
    assert_eq!(decision(&guard(&[]), "example.com", 80, &[]), Err(Denied));
}

#[test]
fn denies_private_names_before_the_lookup() {
    for name in [
        "localhost",
        "localhost.",
        "a.localhost",
        "metadata.google.internal",
        "x.internal.",
        "printer.local",
        "intranet",
        "com",
        "a..com",
        "a.com..",
        "tally.example.org",
        "tally.example.org.",
        "203.0.114.9",
        "quo\"te.example",
    ] {
        let host = Host::parse(name).unwrap();
        assert_eq!(guard(&[]).allowed_targets(&host, 80), Err(Denied), "{name}");
        assert_eq!(
            guard(&["127.0.0.0/8"]).allowed_targets(&host, 80),
            Ok(AllowedTargets::AllowedOnly),
            "{name}"
        );
    }
    for name in [
        "example.com",
        "example.com.",
        "localhost.example.com",
        "internal.example",
        "a_b.example",
        "notlocal.uklocal",
    ] {
        let host = Host::parse(name).unwrap();
        assert_eq!(guard(&[]).allowed_targets(&host, 80), Ok(AllowedTargets::PublicAndAllowed), "{name}");
    }
}

#[test]
fn an_allowed_range_allows_every_port_and_name() {
    let open = guard(&["127.0.0.0/8"]);
    assert_eq!(decision(&open, "127.0.0.1", 5_000, &["127.0.0.1"]), Ok(()));
    assert_eq!(decision(&open, "localhost", 5_000, &["127.0.0.1"]), Ok(()));
    assert_eq!(decision(&open, "localhost", 5_000, &["127.0.0.1", "::1"]), Err(Denied));
    assert_eq!(decision(&open, "[::ffff:127.0.0.1]", 5_000, &["::ffff:127.0.0.1"]), Ok(()));
    assert_eq!(decision(&open, "10.0.0.1", 80, &["10.0.0.1"]), Err(Denied));
    // An exception for one place opens no other one on its odd ports or by a private name.
    assert_eq!(decision(&open, "example.com", 5_000, &[PUBLIC]), Err(Denied));
    assert_eq!(decision(&open, "example.com", 5_000, &["127.0.0.1", PUBLIC]), Err(Denied));
    assert_eq!(decision(&open, "localhost", 80, &[PUBLIC]), Err(Denied));
}

#[test]
fn an_allowed_translation_allows_only_embedded_public_addresses() {
    let nat64 = guard(&["64:ff9b::/96", "2002::/16", "2001::/32"]);
    assert_eq!(decision(&nat64, "example.com", 80, &["64:ff9b::5db8:d822"]), Ok(()));
    assert_eq!(decision(&nat64, "example.com", 80, &["64:ff9b::7f00:1"]), Err(Denied));
    assert_eq!(decision(&nat64, "example.com", 80, &["64:ff9b::a9fe:a9fe"]), Err(Denied));
    assert_eq!(decision(&nat64, "example.com", 80, &["2002:a00:1::1"]), Err(Denied));
    assert_eq!(decision(&nat64, "example.com", 80, &["2001:0:4136:e378:8000:63bf:80ff:fffe"]), Err(Denied));
    let both = guard(&["64:ff9b::/96", "10.0.0.0/8"]);
    assert_eq!(decision(&both, "example.com", 80, &["64:ff9b::a00:1"]), Ok(()));
}

#[test]
fn denies_own_addresses_unless_allowed() {
    let address: IpAddr = Ipv4Addr::new(93, 184, 216, 34).into();
    assert_eq!(
        guard(&[]).check(AllowedTargets::PublicAndAllowed, &[address], |own| own == address),
        Err(Denied)
    );
    let open = guard(&["93.184.216.34/32"]);
    assert_eq!(open.check(AllowedTargets::PublicAndAllowed, &[address], |own| own == address), Ok(()));
}

#[test]
fn an_own_name_must_be_a_host() {
    let policy = GuardPolicy { own_names: vec!["https://example.com/".to_owned()], ..GuardPolicy::default() };
    assert!(matches!(Guard::new(policy), Err(OutboundError::OwnName(_))));
}
