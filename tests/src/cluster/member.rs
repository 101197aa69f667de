//! One process of a cluster, with its own proxies to the store and to the broker.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use crate::client::Client;
use crate::message::Request;
use crate::process::Process;
use crate::proxy::Proxy;
use crate::server::{address, without_settings};
use crate::{PATIENCE_S, guard, program, wait};

/// The role of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Accepts jobs.
    Api,
    /// Runs jobs.
    Worker,
}

/// A process of a cluster. Dropping it stops the process.
pub struct Member {
    role: Role,
    /// Its proxy to the store.
    pub store: Proxy,
    /// Its proxy to the broker.
    pub broker: Proxy,
    flags: Vec<String>,
    log: PathBuf,
    client: Client,
    process: Option<Process>,
}

impl Member {
    /// Starts a process and reads its address. It may not be ready yet.
    pub(super) fn start(role: Role, store: Proxy, broker: Proxy, flags: &[&str], folder: &Path) -> Self {
        let flags = flags.iter().map(|&flag| flag.to_owned()).collect();
        let log = folder.join(format!("log-{}", store.address().port()));
        let nowhere = Client::new("http://127.0.0.1:1");
        let mut member = Self { role, store, broker, flags, log, client: nowhere, process: None };
        member.run("127.0.0.1:0");
        member
    }

    fn run(&mut self, listen: &str) {
        let name = match self.role {
            Role::Api => "tally-api",
            Role::Worker => "tally-worker",
        };
        let mut command = Command::new(program::beside(name));
        without_settings(&mut command);
        command.env("MONGODB_URI", self.mongodb_uri());
        command.env("AMQP_URL", format!("amqp://guest:guest@{}/%2f", self.broker.address()));
        command.args(["--listen", listen]);
        if self.role == Role::Worker {
            command.args(["--workers", "1", "--fetch-allow", "127.0.0.0/8"]);
        }
        command.args(&self.flags);
        let process = Process::start(&mut command, &self.log);
        guard::started(process.pid());
        let Some(base) = address(&process) else { panic!("{name} told no address: {}", process.log()) };
        self.client = Client::new(&base);
        self.process = Some(process);
    }

    /// The address of its store, through its proxy.
    #[must_use]
    pub fn mongodb_uri(&self) -> String {
        format!("mongodb://{}/tally?directConnection=true", self.store.address())
    }

    /// Its name for messages.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{:?} at {}", self.role, self.client.address())
    }

    /// Its client. Stays valid after a restart, because the port stays the same.
    #[must_use]
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// Whether it was started and not stopped.
    #[must_use]
    pub const fn runs(&self) -> bool {
        self.process.is_some()
    }

    /// Its process. Panics if it was stopped.
    #[must_use]
    pub fn process(&self) -> &Process {
        self.process.as_ref().expect("it runs")
    }

    /// Kills it, like a power cut.
    pub fn kill(&mut self) {
        if let Some(process) = self.process.take() {
            process.kill();
            guard::ended(process.pid());
        }
    }

    /// Stops it with SIGTERM and waits until it has exited.
    pub fn stop(&mut self) -> ExitStatus {
        let process = self.process.take().expect("it runs");
        process.signal(Signal::TERM);
        let status = process.wait(Duration::from_secs(PATIENCE_S));
        if status.is_none() {
            process.kill();
        }
        guard::ended(process.pid());
        status.unwrap_or_else(|| panic!("{} did not end after SIGTERM: {}", self.name(), process.log()))
    }

    /// Freezes it.
    pub fn freeze(&self) {
        self.process().freeze();
    }

    /// Resumes it.
    pub fn thaw(&self) {
        self.process().signal(Signal::CONT);
    }

    /// Restarts it on the same port if it does not run.
    pub fn start_again(&mut self) {
        if self.process.is_none() {
            let listen = self.client.address().to_string();
            self.run(&listen);
        }
    }

    /// Restarts it and waits until it is ready.
    pub fn back(&mut self) {
        self.start_again();
        wait::until("a member is ready again", || self.is_ready());
    }

    /// Heals its connections, and resumes or restarts its process.
    pub fn mend(&mut self) {
        self.store.heal();
        self.broker.heal();
        if let Some(process) = &self.process
            && let Some(status) = process.wait(Duration::ZERO)
        {
            panic!("{} ended by itself ({status}): {}", self.name(), process.log());
        }
        if self.runs() {
            self.thaw();
        }
        self.start_again();
    }

    /// The status of `/health/ready` and its body. `None` if it does not answer.
    #[must_use]
    pub fn readiness(&self) -> Option<(u16, Value)> {
        let answer = self.client.try_send(&Request::get("/health/ready")).ok()?;
        Some((answer.status, answer.json()))
    }

    /// Whether it is ready.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.readiness().is_some_and(|(status, _)| status == 200)
    }

    /// Whether it reports this part as ready.
    #[must_use]
    pub fn has(&self, part: &str) -> bool {
        let well = |one: &Value| one["name"] == part && one["ok"] == true;
        self.readiness()
            .is_some_and(|(_, body)| body["parts"].as_array().is_some_and(|parts| parts.iter().any(well)))
    }

    /// Whether it reports that it is not ready because of this part.
    #[must_use]
    pub fn misses(&self, part: &str) -> bool {
        let ails = |one: &Value| one["name"] == part && one["ok"] == false;
        self.readiness().is_some_and(|(status, body)| {
            status == 503 && body["parts"].as_array().is_some_and(|parts| parts.iter().any(ails))
        })
    }

    /// Like [`Client::metric`].
    #[must_use]
    pub fn metric(&self, name: &str) -> f64 {
        self.client.metric(name)
    }

    /// Its stderr so far, over all restarts.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.kill();
    }
}
