//! What may be fetched, how large and for how long.

use ipnet::IpNet;

use super::super::{ByteSize, HumanDuration};

/// Options of fetches.
#[derive(Clone, Debug, clap::Args)]
pub struct FetchOptions {
    /// Private addresses that may be fetched, as in 10.1.0.0/16; may be repeated
    #[arg(long, env = "TALLY_FETCH_ALLOW", value_name = "CIDR", value_delimiter = ',', value_parser = network)]
    pub fetch_allow: Vec<IpNet>,

    /// Maximum size of a fetched document after decompression
    #[arg(long, env = "TALLY_FETCH_MAX", value_name = "SIZE", default_value = "200MB")]
    pub fetch_max: ByteSize,

    /// Maximum duration of a fetch, including its body
    #[arg(long, env = "TALLY_FETCH_TIMEOUT", value_name = "TIME", default_value = "60s")]
    pub fetch_timeout: HumanDuration,
}

fn network(text: &str) -> Result<IpNet, String> {
    let single = text.parse::<std::net::IpAddr>().map(IpNet::from);
    text.parse().or(single).map_err(|_| "give a network as in 10.1.0.0/16, or one address".to_owned())
}
