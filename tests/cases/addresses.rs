//! The forbidden addresses: IANA's special-purpose registries and the clouds' own, written down here a
//! second time, so that a row that is missing in the guard is found.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// IPv4 networks: first address and prefix.
const FOUR: [([u8; 4], u32); 22] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([168, 63, 129, 16], 32),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 31, 196, 0], 24),
    ([192, 52, 193, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([192, 175, 48, 0], 24),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
    ([255, 255, 255, 255], 32),
    ([100, 100, 100, 200], 32),
    ([192, 0, 0, 192], 32),
];

/// IPv6 networks inside 2000::/3; everything outside is denied as a whole.
const SIX: [(Ipv6Addr, u32); 5] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
    (Ipv6Addr::new(0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0), 48),
];

/// Whether it is forbidden.
pub(crate) fn is_denied(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(four) => FOUR.iter().any(|&(network, prefix)| {
            let shift = 32 - prefix;
            u32::from(four) >> shift == u32::from(Ipv4Addr::from(network)) >> shift
        }),
        IpAddr::V6(six) => {
            let within = |network: Ipv6Addr, prefix: u32| {
                u128::from(six) >> (128 - prefix) == u128::from(network) >> (128 - prefix)
            };
            !within(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3)
                || SIX.iter().any(|&(network, prefix)| within(network, prefix))
        }
    }
}

/// The first and the last address of every denied IPv4 network, and the famous ones in them.
pub(crate) fn denied_four() -> Vec<Ipv4Addr> {
    let ends = FOUR.iter().flat_map(|&(network, prefix)| {
        let first = u32::from(Ipv4Addr::from(network));
        let last = first | u32::MAX.checked_shr(prefix).unwrap_or(0);
        [Ipv4Addr::from(first), Ipv4Addr::from(last)]
    });
    let famous =
        [[127, 0, 0, 1], [127, 1, 2, 3], [169, 254, 169, 254], [10, 0, 0, 1], [192, 168, 0, 1], [0, 0, 0, 1]];
    let mut all: Vec<_> = ends.chain(famous.map(Ipv4Addr::from)).collect();
    all.sort();
    all.dedup();
    all
}

/// One address at least of every denied kind of IPv6.
pub(crate) fn denied_six() -> Vec<Ipv6Addr> {
    [
        "::",
        "::1",
        "::2",
        "::ffff:0:7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "64:ff9b:1:ffff::7f00:1",
        "100::1",
        "100:0:0:1::1",
        "200::1",
        "400::1",
        "1fff::1",
        "2001::1",
        "2001:0:7f00:1::",
        "2001:2::1",
        "2001:10::1",
        "2001:20::1",
        "2001:30::1",
        "2001:1ff:ffff::1",
        "2001:db8::1",
        "2002::1",
        "2002:7f00:1::1",
        "2002:a9fe:a9fe::",
        "2620:4f:8000::1",
        "3fff::1",
        "3fff:fff::1",
        "4000::1",
        "5f00::1",
        "8000::1",
        "c000::1",
        "fc00::1",
        "fd00::1",
        "fd00:ec2::254",
        "fe00::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    ]
    .map(|text| text.parse().unwrap())
    .into()
}

/// Neighbours of denied networks that are public: a guard that refuses them refuses too much.
pub(crate) fn public() -> Vec<IpAddr> {
    [
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "168.63.129.15",
        "168.63.129.17",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "93.184.216.34",
        "2606:4700::1111",
        "2a00:1450::1",
        "2001:200::1",
        "2001:4860:4860::8888",
        "2003::1",
        "2620:4f:7fff::1",
        "3ffe::1",
    ]
    .map(|text| text.parse().unwrap())
    .into()
}

#[test]
fn the_table_agrees_with_its_own_examples() {
    assert!(denied_four().into_iter().all(|four| is_denied(four.into())));
    for six in denied_six() {
        assert!(is_denied(six.into()), "{six}");
    }
    for address in public() {
        assert!(!is_denied(address), "{address}");
    }
}
