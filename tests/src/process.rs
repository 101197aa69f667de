//! A child process: start, signal, wait, and its output.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// A started process.
#[derive(Debug)]
pub struct Process {
    pid: Pid,
    lines: Mutex<Receiver<String>>,
    end: Mutex<End>,
    log: PathBuf,
}

#[derive(Debug)]
struct End {
    told: Receiver<ExitStatus>,
    seen: Option<ExitStatus>,
}

impl Process {
    /// Starts a command. Appends its stderr to the file `log` and reads its stdout line by line.
    #[must_use]
    pub fn start(command: &mut Command, log: &Path) -> Self {
        let errors = File::options().create(true).append(true).open(log).expect("the log can be written");
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let (say, lines) = channel();
        std::thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| say.send(line)));
        let pid = Pid::from_child(&child);
        let (tell, ended) = channel();
        std::thread::spawn(move || tell.send(child.wait().expect("a child can be waited for")));
        let end = Mutex::new(End { told: ended, seen: None });
        Self { pid, lines: Mutex::new(lines), end, log: log.to_owned() }
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    /// The next line on stdout. `None` after the last one or when the time is over.
    #[must_use]
    pub fn line(&self, patience: Duration) -> Option<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(patience).ok()
    }

    /// Sends a signal. Does nothing if the process has exited.
    pub fn signal(&self, signal: Signal) {
        // The id of an exited process may belong to another one by now.
        if self.wait(Duration::ZERO).is_none() {
            let _just_ended = kill_process(self.pid, signal);
        }
    }

    /// Freezes it until [`Signal::CONT`]. Returns when each of its threads has stopped, because one on another core
    /// may still finish its work.
    pub fn freeze(&self) {
        self.signal(Signal::STOP);
        let tasks = format!("/proc/{}/task", self.pid());
        let stands_still = |task: std::io::Result<std::fs::DirEntry>| {
            let stat =
                task.and_then(|task| std::fs::read_to_string(task.path().join("stat"))).unwrap_or_default();
            // The state follows the name, which is in brackets and may hold any character. A thread that has exited
            // counts as stopped.
            stat.rsplit(") ").next().is_none_or(|state| state.is_empty() || state.starts_with('T'))
        };
        let frozen = || std::fs::read_dir(&tasks).map_or(true, |mut tasks| tasks.all(stands_still));
        crate::wait::until("it stands still", frozen);
    }

    /// How it exited, or `None` if it still runs.
    #[must_use]
    pub fn wait(&self, patience: Duration) -> Option<ExitStatus> {
        let mut end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        end.seen = end.seen.or_else(|| end.told.recv_timeout(patience).ok());
        end.seen
    }

    /// Kills it and waits until it has exited.
    pub fn kill(&self) {
        self.signal(Signal::KILL);
        let _status = self.wait(Duration::from_secs(crate::PATIENCE_S));
    }

    /// Its stderr so far.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    /// Its resident memory in bytes, now and at its peak, from the kernel.
    #[must_use]
    pub fn memory(&self) -> Memory {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap_or_default();
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) * 1024
        };
        Memory { resident: field("VmRSS:"), peak: field("VmHWM:") }
    }
}

/// Memory of a process, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// Now.
    pub resident: u64,
    /// The most so far.
    pub peak: u64,
}
