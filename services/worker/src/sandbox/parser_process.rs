//! The parser process: limits itself, reads the document, sends its text, ends.
//!
//! Uses no clock, no network and no configuration: everything it needs is in the request.

use std::io::{self, BufWriter, Read, Write};

use rustix::process::{Resource, Rlimit, setrlimit};
use tally_extract::{Declared, Limits, Region, Sink, parse_buffered};
use tally_wordcount::failure::of_extraction;
use tally_wordcount::report::Document;

use super::parser_protocol::{MAX_PAYLOAD, MessageHeader, ParseOutcome, ParseRequest};

/// The limit of open files: those that it inherits.
const MAX_OPEN_FILES: u64 = 8;

/// Reads one document from stdin and writes its text to stdout. Returns whether the worker got an outcome.
#[must_use]
pub fn parse_document() -> bool {
    // A parser's panic becomes a warning or a crash; its place in the code must not reach the log.
    std::panic::set_hook(Box::new(|_| {}));
    let parsed = parse();
    if parsed.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::OutOfMemory) {
        // The same words as the Rust runtime's when it aborts.
        let _ = io::stderr().write_all(b"memory allocation of a document failed");
    }
    parsed.is_ok()
}

fn parse() -> io::Result<()> {
    let mut stdin = io::stdin().lock();
    let mut header = [0; MessageHeader::BYTES];
    stdin.read_exact(&mut header)?;
    let header = MessageHeader::decode(header).ok_or(io::ErrorKind::InvalidData)?;
    let mut payload = vec![0; header.length];
    stdin.read_exact(&mut payload)?;
    let request = ParseRequest::decode(&payload).ok_or(io::ErrorKind::InvalidData)?;
    confine(&request)?;
    let mut document = Vec::new();
    stdin.take(request.document_bytes.saturating_add(1)).read_to_end(&mut document)?;
    let declared = Declared { content_type: request.content_type.as_deref(), name: request.name.as_deref() };
    let limits = Limits { decoded_bytes: request.document_bytes, ..Limits::default() };
    let mut pipe =
        ParentPipe { to: BufWriter::with_capacity(MAX_PAYLOAD, io::stdout().lock()), failed: None };
    let outcome = match parse_buffered(&document, &declared, limits, &mut pipe) {
        Ok(extraction) => ParseOutcome::Document(Document::from(extraction).into()),
        Err(error) => ParseOutcome::Failure(of_extraction(&error).into()),
    };
    pipe.send_outcome(&outcome)
}

/// Limits memory and processor time, and forbids files, processes and privileges.
fn confine(request: &ParseRequest) -> io::Result<()> {
    // If memory runs out, the OOM killer takes this process first. Without the right to set this, it chooses itself.
    #[cfg(target_os = "linux")]
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    let limit = |resource, most| setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) });
    limit(Resource::As, request.memory_bytes)?;
    limit(Resource::Fsize, 0)?;
    limit(Resource::Core, 0)?;
    limit(Resource::Nofile, MAX_OPEN_FILES)?;
    limit(Resource::Nproc, 0)?;
    // The soft limit sends SIGXCPU, which names the cause. One second later the hard limit sends SIGKILL.
    let cpu = Rlimit { current: Some(request.cpu_s), maximum: Some(request.cpu_s + 1) };
    setrlimit(Resource::Cpu, cpu)?;
    #[cfg(target_os = "linux")]
    rustix::thread::set_no_new_privs(true)?;
    Ok(())
}

/// The pipe to the worker.
struct ParentPipe<W> {
    to: W,
    /// Why writing failed; nothing is written after that.
    failed: Option<io::Error>,
}

impl<W: Write> ParentPipe<W> {
    fn send_text(&mut self, region: Region, text: &str) -> io::Result<()> {
        let mut rest = text;
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(rest.floor_char_boundary(MAX_PAYLOAD));
            self.to.write_all(&MessageHeader::for_text(region, piece.len()))?;
            self.to.write_all(piece.as_bytes())?;
            rest = after;
        }
        Ok(())
    }

    fn send_outcome(mut self, outcome: &ParseOutcome) -> io::Result<()> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        self.to.write_all(&outcome.encode())?;
        self.to.flush()
    }
}

impl<W: Write> Sink for ParentPipe<W> {
    fn text(&mut self, region: Region, text: &str) {
        if self.failed.is_none() {
            self.failed = self.send_text(region, text).err();
        }
    }
}
