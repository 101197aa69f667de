//! Every notation of every denied address is denied, and none is dialled.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use tally_kernel::PublicUrl;
use tally_outbound::{GuardPolicy, Outbound, OutboundOptions};
use tally_wordcount::CountFailure;
use tally_wordcount::ports::{FetchLimits, Fetcher};

use crate::support::{Script, Server, failure, failure_of, fetch, ok};

/// The notations of one IPv4 address.
fn forms_of(v4: Ipv4Addr) -> Vec<String> {
    let [a, b, c, d] = v4.octets();
    let n = v4.to_bits();
    let dotted = v4.to_string();
    let full_width = |base: u32| -> String {
        dotted
            .chars()
            .map(|c| c.to_digit(10).and_then(|digit| char::from_u32(base + digit)).unwrap_or('\u{3002}'))
            .collect()
    };
    let circled = dotted.chars().map(|c| match c.to_digit(10) {
        Some(0) => '\u{24ea}',
        Some(digit) => char::from_u32(0x245f + digit).unwrap(),
        None => '\u{ff0e}',
    });
    vec![
        dotted.clone(),
        format!("{dotted}."),
        n.to_string(),
        format!("0{n:o}"),
        format!("0x{n:x}"),
        format!("0X{n:08X}"),
        format!("0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}"),
        format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        format!("000{a:o}.0x{b:x}.{c}.0{d:o}"),
        format!("{a}.{}", n & 0x00ff_ffff),
        format!("{a}.{b}.{}", n & 0xffff),
        format!("0x{a:x}.{b}.0{:o}", n & 0xffff),
        full_width(0xff10),
        full_width(0x1d7ce),
        circled.collect(),
        dotted.bytes().map(|byte| format!("%{byte:02x}")).collect(),
        n.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect(),
    ]
}

/// The IPv6 addresses that embed an IPv4 address.
fn wrapped(v4: Ipv4Addr) -> Vec<String> {
    let n = v4.to_bits();
    let (high, low) = (n >> 16, n & 0xffff);
    vec![
        format!("[::ffff:{v4}]"),
        format!("[::ffff:{high:x}:{low:x}]"),
        format!("[::FFFF:{high:X}:{low:X}]"),
        format!("[0:0:0:0:0:ffff:{high:x}:{low:x}]"),
        format!("[::{v4}]"),
        format!("[::{high:x}:{low:x}]"),
        format!("[::ffff:0:{high:x}:{low:x}]"),
        format!("[64:ff9b::{v4}]"),
        format!("[64:ff9b::{high:x}:{low:x}]"),
        format!("[64:ff9b:1::{high:x}:{low:x}]"),
        format!("[2002:{high:x}:{low:x}::1]"),
        format!("[2001:0:4136:e378:8000:63bf:{:x}:{:x}]", !high & 0xffff, !low & 0xffff),
    ]
}

fn forms_of_v6(v6: Ipv6Addr) -> Vec<String> {
    let groups = v6.segments().map(|group| format!("{group:04x}")).join(":");
    vec![format!("[{v6}]"), format!("[{groups}]"), format!("[{}]", groups.to_uppercase())]
}

/// The first, a middle and the last address of every IPv4 range of the IANA registry, and the famous ones of the
/// clouds. Written out and not taken from the guard's own table: what is missing there must be missed here.
const DENIED_V4: [&str; 65] = [
    "0.0.0.0",
    "0.128.0.1",
    "0.255.255.255",
    "10.0.0.0",
    "10.0.0.5",
    "10.255.255.255",
    "100.64.0.0",
    "100.100.100.200",
    "100.127.255.255",
    "127.0.0.0",
    "127.0.0.1",
    "127.255.255.255",
    "168.63.129.16",
    "169.254.0.0",
    "169.254.169.254",
    "169.254.170.2",
    "169.254.255.255",
    "172.16.0.0",
    "172.17.0.1",
    "172.31.255.255",
    "192.0.0.0",
    "192.0.0.192",
    "192.0.0.9",
    "192.0.0.10",
    "192.0.0.255",
    "192.0.2.0",
    "192.0.2.128",
    "192.0.2.255",
    "192.31.196.0",
    "192.31.196.1",
    "192.31.196.255",
    "192.52.193.0",
    "192.52.193.1",
    "192.52.193.255",
    "192.88.99.0",
    "192.88.99.1",
    "192.88.99.2",
    "192.88.99.255",
    "192.168.0.0",
    "192.168.1.1",
    "192.168.255.255",
    "192.175.48.0",
    "192.175.48.1",
    "192.175.48.255",
    "198.18.0.0",
    "198.19.0.1",
    "198.19.255.255",
    "198.51.100.0",
    "198.51.100.77",
    "198.51.100.255",
    "203.0.113.0",
    "203.0.113.77",
    "203.0.113.255",
    "224.0.0.0",
    "224.0.0.251",
    "233.252.0.1",
    "239.255.255.250",
    "239.255.255.255",
    "240.0.0.0",
    "240.0.0.1",
    "247.1.2.3",
    "255.0.0.0",
    "255.255.255.254",
    "255.255.255.255",
    "127.0.0.53",
];

/// The same for IPv6: of every range of the registry, and of unallocated space.
const DENIED_V6: [&str; 48] = [
    "::",
    "::1",
    "::2",
    "0:0:0:1::1",
    "1::",
    "64:ff9a::1",
    "64:ff9b::1",
    "64:ff9b:1::1",
    "64:ff9b:1:ffff::1",
    "100::1",
    "100:0:0:1::1",
    "1fff:ffff::1",
    "2001::",
    "2001::1",
    "2001:1::1",
    "2001:1::2",
    "2001:2::1",
    "2001:3::1",
    "2001:4:112::1",
    "2001:10::1",
    "2001:20::1",
    "2001:30::1",
    "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
    "2001:db8::",
    "2001:db8:1::1",
    "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
    "2002::",
    "2002:808:808::1",
    "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "2620:4f:8000::",
    "2620:4f:8000:ffff:ffff:ffff:ffff:ffff",
    "3fff::",
    "3fff:1::1",
    "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
    "4000::",
    "5f00::1",
    "8000::1",
    "c000::1",
    "e000::1",
    "fc00::1",
    "fd00:ec2::254",
    "fd20:ce::254",
    "fdff:ffff::1",
    "fe80::1",
    "fe80::a9fe:a9fe",
    "fec0::1",
    "ff02::1",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
];

fn denied_v4() -> impl Iterator<Item = Ipv4Addr> {
    DENIED_V4.into_iter().map(|text| text.parse().unwrap())
}

fn denied_v6() -> impl Iterator<Item = Ipv6Addr> {
    DENIED_V6.into_iter().map(|text| text.parse().unwrap())
}

fn all_denied_hosts() -> Vec<String> {
    let v4 = denied_v4().flat_map(|v4| [forms_of(v4), wrapped(v4)].concat());
    v4.chain(denied_v6().flat_map(forms_of_v6)).collect()
}

/// The failure of a fetch. A text that is no address counts as denied.
async fn attempt(outbound: &Outbound, address: &str) -> Option<CountFailure> {
    match PublicUrl::parse(address) {
        Err(_) => Some(CountFailure::TargetNotAllowed),
        Ok(url) => outbound
            .open(&url, &FetchLimits::default())
            .await
            .err()
            .map(|unfetched| CountFailure::of(&failure_of(unfetched)).unwrap()),
    }
}

#[tokio::test]
async fn denies_every_notation_of_every_denied_address_without_a_dial() {
    let canary = Server::answering(ok("canary")).await;
    let net = Arc::new(Script::to(&canary));
    let outbound = Outbound::over(net.clone(), OutboundOptions::default()).unwrap();
    let hosts = all_denied_hosts();
    assert!(hosts.len() > 1_800, "{}", hosts.len());
    for host in &hosts {
        for address in [format!("http://{host}/"), format!("https://{host}:8443/x")] {
            assert_eq!(attempt(&outbound, &address).await, Some(CountFailure::TargetNotAllowed), "{address}");
        }
    }
    assert_eq!(net.dials(), Vec::<String>::new());
    assert_eq!(net.lookups(), Vec::<String>::new(), "every form is an address, none of them a name");
    assert_eq!(canary.connections(), 0);
}

/// The counterpart: the same notations of a public address are dialled.
#[tokio::test]
async fn dials_every_notation_of_a_public_address() {
    let server = Server::closing(ok("public")).await;
    let net = Arc::new(Script::to(&server));
    let outbound = Outbound::over(net.clone(), OutboundOptions::default()).unwrap();
    let forms = forms_of(Ipv4Addr::new(93, 184, 216, 34));
    for form in &forms {
        assert_eq!(fetch(&outbound, &format!("http://{form}/")).await.unwrap(), b"public", "{form}");
    }
    for form in forms_of_v6("2606:4700::1".parse().unwrap()) {
        assert_eq!(fetch(&outbound, &format!("http://{form}/")).await.unwrap(), b"public", "{form}");
    }
    assert!(
        net.dials().iter().all(|to| to == "93.184.216.34:80" || to == "[2606:4700::1]:80"),
        "{:?}",
        net.dials()
    );
    for form in wrapped(Ipv4Addr::new(93, 184, 216, 34)) {
        let kind = attempt(&outbound, &format!("http://{form}/")).await;
        assert_eq!(kind, Some(CountFailure::TargetNotAllowed), "no public host is written as {form}");
    }
}

/// With real sockets: servers on this machine get no connection.
#[tokio::test]
async fn servers_on_loopback_get_no_connection() {
    let mut canaries = vec![Server::answering(ok("canary")).await];
    // A machine without IPv6 has no such loopback to protect.
    canaries.extend(Server::on("[::1]:0", |mut peer| async move { drop(peer.heard().await) }).await);
    let ports: Vec<u16> = canaries.iter().map(|canary| canary.address.port()).collect();
    // The ports are open, so that it is the address that is denied.
    let policy = GuardPolicy { ports: ports.clone(), ..GuardPolicy::default() };
    let outbound = Outbound::new(OutboundOptions { policy, ..OutboundOptions::default() }).unwrap();
    let mut hosts = vec![
        "localhost".to_owned(),
        "localhost.".to_owned(),
        "LOCALHOST".to_owned(),
        "a.localhost".to_owned(),
    ];
    for v4 in ["127.0.0.1", "127.0.0.2", "0.0.0.0"].map(|text| text.parse().unwrap()) {
        hosts.extend(forms_of(v4));
        hosts.extend(wrapped(v4));
    }
    hosts.extend(["::1", "::"].into_iter().flat_map(|text| forms_of_v6(text.parse().unwrap())));
    for host in hosts {
        for port in &ports {
            let address = format!("http://{host}:{port}/");
            assert_eq!(attempt(&outbound, &address).await, Some(CountFailure::TargetNotAllowed), "{address}");
        }
    }
    for canary in &canaries {
        assert_eq!(canary.connections(), 0);
    }
}

#[tokio::test]
async fn denies_ports_other_than_web_ports() {
    let canary = Server::answering(ok("canary")).await;
    let net = Arc::new(Script::to(&canary).name("example.com", &[&["93.184.216.34"]]));
    let outbound = Outbound::over(net.clone(), OutboundOptions::default()).unwrap();
    for port in [0, 1, 22, 25, 110, 2_375, 5_672, 6_379, 8_081, 9_200, 27_017, 65_535] {
        for address in [format!("http://example.com:{port}/"), format!("https://93.184.216.34:{port}/")] {
            assert_eq!(attempt(&outbound, &address).await, Some(CountFailure::TargetNotAllowed), "{address}");
        }
    }
    assert_eq!((net.dials().len(), net.lookups().len()), (0, 0));
    for port in [80, 443, 8_080, 8_443] {
        assert_eq!(fetch(&outbound, &format!("http://example.com:{port}/")).await.unwrap(), b"canary");
    }
}

#[tokio::test]
async fn an_extra_port_is_allowed_for_public_addresses_only() {
    let server = Server::answering(ok("extra")).await;
    let net = Arc::new(Script::to(&server).name("example.com", &[&["93.184.216.34"]]));
    let policy = GuardPolicy { ports: vec![3_000], ..GuardPolicy::default() };
    let outbound = Outbound::over(net, OutboundOptions { policy, ..OutboundOptions::default() }).unwrap();
    assert_eq!(fetch(&outbound, "http://example.com:3000/").await.unwrap(), b"extra");
    assert_eq!(attempt(&outbound, "http://127.0.0.1:3000/").await, Some(CountFailure::TargetNotAllowed));
}

#[tokio::test]
async fn an_allowed_range_allows_all_ports() {
    let server = Server::answering(ok("intranet")).await;
    let open = crate::support::local_outbound();
    assert_eq!(fetch(&open, &server.url()).await.unwrap(), b"intranet");
    let decimal = format!("http://2130706433:{}/", server.address.port());
    assert_eq!(fetch(&open, &decimal).await.unwrap(), b"intranet");
    assert_eq!(attempt(&open, "http://10.0.0.1/").await, Some(CountFailure::TargetNotAllowed));
}

#[tokio::test]
async fn all_denials_have_the_same_text_with_advice_for_the_operator() {
    let canary = Server::answering(ok("canary")).await;
    let net = Script::to(&canary).name("rebound.example", &[&["10.0.0.7"]]);
    let outbound = Outbound::over(Arc::new(net), OutboundOptions::default()).unwrap();
    let mut texts = Vec::new();
    for host in ["localhost", "rebound.example", "169.254.169.254", "example.com:22", "[::1]"] {
        let failure = failure(&outbound, &format!("http://{host}/page?token=secret")).await;
        assert!(failure.detail.contains(&format!("http://{host}/page may not")), "{}", failure.detail);
        assert!(failure.detail.contains("--fetch-allow"), "{}", failure.detail);
        assert!(
            !failure.detail.contains("secret") && !failure.detail.contains("10.0.0.7"),
            "{}",
            failure.detail
        );
        assert!(!failure.retryable);
        texts.push(failure.detail.replace(host, "HOST"));
    }
    texts.dedup();
    assert_eq!(texts.len(), 1, "{texts:?}");
}
