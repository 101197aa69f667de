//! `tally export`.

use std::io::Write;

use futures_util::StreamExt;
use tally_jobs::content::Content;
use tally_jobs::export::ExportedJob;
use tally_jobs::export::line::ExportLine;
use tally_jobs::id::BlobId;
use tally_jobs::ports::StreamError;
use tally_jobs::verified_body::{ExpectedBody, verify};

use super::Export;
use super::open_store::{OpenStore, fault_error};
use super::output_file::OutputFile;
use crate::client;
use crate::command_error::{CommandError, reason};
use crate::exit::Exit;
use crate::screen::{self, Progress};

/// How many jobs are read per call.
const PAGE: usize = 100;
/// The maximal bytes of a body on one line.
const PIECE: usize = 256 << 10;

pub(crate) fn export(args: &Export) -> Result<Exit, CommandError> {
    client::run(write_all(args), Vec::new)
}

async fn write_all(args: &Export) -> Result<Exit, CommandError> {
    let store = OpenStore::open(args.folder.as_deref(), &args.cluster, None).await?;
    let to = OutputFile::create(&args.output).map_err(|error| {
        let message = format!("cannot write {}: {}", args.output.display(), reason(&error));
        CommandError::new(Exit::CannotCreate, message)
    })?;
    let mut out = ExportWriter { to, progress: Progress::of_bytes(None) };
    out.write_line(&ExportLine::Secret(store.secret))?;
    let (mut after, mut jobs) = (None, 0_u64);
    loop {
        let page = store.archive.export(after, PAGE).await.map_err(|fault| fault_error(&fault))?;
        let Some(last) = page.last() else { break };
        after = Some(last.job.id);
        for exported in page {
            export_job(&store, exported, &mut out).await?;
            jobs += 1;
        }
    }
    let tombstones = export_tombstones(&store, &mut out).await?;
    out.to.finish().map_err(|error| CommandError::of_output(&error))?;
    drop(out.progress);
    store.close().await?;
    screen::info(format_args!("exported {jobs} jobs"));
    screen::info(format_args!("exported {tombstones} marks of deleted jobs"));
    screen::info(format_args!("left out: uploads that no job owns, tickets of the queue, leases, metrics"));
    Ok(Exit::Ok)
}

/// Writes the tombstones. Returns their number.
async fn export_tombstones(store: &OpenStore, out: &mut ExportWriter) -> Result<u64, CommandError> {
    let (mut after, mut written) = (None, 0);
    loop {
        let page = store.archive.export_tombstones(after, PAGE).await.map_err(|fault| fault_error(&fault))?;
        let Some(last) = page.last() else { return Ok(written) };
        after = Some(last.id);
        for tombstone in page {
            out.write_line(&ExportLine::Tombstone(tombstone))?;
            written += 1;
        }
    }
}

async fn export_job(
    store: &OpenStore,
    exported: ExportedJob,
    out: &mut ExportWriter,
) -> Result<(), CommandError> {
    let Some(Content::Stored(body)) = exported.content else {
        return out.write_line(&ExportLine::Job(Box::new(exported)));
    };
    let id = exported.job.id;
    let about = |error: CommandError| error.about(&format!("job {id}"));
    let expected = ExpectedBody { bytes: exported.job.content_bytes, digest: body.digest };
    if is_intact(store, body.id, expected).await.map_err(about)? {
        out.write_line(&ExportLine::Job(Box::new(exported)))?;
        export_body(store, body.id, out).await.map_err(about)
    } else {
        screen::info(format_args!("job {id}: its stored content is lost or damaged, and is left out"));
        out.write_line(&ExportLine::Job(Box::new(ExportedJob { content: None, ..exported })))
    }
}

/// Whether a body is what was stored. It is read once more for that, because an import refuses a job without its body.
async fn is_intact(store: &OpenStore, id: BlobId, expected: ExpectedBody) -> Result<bool, CommandError> {
    let Some(body) = store.blobs.open(id).await.map_err(|fault| fault_error(&fault))? else {
        return Ok(false);
    };
    match verify(body, expected).await {
        Ok(()) => Ok(true),
        Err(StreamError::Failed(_)) => Ok(false),
        Err(StreamError::Fault(fault)) => Err(fault_error(&fault)),
    }
}

async fn export_body(store: &OpenStore, of: BlobId, out: &mut ExportWriter) -> Result<(), CommandError> {
    // The blob was deleted with its job after the job's line was written.
    let Some(mut body) = store.blobs.open(of).await.map_err(|fault| fault_error(&fault))? else {
        return Ok(());
    };
    while let Some(bytes) = body.next().await {
        let bytes = bytes.map_err(|error| match error {
            StreamError::Fault(fault) => fault_error(&fault),
            StreamError::Failed(failure) => CommandError::new(Exit::Storage, failure.detail),
        })?;
        for piece in bytes.chunks(PIECE) {
            out.write_line(&ExportLine::Piece { of, bytes: bytes.slice_ref(piece) })?;
        }
    }
    Ok(())
}

struct ExportWriter {
    to: OutputFile,
    progress: Progress,
}

impl ExportWriter {
    fn write_line(&mut self, line: &ExportLine) -> Result<(), CommandError> {
        let mut text = line.write();
        text.push('\n');
        self.progress.advance(text.len() as u64);
        self.to.write_all(text.as_bytes()).map_err(|error| CommandError::of_output(&error))
    }
}
