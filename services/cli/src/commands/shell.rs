//! `tally completions` and `tally man`: generated from the command line.

use std::io::Write;
use std::path::PathBuf;

use crate::command_error::{CommandError, reason};
use crate::exit::Exit;
use crate::screen;

/// Print completions for a shell
///
/// For bash: `tally completions bash > ~/.local/share/bash-completion/completions/tally`
#[derive(Debug, clap::Args)]
pub(crate) struct Completions {
    /// The shell
    shell: clap_complete::Shell,
}

/// Print the manual page, or write one for every command
#[derive(Debug, clap::Args)]
pub(crate) struct Man {
    /// Write tally.1, tally-serve.1 and so on into this folder
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

pub(crate) fn completions(args: &Completions) -> Result<Exit, CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut crate::args::command(), "tally", &mut script);
    screen::data(String::from_utf8_lossy(&script))?;
    Ok(Exit::Ok)
}

pub(crate) fn man(args: &Man) -> Result<Exit, CommandError> {
    // The head of a page has one line, and the version of the command line has several.
    let command = crate::args::command().version(env!("CARGO_PKG_VERSION"));
    match &args.folder {
        Some(folder) => clap_mangen::generate_to(command, folder).map_err(|error| {
            CommandError::new(
                Exit::Error,
                format!("cannot write manual pages to {}: {}", folder.display(), reason(&error)),
            )
            .hint("give an existing, writable folder")
        })?,
        None => {
            let mut page = Vec::new();
            let rendered = clap_mangen::Man::new(command).render(&mut page).and_then(|()| page.flush());
            rendered.map_err(|error| CommandError::of_output(&error))?;
            screen::data(String::from_utf8_lossy(&page))?;
        }
    }
    Ok(Exit::Ok)
}
