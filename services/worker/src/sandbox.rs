//! A process for each document that may kill its reader.
//!
//! Starts this program again with one argument, gives it the document, and takes the text as it comes. The child
//! limits itself before it looks at the document (`child`); the parent watches its time and how much it says, and
//! tells what became of it (`verdict`). Knows no format.

mod child;
mod verdict;
mod wire;

use std::convert::Infallible;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use tally_extract::Sink;
use tally_jobs::failure::{Failure, FailureKind};
use tally_jobs::ports::{ByteStream, Handover, Parser, StreamError};
use tally_jobs::report::Document;
use tally_kernel::{Clock, Fault, FaultKind};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};

pub use self::child::parse_document;
use self::verdict::verdict;
use self::wire::{End, Header, Request};

/// The argument that makes this program a parser. It stands in no help: it is no command for people.
pub const PARSER: &str = "parse-document";

/// How long a child may take to end that has closed its pipe.
const LAST_PATIENCE: Duration = Duration::from_secs(5);

/// What one document may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SandboxLimits {
    /// Address space of the parser, in bytes; the document is in it.
    pub memory_bytes: u64,
    /// Processor time, in whole seconds.
    pub cpu: Duration,
    /// Time from the document's last byte to its text's.
    pub wall: Duration,
    /// Text that comes out of it, in bytes.
    pub text_bytes: u64,
}

impl Default for SandboxLimits {
    /// 2 GiB, 60 s of processor time within 90 s, 256 MB of text.
    fn default() -> Self {
        Self {
            memory_bytes: 2 << 30,
            cpu: Duration::from_secs(60),
            wall: Duration::from_secs(90),
            text_bytes: 256_000_000,
        }
    }
}

/// Parses each document in a process of its own.
pub struct Sandbox {
    program: PathBuf,
    clock: Arc<dyn Clock>,
    limits: SandboxLimits,
}

impl Sandbox {
    /// With a program that calls [`parse_document`] when its only argument is [`PARSER`].
    #[must_use]
    pub fn new(program: impl Into<PathBuf>, clock: Arc<dyn Clock>, limits: SandboxLimits) -> Self {
        Self { program: program.into(), clock, limits }
    }

    /// With the running program itself, also when its file was replaced since it started.
    #[must_use]
    pub fn of_this_program(clock: Arc<dyn Clock>) -> Self {
        let itself = PathBuf::from("/proc/self/exe");
        let program = if itself.exists() { itself } else { std::env::current_exe().unwrap_or(itself) };
        Self::new(program, clock, SandboxLimits::default())
    }

    fn start(&self) -> Result<Child, Fault> {
        let started = Command::new(&self.program)
            .arg(OsStr::new(PARSER))
            // Secrets of the parent are often there.
            .env_clear()
            .current_dir("/")
            // A signal from the keyboard is for the parent, who then decides.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn();
        started.map_err(|error| Fault::because(FaultKind::Overloaded, "start a parser", error))
    }

    /// Gives the parser its document; then ends when its time is over.
    async fn feed(
        &self,
        mut stdin: ChildStdin,
        about: &Handover<'_>,
        mut body: ByteStream,
    ) -> Result<Infallible, StreamError> {
        let request = Request::new(about, &self.limits).encoded();
        // Who takes no more has found out enough, and says so on the other pipe.
        let mut takes = stdin.write_all(&request).await.is_ok();
        while takes {
            let Some(piece) = body.next().await else { break };
            takes = stdin.write_all(&piece?).await.is_ok();
        }
        drop(stdin);
        self.clock.sleep(self.limits.wall).await;
        Err(StreamError::Failed(over(format!("more than {} s", self.limits.wall.as_secs()))))
    }

    /// Takes the text and what ends it; `None` where the parser ended without a word.
    async fn take(
        &self,
        stdout: impl AsyncRead + Unpin,
        to: &mut (dyn Sink + Send),
    ) -> Result<Option<End>, StreamError> {
        let mut stdout = BufReader::with_capacity(wire::LONGEST, stdout);
        let mut text_bytes = 0u64;
        let mut payload = Vec::new();
        loop {
            let mut header = [0; Header::BYTES];
            if stdout.read_exact(&mut header).await.is_err() {
                return Ok(None);
            }
            let header = Header::decoded(header).ok_or_else(nonsense)?;
            payload.resize(header.length, 0);
            if stdout.read_exact(&mut payload).await.is_err() {
                return Ok(None);
            }
            let Some(region) = header.region else {
                return End::decoded(&payload).map(Some).ok_or_else(nonsense);
            };
            let text = str::from_utf8(&payload).map_err(|_| nonsense())?;
            text_bytes += text.len() as u64;
            if text_bytes > self.limits.text_bytes {
                let much = format!("more than {} bytes of text", self.limits.text_bytes);
                return Err(StreamError::Failed(over(much)));
            }
            to.text(region, text);
        }
    }
}

#[async_trait]
impl Parser for Sandbox {
    async fn parse(
        &self,
        about: &Handover<'_>,
        body: ByteStream,
        to: &mut (dyn Sink + Send),
    ) -> Result<Document, StreamError> {
        let mut child = self.start()?;
        let (Some(stdin), Some(stdout), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(StreamError::Failed(verdict::crashed("it has no pipes")));
        };
        let fed = std::pin::pin!(self.feed(stdin, about, body));
        let taken = std::pin::pin!(self.take(stdout, to));
        // A child that is still there when this returns is killed.
        let end = match select(taken, fed).await {
            Either::Left((taken, _)) => taken?,
            Either::Right((Ok(never), _)) => match never {},
            Either::Right((Err(error), _)) => return Err(error),
        };
        let failure = match end {
            Some(End::Document(document)) => return Ok(document.into()),
            Some(End::Failure(failure)) => failure.into(),
            None => {
                let judging = std::pin::pin!(verdict(&mut child, stderr, &self.limits));
                match select(judging, self.clock.sleep(LAST_PATIENCE)).await {
                    Either::Left((failure, _)) => failure,
                    Either::Right(_) => verdict::crashed("it said nothing more and did not end"),
                }
            }
        };
        Err(StreamError::Failed(failure))
    }
}

fn nonsense() -> StreamError {
    StreamError::Failed(verdict::crashed("it said what no parser says"))
}

/// The failure of a document that goes over a limit, which names it.
fn over(much: String) -> Failure {
    let detail = format!("reading this document takes {much}; split it, or send its text as text/plain");
    Failure::new(FailureKind::UnreadableDocument, detail)
}
