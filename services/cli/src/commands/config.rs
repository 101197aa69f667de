//! `tally config show`: the effective options of a server, and their origins.

use serde_json::json;
use tally_boot::config::{EffectiveOption, LayeredConfig, OptionOrigin};

use crate::command_error::CommandError;
use crate::exit::Exit;
use crate::roles::serve;
use crate::screen::{self, Align, Table};

/// Show the configuration
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Config {
    /// Show the effective options of `tally serve`, and the origin of each value
    ///
    /// Takes the same flags. A value comes from its flag, else from its environment variable, else from the file that
    /// --config names, else it is the default.
    Show(Show),
}

/// The options of `config show`.
#[derive(Debug, clap::Args)]
pub(crate) struct Show {
    /// Format of the options
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    output: ConfigFormat,

    #[command(flatten)]
    serve: serve::Args,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum ConfigFormat {
    /// Columns for people.
    Table,
    /// A list of objects.
    Json,
}

pub(crate) fn run(config: &Config, layered: &LayeredConfig) -> Result<Exit, CommandError> {
    // The options were already parsed and checked.
    let Config::Show(Show { output, serve: _ }) = config;
    let effective = layered.effective();
    match output {
        ConfigFormat::Table => screen::data(table(&effective))?,
        ConfigFormat::Json => {
            let all: Vec<_> = effective
                .iter()
                .map(|one| json!({ "option": one.key, "values": one.values, "origin": origin(&one.origin) }))
                .collect();
            screen::json(&all)?;
        }
    }
    Ok(Exit::Ok)
}

fn table(effective: &[EffectiveOption]) -> Table {
    let mut table = Table::new(&[("option", Align::Left), ("value", Align::Left), ("from", Align::Left)]);
    for one in effective {
        let value = if one.values.is_empty() { "-".to_owned() } else { one.values.join(", ") };
        table.row([one.key.clone(), value, origin(&one.origin)]);
    }
    table
}

fn origin(origin: &OptionOrigin) -> String {
    match origin {
        OptionOrigin::Flag => "flag".to_owned(),
        OptionOrigin::Environment(name) => format!("environment {name}"),
        OptionOrigin::File(path) => format!("file {}", path.display()),
        OptionOrigin::Default => "default".to_owned(),
    }
}
