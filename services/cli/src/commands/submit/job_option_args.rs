//! The options of the jobs, from the tables of the engine and of word counting. The server checks them.

use clap::builder::{TypedValueParser, ValueParser};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use tally_boot::config::HumanDuration;
use tally_jobs::option_spec::{OptionKind, OptionSpec};
use tally_jobs::options::JobOptions;
use tally_wordcount::CountOptions;

/// The options that were given, as parameters of the request.
#[derive(Debug)]
pub(super) struct JobOptionArgs(pub(super) Vec<(&'static str, String)>);

impl clap::Args for JobOptionArgs {
    fn augment_args(command: Command) -> Command {
        command.args(CountOptions::TABLE.iter().map(arg)).args(JobOptions::TABLE.iter().map(arg))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for JobOptionArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let count = CountOptions::TABLE.iter().flat_map(|row| parameters(row, matches));
        let job = JobOptions::TABLE.iter().flat_map(|row| parameters(row, matches));
        Ok(Self(count.chain(job).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        Self::from_arg_matches(matches).map(|given| *self = given)
    }
}

fn arg<O>(row: &OptionSpec<O>) -> Arg {
    let arg = Arg::new(row.name).help_heading("Job options");
    let arg = if row.name == "definition" { arg.short('d') } else { arg };
    let help = row.help.trim_end_matches('.');
    let named = |value, parser: ValueParser| {
        arg.clone()
            .long(row.name)
            .value_name(value)
            .value_parser(parser)
            .help(format!("{help} ({})", row.kind.wanted()))
    };
    match &row.kind {
        OptionKind::Flag => arg.long(row.name).help(help).action(ArgAction::SetTrue),
        OptionKind::Name(_) => named("NAME", ValueParser::string()),
        OptionKind::Names(_) => named("NAMES", ValueParser::string()),
        OptionKind::Text { .. } => named("TEXT", ValueParser::string()),
        OptionKind::Integer { .. } => named("N", value_parser!(u32).map(|number| number.to_string()).into()),
        OptionKind::Milliseconds(_) => {
            let long = row.name.trim_end_matches("_ms");
            let milliseconds =
                |text: &str| text.parse().map(|HumanDuration(time)| time.as_millis().to_string());
            arg.long(long).value_name("TIME").value_parser(milliseconds).help(help)
        }
        OptionKind::Labels(_) => {
            let help = "A label to find the job by, such as team:docs; may be repeated";
            arg.long("label").value_name("NAME:VALUE").action(ArgAction::Append).help(help)
        }
    }
}

fn parameters<O>(row: &OptionSpec<O>, matches: &ArgMatches) -> Vec<(&'static str, String)> {
    if matches!(row.kind, OptionKind::Flag) {
        return matches.get_flag(row.name).then(|| (row.name, "true".to_owned())).into_iter().collect();
    }
    let name = if matches!(row.kind, OptionKind::Labels(_)) { "label" } else { row.name };
    let values = matches.get_many::<String>(row.name).into_iter().flatten();
    values.map(|value| (name, value.clone())).collect()
}
