//! What people and programs see: data on stdout, talk on stderr.
//!
//! Colours go to terminals only, and never where `NO_COLOR` is set; both is anstream's affair.

mod progress;
mod table;

use std::fmt::Display;
use std::io::Write;

use anstyle::{AnsiColor, Style};
use serde::Serialize;

pub(crate) use progress::Progress;
pub(crate) use table::{Align, Table};

use crate::trouble::Trouble;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();
/// The style of what should stand out in tables and greetings.
pub(crate) const STRONG: Style = Style::new().bold();

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Columns for people.
    Table,
    /// One JSON document.
    Json,
    /// One JSON object a line, each as soon as it is known.
    Jsonl,
    /// Ids only, one a line.
    Id,
}

/// Writes data. What was written is out when this returns.
pub(crate) fn data(text: impl Display) -> Result<(), Trouble> {
    let mut out = anstream::stdout().lock();
    write!(out, "{text}").and_then(|()| out.flush()).map_err(|error| Trouble::of_output(&error))
}

/// Writes one JSON value as a line of its own.
pub(crate) fn json_line(value: &impl Serialize) -> Result<(), Trouble> {
    data(format_args!("{}\n", to_json(value)))
}

/// Writes one JSON document, indented.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Trouble> {
    let text = serde_json::to_string_pretty(value).expect("our shapes have text keys only");
    data(format_args!("{text}\n"))
}

fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("our shapes have text keys only")
}

/// Tells something that is not data. Nobody there to hear it is fine.
pub(crate) fn talk(text: impl Display) {
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// Tells of trouble.
pub(crate) fn complain(trouble: &Trouble) {
    if !trouble.said().is_empty() {
        talk(format_args!("{ERROR}error:{ERROR:#} {}", trouble.said()));
    }
    trouble.hints().iter().for_each(hint);
}

/// Tells what to do.
pub(crate) fn hint(text: impl Display) {
    talk(format_args!("{HINT}hint:{HINT:#} {text}"));
}

/// Tells of something that people should know though the command goes on.
pub(crate) fn warn(text: impl Display) {
    const WARNING: Style = AnsiColor::Yellow.on_default().bold();
    talk(format_args!("{WARNING}warning:{WARNING:#} {text}"));
}
