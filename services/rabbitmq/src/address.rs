//! Where the broker is, parsed once, with what our connections ask for.
//!
//! What is shown of it in logs has no credentials.

use std::net::Ipv6Addr;

use lapin::uri::AMQPUri;

use crate::error::ConnectError;

/// Seconds between heartbeats: a dead peer is noticed after twice as much, well before a lease of 30 s ends.
const HEARTBEAT_S: u16 = 10;
/// The largest frame, in bytes. The library reserves 64 frames a connection, so the broker's 128 KiB would cost 8 MiB
/// for messages of 70 bytes. RabbitMQ 4.1 and later refuse less than 8 KiB.
const FRAME_BYTES: u32 = 16 * 1024;

/// The broker's address.
#[derive(Clone)]
pub(crate) struct Address {
    /// With credentials.
    pub(crate) uri: AMQPUri,
    /// Without.
    pub(crate) shown: String,
}

impl Address {
    /// Reads `amqp://user:password@host:5672/vhost` or `amqps://…`. Without a path, and with an empty one, the virtual
    /// host is `/`. What the query does not set is set here: heartbeat and frame size.
    pub(crate) fn parse(text: &str) -> Result<Self, ConnectError> {
        let mut uri: AMQPUri = text.trim().parse().map_err(|_| ConnectError::BadAddress)?;
        if let Some(host) = ipv6_host(text) {
            uri.authority.host = host;
        }
        if uri.vhost.is_empty() {
            uri.vhost = "/".to_owned();
        }
        if uri.vhost.len() > 255 || uri.authority.host.is_empty() {
            return Err(ConnectError::BadAddress);
        }
        uri.query.heartbeat.get_or_insert(HEARTBEAT_S);
        uri.query.frame_max.get_or_insert(FRAME_BYTES);
        let shown = format!("{}://{}:{}/{}", uri.scheme, uri.authority.host, uri.authority.port, uri.vhost);
        Ok(Self { uri, shown })
    }
}

/// The host when it is an IPv6 address: the parser of amq-protocol-uri 10.6 takes such a host for `localhost`.
fn ipv6_host(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?.strip_prefix('[')?;
    let (host, _port) = host.split_once(']')?;
    host.parse::<Ipv6Addr>().is_ok().then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_credentials() {
        let address = Address::parse("amqp://tally:s3cret@broker.example:5673/jobs").unwrap();
        assert_eq!(address.shown, "amqp://broker.example:5673/jobs");
        assert_eq!(address.uri.authority.userinfo.password, "s3cret");
        assert_eq!(address.uri.query.heartbeat, Some(HEARTBEAT_S));
    }

    #[test]
    fn the_virtual_host_is_the_root_when_none_is_named() {
        for text in ["amqp://h", "amqp://h/", "amqp://h/%2f"] {
            assert_eq!(Address::parse(text).unwrap().uri.vhost, "/", "{text}");
        }
    }

    #[test]
    fn an_ipv6_host_is_itself() {
        let address = Address::parse("amqp://u:p@[::1]:5673/x?heartbeat=3").unwrap();
        assert_eq!((address.uri.authority.host.as_str(), address.uri.authority.port), ("::1", 5673));
        assert_eq!(address.uri.query.heartbeat, Some(3), "what is asked for stays");
    }

    #[test]
    fn what_is_no_address_is_refused_without_repeating_it() {
        for bad in [
            "",
            "broker",
            "guest:s3cret@host",
            "http://u:s3cret@host",
            "amqp:u:s3cret@host",
            "amqp://h?heartbeat=x",
        ] {
            let error = Address::parse(bad).map(|_| ()).unwrap_err();
            assert_eq!(error, ConnectError::BadAddress);
            assert!(!error.to_string().contains("s3cret"));
        }
    }
}
