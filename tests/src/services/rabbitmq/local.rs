//! An installed broker, started for one test with its own node name, ports, data, logs, cookie and port mapper.

use std::fs::File;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rustix::process::{Pid, Signal, geteuid, kill_process};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

/// Where Debian and related systems install the server itself. The one on their PATH changes user and folder first.
const INSTALLED: &str = "/usr/lib/rabbitmq/bin";
/// How long a start may take.
const START: Duration = Duration::from_secs(90);
/// Runs the broker until a line or the end of stdin, then stops it and its port mapper. Only the word `keep` keeps
/// the data.
const GUARD: &str = r#"
"$0/rabbitmq-server" &
broker=$!
read -r word
kill -TERM $broker 2>/dev/null
wait $broker
epmd -port "$ERL_EPMD_PORT" -kill
[ "$word" = keep ] || rm -rf "$1"
"#;

/// A broker process. Dropping it stops the process.
#[derive(Debug)]
pub struct LocalBroker {
    uri: String,
    port: u16,
    scripts: PathBuf,
    environment: Vec<(&'static str, String)>,
    folder: TempDir,
    guard: Option<Child>,
}

impl LocalBroker {
    /// Starts a broker and installs the server if necessary and possible. An error says what failed.
    pub async fn start() -> Result<Self, String> {
        let scripts = scripts()?;
        let folder =
            tempfile::Builder::new().prefix("tally-rabbitmq").tempdir().map_err(|error| error.to_string())?;
        let [port, distribution, mapper] = free_ports();
        let environment = environment(folder.path(), port, distribution, mapper)?;
        let uri = format!("amqp://guest:guest@127.0.0.1:{port}/%2f");
        let mut broker = Self { uri, port, scripts, environment, folder, guard: None };
        broker.start_again().await?;
        Ok(broker)
    }

    /// Its address as a URI.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// Runs `rabbitmqctl` on it and returns the output.
    ///
    /// Panics if it fails.
    pub async fn ctl(&self, arguments: &[&str]) -> String {
        let mut command = tokio::process::Command::new(self.scripts.join("rabbitmqctl"));
        command.args(arguments).envs(self.environment.iter().map(|(name, value)| (name, value)));
        let said = command.stdin(Stdio::null()).output().await.expect("rabbitmqctl runs");
        let text =
            String::from_utf8_lossy(&said.stdout).into_owned() + &String::from_utf8_lossy(&said.stderr);
        assert!(said.status.success(), "rabbitmqctl {arguments:?}: {text}");
        text
    }

    /// Kills the process without a flush. The data stays.
    pub async fn kill(&mut self) {
        self.signal(Signal::KILL);
        self.stop().await;
    }

    /// Freezes the process: connections stay open and get no answers.
    pub fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// Resumes the process.
    pub fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    /// Whether it was started and not stopped.
    #[must_use]
    pub const fn runs(&self) -> bool {
        self.guard.is_some()
    }

    fn signal(&self, signal: Signal) {
        let pid = std::fs::read_to_string(self.folder.path().join("pid")).unwrap_or_default();
        // The number of a stopped broker may belong to another process by now.
        if let Some(pid) = pid.trim().parse().ok().and_then(Pid::from_raw).filter(|_| self.runs()) {
            // It may just have exited.
            let _ = kill_process(pid, signal);
        }
    }

    /// Stops it gracefully. The data stays.
    pub async fn stop(&mut self) {
        let Some(mut guard) = self.guard.take() else { return };
        if let Some(mut words) = guard.stdin.take() {
            // Fails if the guard and its broker have exited.
            let _ = words.write_all(b"keep\n");
        }
        while matches!(guard.try_wait(), Ok(None)) {
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Removes all data of a stopped broker.
    pub fn wipe(&self) {
        assert!(self.guard.is_none(), "the broker runs");
        let data = self.folder.path().join("data");
        std::fs::remove_dir_all(&data).expect("the data of a stopped broker can be removed");
        std::fs::create_dir(&data).expect("and its folder made again");
    }

    /// Restarts it on the same port and data.
    pub async fn start_again(&mut self) -> Result<(), String> {
        let path = self.folder.path().join("log");
        let log = File::options().create(true).append(true).open(&path).map_err(|error| error.to_string())?;
        let errors = log.try_clone().map_err(|error| error.to_string())?;
        let guard = Command::new("sh")
            .args(["-c", GUARD])
            .args([self.scripts.as_path(), self.folder.path()])
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .map_err(|error| format!("no shell: {error}"))?;
        self.guard = Some(guard);
        let began = Instant::now();
        while TcpStream::connect(self.address()).is_err() {
            if began.elapsed() > START {
                let said = std::fs::read_to_string(&path).unwrap_or_default();
                return Err(format!("it did not start within {START:?}: {said}"));
            }
            sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }
}

impl Drop for LocalBroker {
    fn drop(&mut self) {
        // Closing the pipe stops the broker. The folder must stay until it has exited.
        if let Some(mut guard) = self.guard.take() {
            drop(guard.stdin.take());
            let _ = guard.wait();
        }
    }
}

/// The folder of the server's scripts.
fn scripts() -> Result<PathBuf, String> {
    let found = || {
        let path = super::environment("PATH").unwrap_or_default();
        let folders = std::iter::once(PathBuf::from(INSTALLED)).chain(std::env::split_paths(&path));
        folders.into_iter().find(|folder| folder.join("rabbitmq-server").is_file())
    };
    if let Some(found) = found() {
        return Ok(found);
    }
    if !geteuid().is_root() {
        return Err(format!("no rabbitmq-server in {INSTALLED} or on PATH, and only root could install one"));
    }
    let mut install = Command::new("apt-get");
    install.args(["install", "-y", "--no-install-recommends", "rabbitmq-server"]);
    let said = install.env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null()).output();
    let said = said.map_err(|error| format!("no rabbitmq-server, and no apt-get: {error}"))?;
    found().ok_or_else(|| {
        format!(
            "no rabbitmq-server, and apt-get could not install it: {}",
            String::from_utf8_lossy(&said.stderr)
        )
    })
}

fn environment(
    folder: &Path,
    port: u16,
    distribution: u16,
    mapper: u16,
) -> Result<Vec<(&'static str, String)>, String> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let inside = |name: &str| folder.join(name).display().to_string();
    for name in ["data", "logs", "home"] {
        std::fs::create_dir(folder.join(name)).map_err(|error| error.to_string())?;
    }
    let config = format!("listeners.tcp.1 = 127.0.0.1:{port}\ndisk_free_limit.absolute = 20MB\n");
    for (name, text) in [("rabbitmq.conf", config.as_str()), ("plugins", "[].\n"), ("env.conf", "")] {
        std::fs::write(folder.join(name), text).map_err(|error| error.to_string())?;
    }
    let node = format!("tally-{}-{}@localhost", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    Ok(vec![
        ("HOME", inside("home")),
        ("RABBITMQ_NODENAME", node),
        ("RABBITMQ_NODE_PORT", port.to_string()),
        ("RABBITMQ_DIST_PORT", distribution.to_string()),
        ("ERL_EPMD_PORT", mapper.to_string()),
        ("ERL_EPMD_ADDRESS", "127.0.0.1".to_owned()),
        ("RABBITMQ_MNESIA_BASE", inside("data")),
        ("RABBITMQ_LOG_BASE", inside("logs")),
        ("RABBITMQ_PID_FILE", inside("pid")),
        ("RABBITMQ_CONFIG_FILE", inside("rabbitmq")),
        ("RABBITMQ_CONF_ENV_FILE", inside("env.conf")),
        ("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-kernel inet_dist_use_interface {127,0,0,1}".to_owned()),
        ("RABBITMQ_ENABLED_PLUGINS_FILE", inside("plugins")),
    ])
}

/// Ports that are free at the moment.
fn free_ports<const N: usize>() -> [u16; N] {
    // All listeners stay open until all ports are known, so that the ports differ.
    let held = [(); N].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port"));
    held.map(|listener| listener.local_addr().expect("it is bound").port())
}
