//! A store that is a local process. A test can kill, freeze and restart it on the same data.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use rustix::process::Signal;
use tempfile::TempDir;

use super::{package, programs};
use crate::guard;
use crate::process::Process;
use crate::server::closed_port;
use crate::services::await_port;

/// A store process. Dropping it stops the process.
pub struct LocalStore {
    program: PathBuf,
    port: u16,
    folder: TempDir,
    process: Option<Process>,
}

impl LocalStore {
    /// Starts an installed server, or the one in the package SecantusDB of PyPI. An error lists the attempts.
    pub fn start() -> Result<Self, String> {
        let mut tried = Vec::new();
        let found = programs(&mut tried).into_iter().next();
        let program = match found {
            Some(program) => program,
            None => {
                package().map_err(|why| format!("{}; the package SecantusDB: {why}", tried.join("; ")))?
            }
        };
        let folder = TempDir::with_prefix("tally-store-").map_err(|error| error.to_string())?;
        guard::folder(folder.path());
        std::fs::create_dir(folder.path().join("data")).map_err(|error| error.to_string())?;
        let mut store = Self { program, port: closed_port(), folder, process: None };
        store.start_again()?;
        Ok(store)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// Kills the process without a flush. The data stays.
    pub fn kill(&mut self) {
        if let Some(process) = self.process.take() {
            process.kill();
            guard::ended(process.pid());
        }
    }

    /// Freezes the process: connections stay open and get no answers.
    pub fn freeze(&self) {
        if let Some(process) = &self.process {
            process.freeze();
        }
    }

    /// Resumes the process.
    pub fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        if let Some(process) = &self.process {
            process.signal(signal);
        }
    }

    /// Restarts it on the same port and data. Does nothing if it runs.
    pub fn start_again(&mut self) -> Result<(), String> {
        if self.process.is_some() {
            return Ok(());
        }
        let data = self.folder.path().join("data");
        let mut command = Command::new(&self.program);
        if self.program.ends_with("mongod") {
            command.args(["--bind_ip", "127.0.0.1", "--wiredTigerCacheSizeGB", "0.25", "--dbpath"]).arg(data);
        } else {
            // Without this option it answers a write with `j: true` before the journal is written, so a kill loses
            // acknowledged writes. A real MongoDB waits for the journal.
            command.arg("--sync-on-commit");
            command.args(["--host", "127.0.0.1", "--cache-size", "256M", "--storage-path"]).arg(data);
        }
        command.args(["--port", &self.port.to_string()]).current_dir(self.folder.path());
        command.stdin(Stdio::null());
        let process = Process::start(&mut command, &self.folder.path().join("log"));
        guard::started(process.pid());
        let ended = || process.wait(std::time::Duration::ZERO).map(|status| status.to_string());
        await_port(self.port, ended).map_err(|why| format!("{why}: {}", process.log()))?;
        self.process = Some(process);
        Ok(())
    }
}

impl Drop for LocalStore {
    fn drop(&mut self) {
        self.kill();
    }
}
