//! What may be fetched.

use ipnet::IpNet;

use super::super::{ByteSize, Span};

/// Options of the way out.
#[derive(Clone, Debug, clap::Args)]
pub struct Fetching {
    /// Addresses that may be fetched though they are private, as in 10.1.0.0/16; may be repeated
    #[arg(long, env = "TALLY_FETCH_ALLOW", value_name = "CIDR", value_delimiter = ',', value_parser = network)]
    pub fetch_allow: Vec<IpNet>,

    /// Most bytes of a fetched document, its content coding undone
    #[arg(long, env = "TALLY_FETCH_MAX", value_name = "SIZE", default_value = "200MB")]
    pub fetch_max: ByteSize,

    /// Longest that a fetch may take, its body included
    #[arg(long, env = "TALLY_FETCH_TIMEOUT", value_name = "TIME", default_value = "60s")]
    pub fetch_timeout: Span,
}

fn network(text: &str) -> Result<IpNet, String> {
    let single = text.parse::<std::net::IpAddr>().map(IpNet::from);
    text.parse().or(single).map_err(|_| "give a network as in 10.1.0.0/16, or one address".to_owned())
}
