//! Output: data on stdout, messages on stderr.
//!
//! anstream writes colours only to terminals, and never if `NO_COLOR` is set.

mod progress;
mod table;

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt::Display;
use std::io::Write;

use anstyle::{AnsiColor, Style};
use serde::Serialize;

pub(crate) use progress::Progress;
pub(crate) use table::{Align, Table};

use crate::command_error::CommandError;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();
pub(crate) const STRONG: Style = Style::new().bold();

/// Format of the results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Columns for people.
    Table,
    /// One JSON document.
    Json,
    /// One JSON object per line, each as soon as it is known.
    Jsonl,
    /// Ids only, one per line.
    Id,
}

/// A file name as it is shown: bytes that are not UTF-8 as `\\xFF`.
pub(crate) fn shown_name(name: &OsStr) -> Cow<'_, str> {
    if let Some(name) = name.to_str() {
        return name.into();
    }
    let mut shown = String::new();
    for chunk in name.as_encoded_bytes().utf8_chunks() {
        shown.push_str(chunk.valid());
        shown.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02X}")));
    }
    shown.into()
}

/// Writes data and flushes it.
pub(crate) fn data(text: impl Display) -> Result<(), CommandError> {
    let mut out = anstream::stdout().lock();
    write!(out, "{text}").and_then(|()| out.flush()).map_err(|error| CommandError::of_output(&error))
}

pub(crate) fn json_line(value: &impl Serialize) -> Result<(), CommandError> {
    data(format_args!("{}\n", to_json(value)))
}

/// Writes one JSON document, indented.
pub(crate) fn json(value: &impl Serialize) -> Result<(), CommandError> {
    let text = serde_json::to_string_pretty(value).expect("our shapes have text keys only");
    data(format_args!("{text}\n"))
}

fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("our shapes have text keys only")
}

/// Prints a message. Ignores a closed stderr.
pub(crate) fn info(text: impl Display) {
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

pub(crate) fn error(error: &CommandError) {
    if !error.message().is_empty() {
        info(format_args!("{ERROR}error:{ERROR:#} {}", error.message()));
    }
    error.hints().iter().for_each(hint);
}

pub(crate) fn hint(text: impl Display) {
    info(format_args!("{HINT}hint:{HINT:#} {text}"));
}

/// Prints a problem that does not stop the command.
pub(crate) fn warn(text: impl Display) {
    const WARNING: Style = AnsiColor::Yellow.on_default().bold();
    info(format_args!("{WARNING}warning:{WARNING:#} {text}"));
}
