//! A sandboxed process for each document of a risky format.
//!
//! The worker starts its own program again with one argument, sends it the document and reads the text. The parser
//! process limits itself before it reads the document; the worker limits its time and its output.

mod exit_cause;
mod parser_process;
mod parser_protocol;

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
use tally_jobs::failure::Failure;
use tally_jobs::ports::{ByteStream, StreamError};
use tally_kernel::{Clock, Fault, FaultKind};
use tally_wordcount::CountFailure;
use tally_wordcount::ports::{self, Parser};
use tally_wordcount::report::Document;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};

use self::exit_cause::{crashed, failure_of_exit};
pub use self::parser_process::parse_document;
use self::parser_protocol::{MAX_PAYLOAD, MessageHeader, ParseOutcome, ParseRequest};

/// The argument that makes this program a parser process. No help lists it, because no person runs it.
pub const PARSER: &str = "parse-document";

/// How long a parser process may take to end after it closed its pipe.
const EXIT_TIMEOUT: Duration = Duration::from_secs(5);

/// The limits of parsing one document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SandboxLimits {
    /// Address space of the parser, in bytes, including the document.
    pub memory_bytes: u64,
    /// Processor time, in whole seconds.
    pub cpu: Duration,
    /// Time from the document's last byte to the last byte of its text.
    pub wall: Duration,
    /// Extracted text, in bytes.
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

/// Parses each document in its own process.
pub struct Sandbox {
    program: PathBuf,
    clock: Arc<dyn Clock>,
    limits: SandboxLimits,
}

impl Sandbox {
    /// Runs `program`, which must call [`parse_document`] if its only argument is [`PARSER`].
    #[must_use]
    pub fn new(program: impl Into<PathBuf>, clock: Arc<dyn Clock>, limits: SandboxLimits) -> Self {
        Self { program: program.into(), clock, limits }
    }

    /// Runs the current program, even if its file was replaced since it started.
    #[must_use]
    pub fn of_this_program(clock: Arc<dyn Clock>) -> Self {
        let itself = PathBuf::from("/proc/self/exe");
        let program = if itself.exists() { itself } else { std::env::current_exe().unwrap_or(itself) };
        Self::new(program, clock, SandboxLimits::default())
    }

    fn start(&self) -> Result<Child, Fault> {
        let started = Command::new(&self.program)
            .arg(OsStr::new(PARSER))
            // The environment often holds secrets.
            .env_clear()
            .current_dir("/")
            // A signal from the keyboard must reach the worker only.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn();
        started.map_err(|error| Fault::because(FaultKind::Overloaded, "start a parser", error))
    }

    /// Sends the parser its document, then fails when its time is over.
    async fn feed(
        &self,
        mut stdin: ChildStdin,
        about: &ports::ParseRequest<'_>,
        mut body: ByteStream,
    ) -> Result<Infallible, StreamError> {
        let request = ParseRequest::new(about, &self.limits).encode();
        // A parser that closes its stdin early has an outcome, and sends it on the other pipe.
        let mut is_open = stdin.write_all(&request).await.is_ok();
        while is_open {
            let Some(piece) = body.next().await else { break };
            is_open = stdin.write_all(&piece?).await.is_ok();
        }
        drop(stdin);
        self.clock.sleep(self.limits.wall).await;
        Err(StreamError::Failed(over_limit(format!("more than {} s", self.limits.wall.as_secs()))))
    }

    /// Reads the text and the outcome; `None` if the parser ended without one.
    async fn receive(
        &self,
        stdout: impl AsyncRead + Unpin,
        to: &mut (dyn Sink + Send),
    ) -> Result<Option<ParseOutcome>, StreamError> {
        let mut stdout = BufReader::with_capacity(MAX_PAYLOAD, stdout);
        let mut text_bytes = 0u64;
        let mut payload = Vec::new();
        loop {
            let mut header = [0; MessageHeader::BYTES];
            if stdout.read_exact(&mut header).await.is_err() {
                return Ok(None);
            }
            let header = MessageHeader::decode(header).ok_or_else(protocol_error)?;
            payload.resize(header.length, 0);
            if stdout.read_exact(&mut payload).await.is_err() {
                return Ok(None);
            }
            let Some(region) = header.region else {
                return ParseOutcome::decode(&payload).map(Some).ok_or_else(protocol_error);
            };
            let text = str::from_utf8(&payload).map_err(|_| protocol_error())?;
            text_bytes += text.len() as u64;
            if text_bytes > self.limits.text_bytes {
                let excess = format!("more than {} bytes of text", self.limits.text_bytes);
                return Err(StreamError::Failed(over_limit(excess)));
            }
            to.text(region, text);
        }
    }
}

#[async_trait]
impl Parser for Sandbox {
    async fn parse(
        &self,
        about: &ports::ParseRequest<'_>,
        body: ByteStream,
        to: &mut (dyn Sink + Send),
    ) -> Result<Document, StreamError> {
        let mut child = self.start()?;
        let (Some(stdin), Some(stdout), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(StreamError::Failed(crashed("it has no pipes")));
        };
        let feed = std::pin::pin!(self.feed(stdin, about, body));
        let receive = std::pin::pin!(self.receive(stdout, to));
        // Returning drops the child, which kills it if it still runs.
        let outcome = match select(receive, feed).await {
            Either::Left((received, _)) => received?,
            Either::Right((Ok(never), _)) => match never {},
            Either::Right((Err(error), _)) => return Err(error),
        };
        let failure = match outcome {
            Some(ParseOutcome::Document(document)) => return Ok(document.into()),
            Some(ParseOutcome::Failure(failure)) => failure.into(),
            None => {
                let exit = std::pin::pin!(failure_of_exit(&mut child, stderr, &self.limits));
                match select(exit, self.clock.sleep(EXIT_TIMEOUT)).await {
                    Either::Left((failure, _)) => failure,
                    Either::Right(_) => crashed("it said nothing more and did not end"),
                }
            }
        };
        Err(StreamError::Failed(failure))
    }
}

fn protocol_error() -> StreamError {
    StreamError::Failed(crashed("it said what no parser says"))
}

/// The failure of a document that exceeds a limit, as in `more than 90 s`.
fn over_limit(excess: String) -> Failure {
    let detail = format!("reading this document takes {excess}; split it, or send its text as text/plain");
    CountFailure::UnreadableDocument.because(detail)
}
