//! Which addresses are public: the IANA special-purpose registries, and a few that they do not know.
//!
//! Pure tables and arithmetic. IPv4 lists what is refused; IPv6 lists what is open, because almost all of its space
//! is not in use. Sources: IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890 and its successors),
//! IANA IPv6 Global Unicast Assignments, and the documentation of the clouds.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An IPv4 range: its first address and how many leading bits count.
type V4Range = (Ipv4Addr, u32);
/// An IPv6 range: its first address and how many leading bits count.
type V6Range = (Ipv6Addr, u32);

/// IPv4 ranges that are never public. Entries of the registry that are "globally reachable" are here too: they are
/// anycast services and relays, no host of theirs serves documents.
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

/// The only IPv6 range that is given out as global unicast.
const GLOBAL_V6: V6Range = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// What is not public within [`GLOBAL_V6`].
const SPECIAL_V6: [V6Range; 5] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23), // protocol assignments: Teredo, ORCHID, AS112
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16), // 6to4: any IPv4 address inside
    (Ipv6Addr::new(0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0), 48), // AS112
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20), // documentation
];

/// Whether a host of the public internet may have this address. A mapped IPv4 address (`::ffff:1.2.3.4`) is not
/// public in that form, whatever is inside: no honest address needs it.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !SPECIAL_V4.iter().any(|range| holds_v4(*range, v4)),
        IpAddr::V6(v6) => holds_v6(GLOBAL_V6, v6) && !SPECIAL_V6.iter().any(|range| holds_v6(*range, v6)),
    }
}

/// The IPv4 address that an IPv6 address leads to by some translation, if it has one inside: compatible, translated,
/// NAT64 (RFC 6052 and the local-use prefix of RFC 8215), 6to4 or Teredo. (Mapped ones are canonicalised before.)
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
        // Teredo keeps the client's address with all its bits turned over (RFC 4380, section 4).
        [0x2001, 0, ..] => Some(v4_of(!groups[6], !groups[7])),
        _ => None,
    }
}

fn v4_of(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from_bits((u32::from(high) << 16) | u32::from(low))
}

fn holds_v4((first, bits): V4Range, address: Ipv4Addr) -> bool {
    (first.to_bits() ^ address.to_bits()) >> (32 - bits) == 0
}

fn holds_v6((first, bits): V6Range, address: Ipv6Addr) -> bool {
    (first.to_bits() ^ address.to_bits()) >> (128 - bits) == 0
}

#[cfg(test)]
mod tests;
