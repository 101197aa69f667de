//! How hard the far side is pressed.

/// Options of those who fetch for many: a single fetch presses nobody.
#[derive(Clone, Debug, clap::Args)]
pub struct Courtesy {
    /// Most jobs that fetch from one host (name and port) at once; others of that host come later. Holds for each process
    #[arg(long, env = "TALLY_FETCH_PER_HOST", value_name = "N", default_value = "8")]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub fetch_per_host: u16,
}
