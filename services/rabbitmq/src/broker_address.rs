//! The broker's address, parsed once, with the connection settings that its query leaves out.

use std::net::Ipv6Addr;

use lapin::uri::AMQPUri;

use crate::error::RabbitConfigError;

/// Seconds between heartbeats. The library checks every half of that, at the latest, whether the peer was silent for
/// twice that. So a dead peer is noticed after 20 to 25 s, before a lease of 30 s ends.
const HEARTBEAT_S: u16 = 10;
/// The largest frame, in bytes. The library reserves 64 frames per connection, so the broker's default of 128 KiB would
/// cost 8 MiB for messages of 70 bytes. RabbitMQ 4.1 and later refuse less than 8 KiB.
const FRAME_BYTES: u32 = 16 * 1024;

#[derive(Clone)]
pub(crate) struct BrokerAddress {
    /// Holds the credentials.
    pub(crate) uri: AMQPUri,
    /// For logs, without credentials.
    pub(crate) shown: String,
}

impl BrokerAddress {
    /// Parses `amqp://user:password@host:5672/vhost` or `amqps://…`. A missing or empty path means the virtual host `/`.
    /// The query may set the heartbeat and the frame size.
    pub(crate) fn parse(text: &str) -> Result<Self, RabbitConfigError> {
        let mut uri: AMQPUri = text.trim().parse().map_err(|_| RabbitConfigError::BadAddress)?;
        if let Some(host) = ipv6_host(text) {
            uri.authority.host = host;
        }
        if uri.vhost.is_empty() {
            uri.vhost = "/".to_owned();
        }
        if uri.vhost.len() > 255 || uri.authority.host.is_empty() {
            return Err(RabbitConfigError::BadAddress);
        }
        uri.query.heartbeat.get_or_insert(HEARTBEAT_S);
        uri.query.frame_max.get_or_insert(FRAME_BYTES);
        let shown = format!("{}://{}:{}/{}", uri.scheme, uri.authority.host, uri.authority.port, uri.vhost);
        Ok(Self { uri, shown })
    }
}

/// The host, if it is an IPv6 address: amq-protocol-uri 10.6 parses such a host as `localhost`.
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
    fn the_shown_address_has_no_credentials() {
        let address = BrokerAddress::parse("amqp://tally:s3cret@broker.example:5673/jobs").unwrap();
        assert_eq!(address.shown, "amqp://broker.example:5673/jobs");
        assert_eq!(address.uri.authority.userinfo.password, "s3cret");
        assert_eq!(address.uri.query.heartbeat, Some(HEARTBEAT_S));
    }

    #[test]
    fn the_virtual_host_defaults_to_the_root() {
        for text in ["amqp://h", "amqp://h/", "amqp://h/%2f"] {
            assert_eq!(BrokerAddress::parse(text).unwrap().uri.vhost, "/", "{text}");
        }
    }

    #[test]
    fn keeps_an_ipv6_host() {
        let address = BrokerAddress::parse("amqp://u:p@[::1]:5673/x?heartbeat=3").unwrap();
        assert_eq!((address.uri.authority.host.as_str(), address.uri.authority.port), ("::1", 5673));
        assert_eq!(address.uri.query.heartbeat, Some(3), "a heartbeat in the query is kept");
    }

    #[test]
    fn rejects_a_bad_address_without_repeating_it() {
        for bad in [
            "",
            "broker",
            "guest:s3cret@host",
            "http://u:s3cret@host",
            "amqp:u:s3cret@host",
            "amqp://h?heartbeat=x",
        ] {
            let error = BrokerAddress::parse(bad).map(|_| ()).unwrap_err();
            assert_eq!(error, RabbitConfigError::BadAddress);
            assert!(!error.to_string().contains("s3cret"));
        }
    }
}
