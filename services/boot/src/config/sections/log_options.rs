//! What is logged, and in which format.

use crate::telemetry::{LogFilter, LogFormat};

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
