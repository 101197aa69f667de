//! Which addresses are public: the IANA special-purpose registries, and a few that they lack.
//!
//! The IPv4 table lists denied ranges. The IPv6 table starts from the allowed range, because almost all of the IPv6 space
//! is unused. Sources: IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890 and its successors),
//! IANA IPv6 Global Unicast Assignments, and the documentation of the clouds.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An IPv4 range: its first address and how many leading bits count.
type V4Range = (Ipv4Addr, u32);
/// An IPv6 range: its first address and how many leading bits count.
type V6Range = (Ipv6Addr, u32);

/// IPv4 ranges that are never public. They include the registry's "globally reachable" entries: those are anycast
/// services and relays, which serve no documents.
const SPECIAL_V4: [V4Range; 19] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),        // this network
    (Ipv4Addr::new(10, 0, 0, 0), 8),       // private
    (Ipv4Addr::new(100, 64, 0, 0), 10),    // carrier-grade NAT; 100.100.100.200 is Alibaba's metadata
    (Ipv4Addr::new(127, 0, 0, 0), 8),      // loopback
    (Ipv4Addr::new(168, 63, 129, 16), 32), // Azure's wire server: a public address with a private meaning
    (Ipv4Addr::new(169, 254, 0, 0), 16),   // link-local, the metadata of most clouds
    (Ipv4Addr::new(172, 16, 0, 0), 12),    // private
    (Ipv4Addr::new(192, 0, 0, 0), 24),     // protocol assignments; 192.0.0.192 is Oracle's metadata
    (Ipv4Addr::new(192, 0, 2, 0), 24),     // documentation
    (Ipv4Addr::new(192, 31, 196, 0), 24),  // AS112
    (Ipv4Addr::new(192, 52, 193, 0), 24),  // multicast tunnelling
    (Ipv4Addr::new(192, 88, 99, 0), 24),   // 6to4 relays
    (Ipv4Addr::new(192, 168, 0, 0), 16),   // private
    (Ipv4Addr::new(192, 175, 48, 0), 24),  // AS112
    (Ipv4Addr::new(198, 18, 0, 0), 15),    // benchmarks
    (Ipv4Addr::new(198, 51, 100, 0), 24),  // documentation
    (Ipv4Addr::new(203, 0, 113, 0), 24),   // documentation
    (Ipv4Addr::new(224, 0, 0, 0), 4),      // multicast
    (Ipv4Addr::new(240, 0, 0, 0), 4),      // reserved, and broadcast
];

/// The only IPv6 range that is allocated as global unicast.
const GLOBAL_V6: V6Range = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Ranges inside [`GLOBAL_V6`] that are not public.
const SPECIAL_V6: [V6Range; 5] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23), // protocol assignments: Teredo, ORCHID, AS112
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16), // 6to4: any IPv4 address inside
    (Ipv6Addr::new(0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0), 48), // AS112
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20), // documentation
];

/// Whether a host of the public internet may have this address. A mapped IPv4 address (`::ffff:1.2.3.4`) never counts as
/// public: no honest name resolves to one.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !SPECIAL_V4.iter().any(|range| contains_v4(*range, v4)),
        IpAddr::V6(v6) => {
            contains_v6(GLOBAL_V6, v6) && !SPECIAL_V6.iter().any(|range| contains_v6(*range, v6))
        }
    }
}

/// The IPv4 address embedded in an IPv6 address: compatible, translated, NAT64 (RFC 6052 and the local-use prefix of RFC
/// 8215), 6to4 or Teredo. Mapped addresses are canonicalised before.
pub(crate) fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let groups = address.segments();
    let last = v4_of(groups[6], groups[7]);
    match groups {
        [0, 0, 0, 0, 0, 0xffff, ..] | [0, 0, 0, 0, 0xffff, 0, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => {
            Some(last)
        }
        [0, 0, 0, 0, 0, 0, high, _] if high != 0 => Some(last),
        [0x64, 0xff9b, 1, ..] => Some(last),
        [0x2002, high, low, ..] => Some(v4_of(high, low)),
        // Teredo stores the client's address with all bits inverted (RFC 4380, section 4).
        [0x2001, 0, ..] => Some(v4_of(!groups[6], !groups[7])),
        _ => None,
    }
}

fn v4_of(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from_bits((u32::from(high) << 16) | u32::from(low))
}

fn contains_v4((first, bits): V4Range, address: Ipv4Addr) -> bool {
    (first.to_bits() ^ address.to_bits()) >> (32 - bits) == 0
}

fn contains_v6((first, bits): V6Range, address: Ipv6Addr) -> bool {
    (first.to_bits() ^ address.to_bits()) >> (128 - bits) == 0
}

#[cfg(test)]
mod tests;
