//! Checks which site a request comes from: its `Host`, `Origin` and `Sec-Fetch-Site`.
//!
//! Without these checks a page of any site could use a server on the visitor's own machine: by a form, or under a name
//! that resolves to 127.0.0.1 (DNS rebinding). Programs send neither `Origin` nor `Sec-Fetch-Site`.

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::header::{HOST, HeaderName, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, Request, Version};

use crate::problem::{Problem, ProblemKind};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The hosts that a server answers to. The default is any.
#[derive(Clone, Debug, Default)]
pub struct AllowedHosts(Option<Arc<[String]>>);

impl AllowedHosts {
    /// The hosts of a server that listens on `listen`. Names that its operator gave, loopback names and `listen` are
    /// allowed. Without given names, a server that other machines can reach answers to any host.
    #[must_use]
    pub fn new(listen: IpAddr, given: &[String]) -> Self {
        if given.is_empty() && !listen.is_loopback() {
            return Self::default();
        }
        let given = given.iter().map(|name| without_dot(&name.to_ascii_lowercase()).to_owned());
        Self(Some(given.chain([listen.to_string()]).collect()))
    }

    fn allow(&self, host: &str) -> bool {
        let Some(names) = &self.0 else { return true };
        let is_loopback = match host.parse::<IpAddr>() {
            Ok(ip) => ip.to_canonical().is_loopback(),
            Err(_) => host == "localhost" || host.ends_with(".localhost"),
        };
        is_loopback || names.iter().any(|name| name == host)
    }
}

/// Refuses a request without one valid `Host`, to a host that is not ours, or from another site's page.
pub(crate) fn check<B>(allowed: &AllowedHosts, request: &Request<B>) -> Result<(), Problem> {
    let host = host_of(request)?;
    if let Some(Target { name, .. }) = &host
        && !allowed.allow(name)
    {
        let detail = format!(
            "this server does not answer to the host {name}; use localhost, or start it with --host {name} if \
             clients may reach it by this name"
        );
        return Err(Problem::new(ProblemKind::HostNotAllowed, detail));
    }
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE);
    if is_safe || is_same_origin(request.headers(), host.as_ref()) {
        return Ok(());
    }
    let detail = "a page of another site sent this request; only pages of this server, and programs, may change \
                  something here";
    Err(Problem::new(ProblemKind::CrossSiteRequest, detail))
}

/// A host in lower case, without brackets, and its port.
#[derive(Debug, PartialEq, Eq)]
struct Target {
    name: String,
    port: Option<u16>,
}

/// The host that a request is for. `None` for HTTP/1.0, which needs none.
fn host_of<B>(request: &Request<B>) -> Result<Option<Target>, Problem> {
    let invalid = |detail: &str| Problem::new(ProblemKind::BadRequest, detail.to_owned());
    let mut values = request.headers().get_all(HOST).iter();
    let header = match (values.next(), values.next()) {
        (Some(_), Some(_)) => return Err(invalid("the request has more than one Host header; send one")),
        (None, _) if request.version() < Version::HTTP_11 => None,
        (None, _) => return Err(invalid("the request has no Host header, which HTTP/1.1 requires")),
        (Some(value), None) => {
            let target = target(value.as_bytes());
            Some(target.ok_or_else(|| invalid("the Host header is not a host and a port"))?)
        }
    };
    // An address in the request line takes the place of the header (RFC 9112, 3.2.2).
    match request.uri().authority() {
        Some(authority) => {
            let target = target(authority.as_str().as_bytes());
            target.map(Some).ok_or_else(|| invalid("the request line has an invalid host"))
        }
        None => Ok(header),
    }
}

fn target(bytes: &[u8]) -> Option<Target> {
    let authority = Authority::try_from(bytes).ok()?;
    let text = authority.as_str();
    let (host, port) = match authority.host() {
        host if host.len() == text.len() => (host, None),
        host => match text.strip_prefix(host)?.strip_prefix(':')? {
            "" => (host, None),
            port if port.bytes().all(|digit| digit.is_ascii_digit()) => (host, Some(port.parse().ok()?)),
            _ => return None,
        },
    };
    let name = match host.strip_prefix('[') {
        Some(ip) => ip.strip_suffix(']')?.parse::<IpAddr>().ok()?.to_string(),
        None => without_dot(&host.to_ascii_lowercase()).to_owned(),
    };
    (!name.is_empty()).then_some(Target { name, port })
}

fn without_dot(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

/// Whether a page of this server or a program sent the request. `Sec-Fetch-Site` decides if a browser sends it: a proxy
/// that changes `Host` leaves it as it is. It is `none` if the user typed the address.
fn is_same_origin(headers: &HeaderMap, host: Option<&Target>) -> bool {
    let sites = headers.get_all(SEC_FETCH_SITE);
    if sites.iter().next().is_some() {
        return sites.iter().all(|site| site == "same-origin" || site == "none");
    }
    headers.get_all(ORIGIN).iter().all(|origin| {
        let text = origin.to_str().unwrap_or_default();
        let default_ports = [("http://", 80), ("https://", 443)];
        default_ports.into_iter().any(|(scheme, default_port)| {
            let origin = text.strip_prefix(scheme).and_then(|rest| target(rest.as_bytes()));
            origin.zip(host).is_some_and(|(origin, host)| {
                origin.name == host.name
                    && origin.port.unwrap_or(default_port) == host.port.unwrap_or(default_port)
            })
        })
    })
}

#[cfg(test)]
mod tests;
