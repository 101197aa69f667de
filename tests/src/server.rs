//! The server under test: the built program on a folder of its own, or one that already runs somewhere.
//!
//! A test that ends leaves nothing: the server is asked to drain, must do so, and must have no job left to do.

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

/// How a server is to be started.
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
    /// As users start it, but that it may fetch from this machine.
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

    /// With the address guard as it is when nobody says anything.
    #[must_use]
    pub fn guarded(mut self) -> Self {
        self.fetch_allow = None;
        self
    }

    /// By way of another program that becomes it in the end, such as a shell that sets limits first.
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

    /// The command line of `tally serve` for this.
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

    /// Starts it. Panics with its log when it does not come up.
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

/// What the developer has set for servers of his own must not reach one of a test; nor must proxies.
pub(crate) fn without_settings(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let ours = text.starts_with("TALLY_") || ["MONGODB_URI", "AMQP_URL"].contains(&&*text);
        if ours || text.to_ascii_lowercase().ends_with("_proxy") {
            command.env_remove(&name);
        }
    }
}

/// The address stands in the first lines, so that a script may read it.
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

/// A server that answers. Dereferences to a client of it.
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
    /// The server that `TALLY_TEST_URL` names, else a fresh one that lives as long as the test.
    #[must_use]
    #[track_caller]
    pub fn start() -> Self {
        match program::environment("TALLY_TEST_URL") {
            Some(base) => Self { client: Client::new(&base), own: None },
            None => Launch::new().start(),
        }
    }

    /// Kills it as a power cut would, as far as a process can see.
    pub fn kill(&mut self) {
        if let Some(process) = self.own().process.take() {
            process.kill();
        }
    }

    /// Asks it to end, and waits until it has.
    pub fn stop(&mut self) -> ExitStatus {
        let process = self.own().process.take().expect("it runs");
        process.signal(Signal::TERM);
        let status = process.wait(Duration::from_secs(PATIENCE_S));
        status.unwrap_or_else(|| {
            process.kill();
            panic!("it did not end within {PATIENCE_S} s of SIGTERM:\n{}", process.log());
        })
    }

    /// Starts it again on the same folder; its port is another one.
    #[track_caller]
    pub fn start_again(&mut self) {
        let own = self.own();
        assert!(own.process.is_none(), "it runs already");
        let (process, base) = own.launch.run(&own.data, &own.log);
        own.process = Some(process);
        self.client = Client::new(&base);
    }

    /// Its process. Panics for a server that is not ours, or that was stopped.
    #[must_use]
    pub fn process(&self) -> &Process {
        self.own.as_ref().and_then(|own| own.process.as_ref()).expect("it is ours and runs")
    }

    /// Its data folder.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.own.as_ref().expect("it is ours").data
    }

    /// Whether it was started by this test, so that the test may stop it.
    #[must_use]
    pub const fn is_ours(&self) -> bool {
        self.own.is_some()
    }

    /// Ends it with jobs that nobody waits for: a test of that says so.
    pub fn abandon(mut self) {
        self.kill();
        self.own = None;
    }

    fn own(&mut self) -> &mut Own {
        self.own.as_mut().expect("a test that stops its server starts one of its own")
    }

    /// What must hold when a test has passed.
    fn leave(&mut self) {
        // A test that stopped its server has judged it itself.
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
            // The process must go whatever `leave` finds, so its panic waits until then.
            let left = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.leave()));
            if let Err(found) = left {
                self.tell();
                std::panic::resume_unwind(found);
            }
        }
    }
}

impl Server {
    /// Shows the log of a failed test, and keeps the folder to look into.
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

/// A port on which nobody listens, at least for a while.
#[must_use]
pub fn closed_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    listener.local_addr().expect("it is bound").port()
}
