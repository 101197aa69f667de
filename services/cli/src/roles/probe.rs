//! The health check of a container, for an image without curl: asks a local process whether it is ready.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::banner;
use crate::command_error::{CommandError, reason};
use crate::exit::Exit;

/// The time limit of each step: below the usual limit of a health check.
const TIMEOUT: Duration = Duration::from_secs(2);

/// The subcommands of `tally-api` and `tally-worker`.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum ProbeCommand {
    /// Ask the process that listens here whether it is ready; status 0 when it is, 69 when not
    Health(HealthArgs),
}

/// The options of `health`.
#[derive(Debug, clap::Args)]
pub(crate) struct HealthArgs {
    /// Where the process listens
    #[arg(long, env = "TALLY_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
}

pub(crate) fn run(command: &ProbeCommand) -> Result<Exit, CommandError> {
    let ProbeCommand::Health(HealthArgs { listen }) = command;
    let listen = banner::local_address(*listen);
    let status_line = request_status_line(listen).map_err(|error| {
        CommandError::new(Exit::Unavailable, format!("nothing answers on {listen}: {}", reason(&error)))
    })?;
    if status_line.contains(" 200 ") {
        return Ok(Exit::Ok);
    }
    Err(CommandError::new(Exit::Unavailable, format!("not ready: {}", status_line.trim_end())))
}

fn request_status_line(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    write!(stream, "GET /health/ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    Ok(line)
}
