//! A cluster of the built executables on this machine: two APIs, two workers, a store, a broker, and a proxy on every
//! connection between them.
//!
//! A test can kill, freeze and restart every part. All processes stop with the test program, even after a crash.

mod member;

use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

pub use member::{Member, Role};

use crate::client::Client;
use crate::guard;
use crate::proxy::Proxy;
use crate::services::mongodb::LocalStore;
use crate::services::nginx::LocalNginx;
use crate::services::rabbitmq::LocalBroker;
use crate::wait;

/// How long all members may take to reconnect to a broker or a store.
const RECOVERY: Duration = Duration::from_secs(90);

/// A running cluster.
pub struct Cluster {
    /// Runs the proxies and the asynchronous parts of the harness.
    runtime: Arc<Runtime>,
    /// The APIs.
    pub apis: Vec<Member>,
    /// The workers.
    pub workers: Vec<Member>,
    /// The store.
    pub store: LocalStore,
    /// The broker.
    pub broker: LocalBroker,
    folder: TempDir,
}

impl Cluster {
    /// Starts all parts. Panics with all attempts if one does not start.
    #[must_use]
    pub fn start() -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = Arc::new(runtime.expect("a runtime"));
        let store = LocalStore::start().unwrap_or_else(|why| panic!("no store for the cluster: {why}"));
        let broker = runtime.block_on(LocalBroker::start());
        let broker = broker.unwrap_or_else(|why| panic!("no broker for the cluster: {why}"));
        let folder = TempDir::with_prefix("tally-cluster-").expect("there is room for a temporary folder");
        guard::folder(folder.path());
        let mut cluster = Self { runtime, apis: Vec::new(), workers: Vec::new(), store, broker, folder };
        for _ in 0..2 {
            let worker = cluster.member(Role::Worker, &[]);
            cluster.workers.push(worker);
            let api = cluster.member(Role::Api, &[]);
            cluster.apis.push(api);
        }
        cluster.await_ready();
        cluster
    }

    /// Starts one more member with its own flags. Dropping it stops its process.
    #[must_use]
    pub fn member(&self, role: Role, flags: &[&str]) -> Member {
        let before =
            |address: std::net::SocketAddr| self.runtime.block_on(Proxy::before(address.to_string()));
        let (store, broker) = (before(self.store.address()), before(self.broker.address()));
        Member::start(role, store, broker, flags, self.folder.path())
    }

    /// A member with these addresses of its store and its broker.
    #[must_use]
    pub fn member_at(&self, role: Role, store: &str, broker: &str) -> Member {
        let flags = ["--mongodb-uri", store, "--amqp-url", broker];
        self.member(role, &flags)
    }

    /// An nginx in front of all APIs. Dropping it stops the process.
    #[must_use]
    pub fn edge(&self) -> LocalNginx {
        let apis: Vec<_> = self.apis.iter().map(|api| api.client().address()).collect();
        LocalNginx::start(&apis).unwrap_or_else(|why| panic!("no edge for the cluster: {why}"))
    }

    /// Clients of all APIs.
    #[must_use]
    pub fn clients(&self) -> Vec<Client> {
        self.apis.iter().map(|api| api.client().clone()).collect()
    }

    /// The APIs and the workers.
    pub fn members(&mut self) -> impl Iterator<Item = &mut Member> {
        self.apis.iter_mut().chain(&mut self.workers)
    }

    /// Runs `rabbitmqctl` and returns its output.
    pub fn ctl(&self, arguments: &[&str]) -> String {
        self.runtime.block_on(self.broker.ctl(arguments))
    }

    /// Kills the broker. Its data stays.
    pub fn kill_broker(&mut self) {
        let runtime = Arc::clone(&self.runtime);
        runtime.block_on(self.broker.kill());
    }

    /// Kills the broker, and removes all its data.
    pub fn wipe_broker(&mut self) {
        self.kill_broker();
        self.broker.wipe();
    }

    /// Restarts the broker if it does not run.
    pub fn start_broker(&mut self) {
        if !self.broker.runs() {
            let runtime = Arc::clone(&self.runtime);
            runtime.block_on(self.broker.start_again()).expect("the broker starts again");
        }
    }

    /// Restarts the store if it does not run.
    pub fn start_store(&mut self) {
        self.store.start_again().expect("the store starts again");
    }

    /// Undoes all faults and waits until all members are ready.
    pub fn mend(&mut self) {
        self.store.thaw();
        self.broker.thaw();
        self.start_store();
        self.start_broker();
        self.members().for_each(Member::mend);
        self.await_ready();
    }

    /// Waits until all members are ready.
    pub fn await_ready(&mut self) {
        for member in self.members().filter(|member| member.runs()) {
            let name = member.name().to_owned();
            wait::within(RECOVERY, &format!("{name} is ready"), || member.is_ready());
        }
    }

    /// Waits until at most `most` tickets are on the broker, delivered ones included.
    pub fn await_tickets(&self, most: u64) {
        wait::until(&format!("{most} tickets at most lie on the broker"), || {
            self.tickets("messages") <= most
        });
    }

    /// The number of tickets on the broker: all (`messages`), or only undelivered ones (`messages_ready`).
    #[must_use]
    pub fn tickets(&self, which: &str) -> u64 {
        let queues = self.ctl(&["-q", "list_queues", "name", which]);
        let of_line = |line: &&str| ["high", "normal", "low"].iter().any(|class| line.contains(class));
        let count = |line: &str| line.split_whitespace().last()?.parse::<u64>().ok();
        queues.lines().filter(of_line).filter_map(count).sum()
    }

    /// The last lines of the members' logs.
    #[must_use]
    pub fn logs(&mut self) -> String {
        let last = |member: &mut Member| {
            let log = member.log();
            let lines: Vec<_> = log.lines().rev().take(25).collect();
            format!("--- {}\n{}\n", member.name(), lines.into_iter().rev().collect::<Vec<_>>().join("\n"))
        };
        self.members().map(last).collect()
    }
}
