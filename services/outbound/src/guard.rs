//! May we dial this? The decision about a name, a port and the addresses behind the name, as a pure function.
//!
//! Default is no. Knows no sockets and no lookups; who asks must dial exactly the addresses that were judged.
//!
//! The rules, in order:
//! 1. Every address behind the host is inside [`GuardPolicy::allow`]: yes, whatever the name and the port are. So
//!    `127.0.0.0/8` opens `http://127.0.0.1:9000/`, and `http://localhost:9000/` too, as long as `localhost` resolves
//!    to nothing else; where it is also `::1`, allow `::1/128` as well.
//! 2. The name is one that never means a public host, or the port is not a web port: no.
//! 3. Any address is not public, or is one of this machine: no, even if the others are fine.
//! 4. Otherwise yes.

use std::net::IpAddr;

use ipnet::IpNet;
use url::Host;

use crate::options::OutboundError;
use crate::ranges::{embedded_v4, is_public};

#[cfg(test)]
mod tests;

/// The ports that the web is served on.
pub const WEB_PORTS: [u16; 4] = [80, 443, 8080, 8443];

/// Names that never mean a public host, with all names under them. `metadata.google.internal` is one of them.
const PRIVATE_SUFFIXES: [&str; 3] = ["localhost", "internal", "local"];

/// What the operator opens and closes.
#[derive(Clone, Debug, Default)]
pub struct GuardPolicy {
    /// Ranges that may be reached although they are not public (`--fetch-allow`), on every port and by every name.
    pub allow: Vec<IpNet>,
    /// Ports that may be reached besides [`WEB_PORTS`].
    pub ports: Vec<u16>,
    /// Names under which this installation itself is public: fetching ourselves would be a loop.
    pub own_names: Vec<String>,
}

/// The one answer to everything that may not be reached. It does not say why: whoever asks could map a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the target is not allowed")]
pub struct Denied;

/// What may be dialled for a host and port, judged before any lookup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Public addresses and allowed ones.
    Ordinary,
    /// Only addresses that the operator allows: the name or the port is not of the public web.
    OnlyAllowed,
}

/// The policy, ready to judge.
#[derive(Clone, Debug)]
pub struct Guard {
    allow: Vec<IpNet>,
    ports: Vec<u16>,
    own_names: Vec<String>,
}

impl Guard {
    /// Takes the policy, its own names brought to their normal form.
    pub fn new(policy: GuardPolicy) -> Result<Self, OutboundError> {
        let own_names = policy.own_names.into_iter().map(normal_name).collect::<Result<_, _>>()?;
        Ok(Self { allow: policy.allow, ports: policy.ports, own_names })
    }

    /// Judges a host and port before any lookup. `Denied` where no lookup could change it, so that a forbidden name
    /// is not even asked for.
    pub fn standing(&self, host: &Host<String>, port: u16) -> Result<Standing, Denied> {
        if self.is_web_port(port) && !self.is_private_name(host) {
            Ok(Standing::Ordinary)
        } else if self.allow.is_empty() {
            Err(Denied)
        } else {
            Ok(Standing::OnlyAllowed)
        }
    }

    /// Judges the addresses behind a host: one that is not allowed denies all. `is_own` tells this machine's own
    /// addresses. No addresses are denied too: there is nothing to dial.
    pub fn judge(
        &self,
        standing: Standing,
        addresses: &[IpAddr],
        is_own: impl Fn(IpAddr) -> bool,
    ) -> Result<(), Denied> {
        let fine = |address: &IpAddr| {
            self.is_allowed(*address)
                || (standing == Standing::Ordinary && is_public(*address) && !is_own(*address))
        };
        if !addresses.is_empty() && addresses.iter().all(fine) { Ok(()) } else { Err(Denied) }
    }

    /// Whether the operator allows it. A range of translated addresses (NAT64, 6to4) opens only what is public or
    /// allowed behind the translation, so that allowing `64:ff9b::/96` does not open 127.0.0.1.
    fn is_allowed(&self, address: IpAddr) -> bool {
        let canonical = address.to_canonical();
        let behind = match canonical {
            IpAddr::V4(_) => None,
            IpAddr::V6(v6) => embedded_v4(v6).map(IpAddr::V4),
        };
        self.is_listed(canonical) && behind.is_none_or(|v4| self.is_listed(v4) || is_public(v4))
    }

    fn is_listed(&self, address: IpAddr) -> bool {
        self.allow.iter().any(|range| range.contains(&address))
    }

    fn is_web_port(&self, port: u16) -> bool {
        WEB_PORTS.contains(&port) || self.ports.contains(&port)
    }

    fn is_private_name(&self, host: &Host<String>) -> bool {
        if self.own_names.iter().any(|own| *own == plain(&host.to_string())) {
            return true;
        }
        match host {
            Host::Ipv4(_) | Host::Ipv6(_) => false,
            Host::Domain(name) => is_private_name(plain(name)),
        }
    }
}

/// Whether a name, without its final dot, is none of the public DNS: a single label, a private suffix, or not a host
/// name at all (labels of letters, digits, `-` and `_`).
fn is_private_name(name: &str) -> bool {
    let mut labels = name.split('.');
    let well_formed = labels.clone().all(|label| {
        !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    });
    let last = labels.next_back().unwrap_or_default();
    !well_formed || last.len() == name.len() || PRIVATE_SUFFIXES.iter().any(|s| last.eq_ignore_ascii_case(s))
}

/// A name without its final dot: `localhost.` is `localhost`.
fn plain(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

fn normal_name(name: String) -> Result<String, OutboundError> {
    match Host::parse(&name) {
        Ok(host) => Ok(plain(&host.to_string()).to_owned()),
        Err(_) => Err(OutboundError::OwnName(name)),
    }
}
