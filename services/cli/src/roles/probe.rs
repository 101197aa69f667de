//! Asks a process of this machine whether it is ready: what a container's health check calls, in an image without curl.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::greeting;
use crate::exit::Exit;
use crate::trouble::{Trouble, reason};

/// How long each step may take: below the patience of any health check.
const PATIENCE: Duration = Duration::from_secs(2);

/// The commands beside running.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Ask the process that listens here whether it is ready; status 0 when it is, 69 when not
    Health(Health),
}

/// What `health` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Health {
    /// Where the process listens
    #[arg(long, env = "TALLY_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
}

pub(crate) fn run(command: &Command) -> Result<Exit, Trouble> {
    let Command::Health(Health { listen }) = command;
    let listen = greeting::near(*listen);
    let asked = ask(listen).map_err(|error| {
        Trouble::new(Exit::Unavailable, format!("nothing answers on {listen}: {}", reason(&error)))
    })?;
    if asked.contains(" 200 ") {
        return Ok(Exit::Ok);
    }
    Err(Trouble::new(Exit::Unavailable, format!("not ready: {}", asked.trim_end())))
}

/// The first line of the answer.
fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(stream, "GET /health/ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    Ok(line)
}
