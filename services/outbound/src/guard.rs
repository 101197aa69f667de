//! The address guard: decides whether a name, a port and the name's addresses may be dialled.
//!
//! It opens no sockets and makes no lookups. The caller must dial exactly the checked addresses.
//!
//! The rules, in this order:
//! 1. All addresses of the host are inside [`GuardPolicy::allow`]: allowed, whatever the name and the port are. So
//!    `127.0.0.0/8` allows `http://127.0.0.1:9000/`, and `http://localhost:9000/` too if `localhost` resolves to nothing
//!    else. If it also resolves to `::1`, allow `::1/128` as well.
//! 2. The name never means a public host, or the port is not a web port: denied.
//! 3. An address is not public, or belongs to this machine: denied, even if the others are public.
//! 4. Otherwise allowed.

use std::net::IpAddr;

use ipnet::IpNet;
use url::Host;

use crate::options::OutboundError;
use crate::public_addresses::{embedded_v4, is_public};

#[cfg(test)]
mod tests;

/// The usual ports of web servers.
pub const WEB_PORTS: [u16; 4] = [80, 443, 8080, 8443];

/// Top-level names without public hosts. An example is `metadata.google.internal`.
const PRIVATE_SUFFIXES: [&str; 3] = ["localhost", "internal", "local"];

/// What the operator allows and denies.
#[derive(Clone, Debug, Default)]
pub struct GuardPolicy {
    /// Ranges that may be reached although they are not public (`--fetch-allow`), on every port and by every name.
    pub allow: Vec<IpNet>,
    /// Ports that may be reached in addition to [`WEB_PORTS`].
    pub ports: Vec<u16>,
    /// Public names of this installation. A fetch from itself would be a loop.
    pub own_names: Vec<String>,
}

/// The only answer for all denied targets. It gives no reason, so that clients cannot map a private network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the target is not allowed")]
pub struct Denied;

/// Which addresses may be dialled for a host and port, decided before the lookup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AllowedTargets {
    /// Public addresses and those that the operator allows.
    PublicAndAllowed,
    /// Only addresses that the operator allows, because of the name or the port.
    AllowedOnly,
}

/// Applies a [`GuardPolicy`].
#[derive(Clone, Debug)]
pub struct Guard {
    allow: Vec<IpNet>,
    ports: Vec<u16>,
    own_names: Vec<String>,
}

impl Guard {
    /// Normalises the own names of the policy.
    pub fn new(policy: GuardPolicy) -> Result<Self, OutboundError> {
        let own_names = policy.own_names.into_iter().map(normal_name).collect::<Result<_, _>>()?;
        Ok(Self { allow: policy.allow, ports: policy.ports, own_names })
    }

    /// Checks a host and port before the lookup. `Denied` means that no lookup could change the result, so that none is
    /// made.
    pub fn allowed_targets(&self, host: &Host<String>, port: u16) -> Result<AllowedTargets, Denied> {
        if self.is_web_port(port) && !self.is_private_name(host) {
            Ok(AllowedTargets::PublicAndAllowed)
        } else if self.allow.is_empty() {
            Err(Denied)
        } else {
            Ok(AllowedTargets::AllowedOnly)
        }
    }

    /// Checks the addresses of a host: one denied address denies all. An empty list is denied too. `is_own` recognises
    /// the addresses of this machine.
    pub fn check(
        &self,
        targets: AllowedTargets,
        addresses: &[IpAddr],
        is_own: impl Fn(IpAddr) -> bool,
    ) -> Result<(), Denied> {
        let is_fine = |address: &IpAddr| {
            self.is_allowed(*address)
                || (targets == AllowedTargets::PublicAndAllowed && is_public(*address) && !is_own(*address))
        };
        if !addresses.is_empty() && addresses.iter().all(is_fine) { Ok(()) } else { Err(Denied) }
    }

    /// Whether the operator allows it. For translated addresses (NAT64, 6to4) the embedded IPv4 address must also be
    /// public or allowed, so that `64:ff9b::/96` does not allow 127.0.0.1.
    fn is_allowed(&self, address: IpAddr) -> bool {
        let canonical = address.to_canonical();
        let embedded = match canonical {
            IpAddr::V4(_) => None,
            IpAddr::V6(v6) => embedded_v4(v6).map(IpAddr::V4),
        };
        self.is_listed(canonical) && embedded.is_none_or(|v4| self.is_listed(v4) || is_public(v4))
    }

    fn is_listed(&self, address: IpAddr) -> bool {
        self.allow.iter().any(|range| range.contains(&address))
    }

    fn is_web_port(&self, port: u16) -> bool {
        WEB_PORTS.contains(&port) || self.ports.contains(&port)
    }

    fn is_private_name(&self, host: &Host<String>) -> bool {
        if self.own_names.iter().any(|own| *own == without_final_dot(&host.to_string())) {
            return true;
        }
        match host {
            Host::Ipv4(_) | Host::Ipv6(_) => false,
            Host::Domain(name) => is_private_name(without_final_dot(name)),
        }
    }
}

/// Whether a name (without a final dot) is outside the public DNS: a single label, a private suffix, or labels with
/// characters other than letters, digits, `-` and `_`.
fn is_private_name(name: &str) -> bool {
    let mut labels = name.split('.');
    let well_formed = labels.clone().all(|label| {
        !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    });
    let last = labels.next_back().unwrap_or_default();
    !well_formed || last.len() == name.len() || PRIVATE_SUFFIXES.iter().any(|s| last.eq_ignore_ascii_case(s))
}

/// The name without its final dot: `localhost.` is `localhost`.
fn without_final_dot(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

fn normal_name(name: String) -> Result<String, OutboundError> {
    match Host::parse(&name) {
        Ok(host) => Ok(without_final_dot(&host.to_string()).to_owned()),
        Err(_) => Err(OutboundError::OwnName(name)),
    }
}
