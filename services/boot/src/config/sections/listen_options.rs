//! The address that a process listens on, and the largest request body.

use std::net::SocketAddr;

use super::super::ByteSize;

/// Options of the HTTP server.
#[derive(Clone, Debug, clap::Args)]
pub struct ListenOptions {
    /// Address and port to listen on; port 0 selects a free port
    #[arg(long, env = "TALLY_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:8080", value_parser = address)]
    pub listen: SocketAddr,

    /// Allow an address that other machines can reach, although there is no authentication
    #[arg(long, env = "TALLY_INSECURE", value_parser = clap::builder::BoolishValueParser::new())]
    pub insecure: bool,

    /// Maximum size of the body of a submit
    #[arg(long, env = "TALLY_MAX_UPLOAD", value_name = "SIZE", default_value = "4GiB")]
    pub max_upload: ByteSize,
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let local = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    let parsed = local.as_deref().unwrap_or(text).parse();
    parsed.map_err(|_| "give an address with its port, as in 127.0.0.1:8080 or [::1]:8080".to_owned())
}
