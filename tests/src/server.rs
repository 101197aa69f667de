//! The server under test: the built program with its own folder, or one that already runs somewhere.
//!
//! At the end of a test the server must drain, must exit, and must have no open job.

use std::net::TcpListener;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::Duration;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::PATIENCE_S;
use crate::client::Client;
use crate::process::Process;
use crate::program;

/// How to start a server.
#[derive(Clone, Debug)]
pub struct Launch {
    fetch_allow: Option<String>,
    flags: Vec<String>,
    wrapper: Vec<String>,
    data: Option<PathBuf>,
}

impl Default for Launch {
    fn default() -> Self {
        let fetch_allow = Some(format!("127.0.0.0/8,{}", program::host()));
        Self { fetch_allow, flags: Vec::new(), wrapper: Vec::new(), data: None }
    }
}

impl Launch {
    /// As users start it, except that it may fetch from this machine.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With a flag and its value.
    #[must_use]
    pub fn flag(mut self, name: &str, value: &str) -> Self {
        self.flags.extend([name.to_owned(), value.to_owned()]);
        self
    }

    /// With the default address guard.
    #[must_use]
    pub fn guarded(mut self) -> Self {
        self.fetch_allow = None;
        self
    }

    /// Started by another program that then becomes it, such as a shell that sets limits first.
    #[must_use]
    pub fn through(mut self, wrapper: &[&str]) -> Self {
        self.wrapper = wrapper.iter().map(|&word| word.to_owned()).collect();
        self
    }

    /// On this data folder.
    #[must_use]
    pub fn data(mut self, folder: &Path) -> Self {
        self.data = Some(folder.to_owned());
        self
    }

    /// The command line of `tally serve`.
    #[must_use]
    pub fn command(&self, data: &Path) -> Command {
        let program = program::tally();
        let mut command = match self.wrapper.split_first() {
            Some((first, rest)) => {
                let mut command = Command::new(first);
                command.args(rest).arg(program);
                command
            }
            None => Command::new(program),
        };
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data);
        if let Some(network) = &self.fetch_allow {
            command.args(["--fetch-allow", network]);
        }
        without_settings(&mut command);
        command.args(&self.flags);
        command
    }

    /// Starts it. Panics with its log if it does not start.
    #[must_use]
    #[track_caller]
    pub fn start(self) -> Server {
        let folder = TempDir::with_prefix("tally-test-").expect("there is room for a temporary folder");
        let data = self.data.clone().unwrap_or_else(|| folder.path().join("data"));
        let log = folder.path().join("log");
        let (process, base) = self.run(&data, &log);
        let own = Own { launch: self, folder: Some(folder), data, log, process: Some(process) };
        Server { client: Client::new(&base), own: Some(own) }
    }

    #[track_caller]
    fn run(&self, data: &Path, log: &Path) -> (Process, String) {
        let process = Process::start(&mut self.command(data), log);
        let base = address(&process);
        let Some(base) = base else {
            let status = process.wait(Duration::from_secs(1));
            process.kill();
            panic!("tally serve told no address ({status:?}); its log:\n{}", process.log());
        };
        (process, base)
    }
}

/// Removes settings of the developer's own servers, and proxies, from the environment of a test server.
pub(crate) fn without_settings(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let ours = text.starts_with("TALLY_") || ["MONGODB_URI", "AMQP_URL"].contains(&&*text);
        if ours || text.to_ascii_lowercase().ends_with("_proxy") {
            command.env_remove(&name);
        }
    }
}

/// The address in the first lines of its output.
pub(crate) fn address(process: &Process) -> Option<String> {
    for _ in 0..5 {
        let line = process.line(Duration::from_secs(PATIENCE_S))?;
        if let Some(at) = line.find("http://") {
            let rest = &line[at + 7..];
            let end = rest.find(|c: char| c == '/' || c.is_whitespace()).unwrap_or(rest.len());
            return Some(format!("http://{}", &rest[..end]));
        }
    }
    None
}

/// A running server. Dereferences to its client.
#[derive(Debug)]
pub struct Server {
    client: Client,
    own: Option<Own>,
}

#[derive(Debug)]
struct Own {
    launch: Launch,
    folder: Option<TempDir>,
    data: PathBuf,
    log: PathBuf,
    process: Option<Process>,
}

impl Deref for Server {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Server {
    /// The server that `TALLY_TEST_URL` names, or a new one that stops with the test.
    #[must_use]
    #[track_caller]
    pub fn start() -> Self {
        match program::environment("TALLY_TEST_URL") {
            Some(base) => Self { client: Client::new(&base), own: None },
            None => Launch::new().start(),
        }
    }

    /// Kills it. For a process this is like a power cut.
    pub fn kill(&mut self) {
        if let Some(process) = self.own().process.take() {
            process.kill();
        }
    }

    /// Stops it with SIGTERM and waits until it has exited.
    pub fn stop(&mut self) -> ExitStatus {
        let process = self.own().process.take().expect("it runs");
        process.signal(Signal::TERM);
        let status = process.wait(Duration::from_secs(PATIENCE_S));
        status.unwrap_or_else(|| {
            process.kill();
            panic!("it did not end within {PATIENCE_S} s of SIGTERM:\n{}", process.log());
        })
    }

    /// Restarts it on the same folder, with another port.
    #[track_caller]
    pub fn start_again(&mut self) {
        let own = self.own();
        assert!(own.process.is_none(), "it runs already");
        let (process, base) = own.launch.run(&own.data, &own.log);
        own.process = Some(process);
        self.client = Client::new(&base);
    }

    /// Its process. Panics if the test did not start it, or has stopped it.
    #[must_use]
    pub fn process(&self) -> &Process {
        self.own.as_ref().and_then(|own| own.process.as_ref()).expect("it is ours and runs")
    }

    /// Its data folder.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.own.as_ref().expect("it is ours").data
    }

    /// Whether this test started it and so may stop it.
    #[must_use]
    pub const fn is_ours(&self) -> bool {
        self.own.is_some()
    }

    /// Kills it with open jobs. For tests that leave such jobs on purpose.
    pub fn abandon(mut self) {
        self.kill();
    }

    fn own(&mut self) -> &mut Own {
        self.own.as_mut().expect("a test that stops its server starts one of its own")
    }

    /// Checks what must hold after a test that has passed, and stops the server.
    fn check_and_stop(&mut self) {
        // A test that stopped its server has checked it itself.
        if self.own.as_ref().is_some_and(|own| own.process.is_none()) {
            return;
        }
        for id in self.client.made() {
            let answer = self.client.get(&format!("/jobs/{id}"));
            let ended = answer.status != 200 || crate::client::is_end(&answer.json());
            assert!(ended, "the test left a job that has not ended: {}", answer.text());
        }
        let Some(Own { process: Some(process), .. }) = &self.own else { return };
        for state in ["queued", "running"] {
            let left = self.client.get(&format!("/jobs?state={state}")).expect(200).json();
            assert!(left["jobs"].as_array().is_some_and(Vec::is_empty), "jobs are left: {left}");
        }
        process.signal(Signal::TERM);
        let status = process.wait(Duration::from_secs(PATIENCE_S)).expect("it ends after SIGTERM");
        let log = process.log();
        assert!(status.success() && !log.contains("panicked at"), "it ended with {status}; its log:\n{log}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.tell();
        } else {
            // The process must stop whatever `check_and_stop` finds, so its panic is resumed afterwards.
            let left = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.check_and_stop()));
            if let Err(found) = left {
                self.tell();
                std::panic::resume_unwind(found);
            }
        }
    }
}

impl Server {
    /// Prints the log of a failed test and keeps its folder.
    fn tell(&mut self) {
        let Some(own) = &mut self.own else { return };
        if let Some(process) = own.process.take() {
            process.kill();
        }
        let log = std::fs::read_to_string(&own.log).unwrap_or_default();
        let begin = log.len().saturating_sub(8_000);
        let kept = own.folder.take().map(TempDir::keep);
        eprintln!(
            "--- the server's log ({kept:?})\n{}\n---",
            String::from_utf8_lossy(&log.as_bytes()[begin..])
        );
    }
}

/// A port that is closed at the moment.
#[must_use]
pub fn closed_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    listener.local_addr().expect("it is bound").port()
}
