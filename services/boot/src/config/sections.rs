//! The sections of options, one struct each. A role uses the sections that it needs.

mod cluster_options;

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use ipnet::IpNet;

use super::{ByteSize, HumanDuration};
use crate::telemetry::{LogFilter, LogFormat};

pub use cluster_options::{ClusterAddresses, ClusterOptions, IncompleteClusterConfig};

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

    /// A name by which clients reach this server, besides loopback names; may be repeated. Without it, a server that
    /// other machines can reach answers to any name
    #[arg(long, env = "TALLY_HOST", value_name = "NAME", value_delimiter = ',', value_parser = host)]
    pub host: Vec<String>,
}

fn host(text: &str) -> Result<String, String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-._:".contains(c);
    let name = text.trim_start_matches('[').trim_end_matches(']');
    let is_valid = !name.is_empty() && name.chars().all(is_name);
    let has_port = name.parse::<std::net::Ipv6Addr>().is_err() && name.contains(':');
    match is_valid && !has_port {
        true => Ok(name.to_owned()),
        false => Err("give a name without scheme and port, as in tally.example.com".to_owned()),
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let local = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    let parsed = local.as_deref().unwrap_or(text).parse();
    parsed.map_err(|_| "give an address with its port, as in 127.0.0.1:8080 or [::1]:8080".to_owned())
}

/// Options of the embedded store.
#[derive(Clone, Debug, clap::Args)]
pub struct StoreOptions {
    /// Folder of the store and the queue; created if it does not exist
    #[arg(long, env = "TALLY_DATA", value_name = "FOLDER", default_value = "./tally-data")]
    pub data: PathBuf,
}

#[derive(Clone, Debug, clap::Args)]
pub struct WorkerOptions {
    /// Number of threads that count documents [default: one per core]
    #[arg(long, env = "TALLY_WORKERS", value_name = "N")]
    pub workers: Option<NonZeroUsize>,
}

impl WorkerOptions {
    /// The given number, or one thread for each core that this process may use.
    #[must_use]
    pub fn count(&self) -> NonZeroUsize {
        let cores = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        self.workers.unwrap_or_else(cores)
    }
}

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

/// Options of roles that run many jobs. A single fetch needs no limit.
#[derive(Clone, Debug, clap::Args)]
pub struct PerHostLimit {
    /// Maximum number of jobs in each process that fetch from one host (name and port) at once; others run later
    #[arg(long, env = "TALLY_FETCH_PER_HOST", value_name = "N", default_value = "8")]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub fetch_per_host: u16,
}

#[derive(Clone, Debug, clap::Args)]
pub struct DrainOptions {
    /// Maximum time to wait for running jobs when the process ends; unfinished jobs run again at the next start
    #[arg(long, env = "TALLY_DRAIN_TIMEOUT", value_name = "TIME", default_value = "25s")]
    pub drain_timeout: HumanDuration,
}

/// Options of logging.
#[derive(Clone, Debug, clap::Args)]
pub struct LogOptions {
    /// What is logged to stderr: a level, or levels by module as in warn,tally_api=debug
    #[arg(long, env = "TALLY_LOG", value_name = "LEVEL", default_value = "warn")]
    pub log: LogFilter,

    /// Format of log lines; auto is text on a terminal and JSON elsewhere
    #[arg(
        long,
        env = "TALLY_LOG_FORMAT",
        value_name = "FORMAT",
        default_value = "auto",
        hide_possible_values = false
    )]
    pub log_format: LogFormat,
}

/// The option that names the file.
#[derive(Clone, Debug, clap::Args)]
pub struct ConfigFile {
    /// A TOML file with options, by their long names with `_` for `-`. Flags and environment override it. Without
    /// this option no file is read.
    #[arg(long, env = "TALLY_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
}
