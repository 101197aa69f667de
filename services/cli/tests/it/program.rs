//! Runs the program, and servers of it that end with their test.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::thread;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// The program with an environment of which only the path is left, in a folder where nothing lies.
pub fn tally() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tally"));
    command.env_clear().env("PATH", "/usr/bin:/bin").current_dir(empty_folder());
    command
}

/// A folder that is never written to.
fn empty_folder() -> &'static Path {
    Path::new("/")
}

/// What a run came to.
#[derive(Debug)]
pub struct Ran {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
        let status = output.status.code().expect("it ends by itself");
        Self { status, stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

impl Ran {
    /// The output as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Each line of the output as JSON.
    #[track_caller]
    pub fn lines(&self) -> Vec<serde_json::Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[track_caller]
    pub fn ended(self, status: i32) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }
}

/// Runs the program to its end.
#[track_caller]
pub fn run<'a>(args: impl IntoIterator<Item = &'a str>) -> Ran {
    run_command(tally().args(args), b"")
}

/// Runs a command to its end with this on its standard input.
#[track_caller]
pub fn run_command(command: &mut Command, stdin: &[u8]) -> Ran {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().expect("the program starts");
    let mut input = child.stdin.take().expect("it is piped");
    let given = stdin.to_vec();
    // A program that does not want its input closes it: that is its affair.
    let writer = thread::spawn(move || drop(input.write_all(&given)));
    let ran = child.wait_with_output().expect("it ends").into();
    writer.join().expect("writing does not panic");
    ran
}

pub fn signal(child: &Child, signal: Signal) {
    let id = i32::try_from(child.id()).expect("process ids fit");
    kill_process(Pid::from_raw(id).expect("it is not zero"), signal).expect("it is there");
}

/// A running server on a folder of its own. Dropping it asks it to end and sees that it does.
pub struct Server {
    pub child: Child,
    pub greeting: Vec<String>,
    pub folder: TempDir,
    out: BufReader<ChildStdout>,
}

impl Server {
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    pub fn start_with(flags: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        Self::start_in(&folder.path().join("data"), flags, folder)
    }

    /// A server on this data folder, which outlives it.
    pub fn start_on(data: &Path) -> Self {
        Self::start_in(data, &[], TempDir::new().unwrap())
    }

    fn start_in(data: &Path, flags: &[&str], folder: TempDir) -> Self {
        let mut command = tally();
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data).args(flags);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut greeting = Vec::new();
        for _ in 0..3 {
            let mut line = String::new();
            if out.read_line(&mut line).unwrap() == 0 {
                let mut said = String::new();
                child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
                panic!("the server did not start: {said}");
            }
            greeting.push(line.trim_end().to_owned());
        }
        Self { child, greeting, folder, out }
    }

    pub fn url(&self) -> &str {
        let line = &self.greeting[0];
        let start = line.find("http://").expect("the first line has the address");
        line[start..].split_whitespace().next().unwrap()
    }

    /// Runs a client command against it.
    #[track_caller]
    pub fn run<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Ran {
        self.run_with(args, b"")
    }

    #[track_caller]
    pub fn run_with<'a>(&self, args: impl IntoIterator<Item = &'a str>, stdin: &[u8]) -> Ran {
        run_command(tally().args(args).env("TALLY_URL", self.url()), stdin)
    }

    /// Waits for its end, and says what it wrote until then: stdout beyond the greeting, and stderr.
    pub fn end(&mut self) -> (i32, String, String) {
        let (mut out, mut err) = (String::new(), String::new());
        self.out.read_to_string(&mut out).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        (self.child.wait().unwrap().code().expect("it ends by itself"), out, err)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        if thread::panicking() {
            let _ = self.child.kill();
            let _ = self.child.wait();
            return;
        }
        signal(&self.child, Signal::TERM);
        assert_eq!(self.child.wait().unwrap().code(), Some(0), "a server that is asked to end drains");
    }
}
