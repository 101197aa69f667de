//! The servers that the cluster's adapters are tested against: a store that speaks MongoDB's protocol, and RabbitMQ.
//!
//! Each is found in the same order: an address in the environment, a container if Docker answers, or an installed
//! server, which is started with its data in a temporary folder. No test is skipped: if no server is found, the test
//! fails and says what was tried. nginx is always a local process: its tests check our configuration, which
//! containers run in the functional suite.

pub mod mongodb;
pub mod nginx;
pub mod rabbitmq;

use std::any::Any;
use std::net::{Ipv4Addr, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::PATIENCE_S;
use crate::program::environment;

/// A server that a test may use while it holds this value.
pub struct Service {
    /// Its address, with credentials.
    pub uri: String,
    /// Stops the container or process when dropped; does nothing for a server that ran before.
    pub keeper: Box<dyn Any + Send + Sync>,
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = environment("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.is_file())
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// Polls until a process listens on the port, because the system sends no event for that.
fn await_port(port: u16, mut ended: impl FnMut() -> Option<String>) -> Result<(), String> {
    let until = Instant::now() + Duration::from_secs(PATIENCE_S);
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        if let Some(status) = ended() {
            return Err(format!("it ended with {status}"));
        }
        if Instant::now() >= until {
            return Err(format!("it did not listen within {PATIENCE_S} s"));
        }
        std::thread::park_timeout(Duration::from_millis(20));
    }
    Ok(())
}
