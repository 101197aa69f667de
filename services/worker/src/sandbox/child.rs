//! The life of the child: limit itself, take the document, say its text, end.
//!
//! Trusts its parent and nobody else. It has no clock, no net and no settings; what it cannot do it does not try.

use std::io::{self, BufWriter, Read, Write};

use rustix::process::{Resource, Rlimit, setrlimit};
use tally_extract::{Declared, Limits, Region, Sink, read_whole};
use tally_jobs::failure::Failure;
use tally_jobs::report::Document;

use super::wire::{End, Header, LONGEST, Request};

/// How many files it may have open: those it was born with.
const FILES: u64 = 8;

/// Reads one document from stdin and says its text on stdout, for the parent. Says whether that went well.
#[must_use]
pub fn parse_document() -> bool {
    // A parser's panic is a warning or a crash; where in the code it happened is nobody's affair.
    std::panic::set_hook(Box::new(|_| {}));
    let parsed = parse();
    if parsed.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::OutOfMemory) {
        // As the runtime says it where there is no error to return.
        let _ = io::stderr().write_all(b"memory allocation of a document failed");
    }
    parsed.is_ok()
}

fn parse() -> io::Result<()> {
    let mut stdin = io::stdin().lock();
    let mut header = [0; Header::BYTES];
    stdin.read_exact(&mut header)?;
    let header = Header::decoded(header).ok_or(io::ErrorKind::InvalidData)?;
    let mut payload = vec![0; header.length];
    stdin.read_exact(&mut payload)?;
    let request = Request::decoded(&payload).ok_or(io::ErrorKind::InvalidData)?;
    confine(&request)?;
    let mut document = Vec::new();
    stdin.take(request.document_bytes.saturating_add(1)).read_to_end(&mut document)?;
    let declared = Declared { content_type: request.content_type.as_deref(), name: request.name.as_deref() };
    let limits = Limits { decoded_bytes: request.document_bytes, ..Limits::default() };
    let mut said = Said { to: BufWriter::with_capacity(LONGEST, io::stdout().lock()), failed: None };
    let end = match read_whole(&document, &declared, limits, &mut said) {
        Ok(extraction) => End::Document(Document::from(extraction).into()),
        Err(error) => End::Failure(Failure::from(error).into()),
    };
    said.end(&end)
}

/// From here on: so much memory, so much time, no files, no processes, no privileges.
fn confine(request: &Request) -> io::Result<()> {
    // Where memory runs out all the same, this process is the one to go. Not everybody may say so; then chance decides.
    #[cfg(target_os = "linux")]
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    let limit = |resource, most| setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) });
    limit(Resource::As, request.memory_bytes)?;
    limit(Resource::Fsize, 0)?;
    limit(Resource::Core, 0)?;
    limit(Resource::Nofile, FILES)?;
    limit(Resource::Nproc, 0)?;
    // At the first limit a signal that says which one it was, a second later one that nothing withstands.
    let cpu = Rlimit { current: Some(request.cpu_s), maximum: Some(request.cpu_s + 1) };
    setrlimit(Resource::Cpu, cpu)?;
    #[cfg(target_os = "linux")]
    rustix::thread::set_no_new_privs(true)?;
    Ok(())
}

/// Text on its way to the parent.
struct Said<W> {
    to: W,
    /// The parent takes no more.
    failed: Option<io::Error>,
}

impl<W: Write> Said<W> {
    fn say(&mut self, region: Region, text: &str) -> io::Result<()> {
        let mut rest = text;
        while !rest.is_empty() {
            let (piece, behind) = rest.split_at(rest.floor_char_boundary(LONGEST));
            self.to.write_all(&Header::of_text(region, piece.len()))?;
            self.to.write_all(piece.as_bytes())?;
            rest = behind;
        }
        Ok(())
    }

    fn end(mut self, end: &End) -> io::Result<()> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        self.to.write_all(&end.encoded())?;
        self.to.flush()
    }
}

impl<W: Write> Sink for Said<W> {
    fn text(&mut self, region: Region, text: &str) {
        if self.failed.is_none() {
            self.failed = self.say(region, text).err();
        }
    }
}
