//! `tally config show`: the options of a server as they are in effect, and who said so.

use serde_json::json;
use tally_boot::config::{EffectiveOption, LayeredConfig, OptionOrigin};

use crate::exit::Exit;
use crate::roles::serve;
use crate::screen::{self, Align, Table};
use crate::trouble::Trouble;

/// Look at the configuration
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Config {
    /// Show the options of `tally serve` as they are in effect, and where each value came from
    ///
    /// Takes the same flags. A value comes from its flag, else from its environment variable, else from the file that
    /// --config names, else it is the default.
    Show(Show),
}

/// What `config show` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Show {
    /// How they are written
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    output: Shape,

    #[command(flatten)]
    serve: serve::Args,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Shape {
    /// Columns for people.
    Table,
    /// A list of objects.
    Json,
}

pub(crate) fn run(config: &Config, layered: &LayeredConfig) -> Result<Exit, Trouble> {
    // The options themselves were parsed, and so judged, already; what is shown is where each came from.
    let Config::Show(Show { output, serve: _ }) = config;
    let effective = layered.effective();
    match output {
        Shape::Table => screen::data(table(&effective))?,
        Shape::Json => {
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
