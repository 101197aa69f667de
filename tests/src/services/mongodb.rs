//! A server that speaks MongoDB's protocol.
//!
//! The first of these: the address in `TALLY_TEST_MONGODB_URI`; a container of `mongo:8`; an installed server
//! (`mongod`, or `secantusd-rs`, which has the same protocol and storage engine); the package SecantusDB of PyPI, in
//! a folder beside the build.

mod local;
pub mod wire;

pub use local::LocalStore;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Weak};
use std::time::Duration;

use tempfile::TempDir;
use testcontainers_modules::mongo::Mongo;
use testcontainers_modules::testcontainers::ImageExt;
use testcontainers_modules::testcontainers::runners::AsyncRunner;
use tokio::sync::Mutex;

use super::{Service, await_port, on_path, run};
use crate::program::{environment, scratch};
use crate::server::closed_port;

/// Time limit for pulling and starting an image.
const IMAGE_WITHIN: Duration = Duration::from_secs(180);
/// The version that containers run.
const TAG: &str = "8";

/// A new server for one test, or the one that the environment names. Panics with all attempts if there is none.
pub async fn mongodb() -> Service {
    if let Some(uri) = environment("TALLY_TEST_MONGODB_URI") {
        return Service { uri, keeper: Box::new(()) };
    }
    let mut tried = Vec::new();
    match in_container().await {
        Ok(service) => return service,
        Err(why) => tried.push(format!("a container of mongo:{TAG}: {why}")),
    }
    let started = tokio::task::spawn_blocking(move || {
        installed(&mut tried).or_else(|| from_package(&mut tried)).ok_or(tried)
    });
    match started.await.expect("looking for a server does not panic") {
        Ok(service) => service,
        Err(tried) => panic!(
            "no server speaks MongoDB's protocol here; set TALLY_TEST_MONGODB_URI to the address of one. Tried:\n  {}",
            tried.join("\n  ")
        ),
    }
}

/// The server that the tests of one process share. It stops with the last of them. Each test uses its own database.
pub async fn shared() -> Arc<Service> {
    static SHARED: Mutex<Weak<Service>> = Mutex::const_new(Weak::new());
    let mut shared = SHARED.lock().await;
    if let Some(running) = shared.upgrade() {
        return running;
    }
    let started = Arc::new(mongodb().await);
    *shared = Arc::downgrade(&started);
    started
}

/// The address of another database on the same server.
#[must_use]
pub fn with_database(uri: &str, database: &str) -> String {
    let (before, options) =
        uri.split_once('?').map_or((uri, None), |(before, options)| (before, Some(options)));
    let hosts_end = before.find("://").and_then(|at| before[at + 3..].find('/').map(|slash| at + 3 + slash));
    let hosts = &before[..hosts_end.unwrap_or(before.len())];
    match options {
        Some(options) => format!("{hosts}/{database}?{options}"),
        None => format!("{hosts}/{database}"),
    }
}

async fn in_container() -> Result<Service, String> {
    let starting = async {
        let container = Mongo::default().with_tag(TAG).start().await.map_err(|error| error.to_string())?;
        let port = container.get_host_port_ipv4(27017).await.map_err(|error| error.to_string())?;
        let host = container.get_host().await.map_err(|error| error.to_string())?;
        let uri = format!("mongodb://{host}:{port}/?directConnection=true");
        Ok(Service { uri, keeper: Box::new(container) })
    };
    tokio::time::timeout(IMAGE_WITHIN, starting).await.unwrap_or_else(|_| Err("it took too long".into()))
}

fn installed(tried: &mut Vec<String>) -> Option<Service> {
    programs(tried).iter().find_map(|program| start(program, tried))
}

/// Installed servers.
fn programs(tried: &mut Vec<String>) -> Vec<PathBuf> {
    let found = ["mongod", "secantusd-rs"].into_iter().filter_map(|name| {
        let path = on_path(name);
        if path.is_none() {
            tried.push(format!("{name}: not on the PATH"));
        }
        path
    });
    found.collect()
}

fn from_package(tried: &mut Vec<String>) -> Option<Service> {
    match package() {
        Ok(program) => start(&program, tried),
        Err(why) => {
            tried.push(format!("the package SecantusDB of PyPI: {why}"));
            None
        }
    }
}

/// The program in the package, installed once for all tests.
fn package() -> Result<PathBuf, String> {
    let folder = scratch().join("secantusdb");
    let program = folder.join("bin").join("secantusd-py");
    install(&folder, &program).map(|()| program)
}

fn install(folder: &Path, program: &Path) -> Result<(), String> {
    let lock = std::fs::File::create(folder.with_extension("lock")).map_err(|error| error.to_string())?;
    lock.lock().map_err(|error| error.to_string())?;
    if program.is_file() {
        return Ok(());
    }
    run(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
    run(Command::new(folder.join("bin").join("pip")).args(["install", "--quiet", "SecantusDB"]))
}

/// A server with its own folder. Dropping it stops the process and removes the folder.
struct Running {
    process: Child,
    folder: Option<TempDir>,
}

impl Drop for Running {
    fn drop(&mut self) {
        // The data is removed too, so no graceful shutdown is needed.
        let ended = self.process.kill().and_then(|()| self.process.wait());
        drop(self.folder.take());
        if let Err(error) = ended {
            eprintln!("the server of the tests could not be ended: {error}");
        }
    }
}

fn start(program: &Path, tried: &mut Vec<String>) -> Option<Service> {
    match try_start(program) {
        Ok(service) => Some(service),
        Err(why) => {
            tried.push(format!("{}: {why}", program.display()));
            None
        }
    }
}

fn try_start(program: &Path) -> Result<Service, String> {
    let told = |error: std::io::Error| error.to_string();
    let folder = TempDir::with_prefix("tally-mongodb-").map_err(told)?;
    let log_path = folder.path().join("log");
    let log = std::fs::File::create(&log_path).map_err(told)?;
    let data = folder.path().join("data");
    std::fs::create_dir(&data).map_err(told)?;
    let port = closed_port();
    let mut command = Command::new(program);
    if program.ends_with("mongod") {
        command.args(["--bind_ip", "127.0.0.1", "--wiredTigerCacheSizeGB", "0.25", "--dbpath"]).arg(data);
    } else {
        command.args(["--host", "127.0.0.1", "--cache-size", "256M", "--storage-path"]).arg(data);
    }
    command.args(["--port", &port.to_string()]).current_dir(folder.path());
    let errors = log.try_clone().map_err(told)?;
    let process = command.stdin(Stdio::null()).stdout(log).stderr(errors).spawn().map_err(told)?;
    let mut running = Running { process, folder: Some(folder) };
    let ended = || running.process.try_wait().ok().flatten().map(|status| status.to_string());
    await_port(port, ended).map_err(|why| {
        let log = std::fs::read_to_string(&log_path).unwrap_or_default();
        format!("{why}; its log ends with: {}", log.lines().last().unwrap_or_default())
    })?;
    let uri = format!("mongodb://127.0.0.1:{port}/?directConnection=true");
    Ok(Service { uri, keeper: Box::new(running) })
}

#[cfg(test)]
mod tests {
    use super::with_database;

    #[test]
    fn an_address_is_given_another_database() {
        for (uri, expected) in [
            ("mongodb://h:1", "mongodb://h:1/x"),
            ("mongodb://h:1/?a=b", "mongodb://h:1/x?a=b"),
            ("mongodb://u:p@h:1,i:2/old?a=b", "mongodb://u:p@h:1,i:2/x?a=b"),
        ] {
            assert_eq!(with_database(uri, "x"), expected);
        }
    }
}
