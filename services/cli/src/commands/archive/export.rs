//! `tally export`.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use futures_util::StreamExt;
use tally_jobs::content::Content;
use tally_jobs::export::ExportedJob;
use tally_jobs::export::line::ExportLine;
use tally_jobs::id::BlobId;
use tally_jobs::ports::StreamError;

use super::Export;
use super::home::{Home, trouble};
use crate::client;
use crate::exit::Exit;
use crate::screen::{self, Progress};
use crate::trouble::{Trouble, reason};

/// How many jobs are read at once.
const PAGE: usize = 100;
/// The most bytes of a body on one line.
const PIECE: usize = 256 << 10;

pub(crate) fn export(args: &Export) -> Result<Exit, Trouble> {
    client::run(write_all(args), Vec::new)
}

async fn write_all(args: &Export) -> Result<Exit, Trouble> {
    let home = Home::open(args.folder.as_deref(), &args.cluster, None).await?;
    let to: Box<dyn Write> = match args.output.as_os_str() == "-" {
        true => Box::new(io::stdout().lock()),
        false => Box::new(File::create(&args.output).map_err(|error| {
            let said = format!("cannot write {}: {}", args.output.display(), reason(&error));
            Trouble::new(Exit::CannotCreate, said)
        })?),
    };
    let mut out = Out { to: BufWriter::new(to), progress: Progress::of_bytes(None) };
    out.line(&ExportLine::Secret(home.secret))?;
    let (mut after, mut jobs) = (None, 0_u64);
    loop {
        let page = home.archive.export(after, PAGE).await.map_err(|fault| trouble(&fault))?;
        let Some(last) = page.last() else { break };
        after = Some(last.job.id);
        for exported in page {
            one(&home, exported, &mut out).await?;
            jobs += 1;
        }
    }
    let tombstones = tombstones(&home, &mut out).await?;
    out.to.flush().map_err(|error| Trouble::of_output(&error))?;
    drop(out);
    home.close().await?;
    screen::talk(format_args!("exported {jobs} jobs"));
    screen::talk(format_args!("exported {tombstones} marks of deleted jobs"));
    screen::talk(format_args!("left out: uploads that no job owns, tickets of the queue, leases, metrics"));
    Ok(Exit::Ok)
}

/// Writes the marks of deleted jobs. Returns how many there are.
async fn tombstones(home: &Home, out: &mut Out) -> Result<u64, Trouble> {
    let (mut after, mut written) = (None, 0);
    loop {
        let page = home.archive.export_tombstones(after, PAGE).await.map_err(|fault| trouble(&fault))?;
        let Some(last) = page.last() else { return Ok(written) };
        after = Some(last.id);
        for tombstone in page {
            out.line(&ExportLine::Tombstone(tombstone))?;
            written += 1;
        }
    }
}

/// Writes a job and its body.
async fn one(home: &Home, exported: ExportedJob, out: &mut Out) -> Result<(), Trouble> {
    let body = exported.content.as_ref().and_then(Content::blob);
    let id = exported.job.id;
    out.line(&ExportLine::Job(Box::new(exported)))?;
    if let Some(of) = body {
        pieces(home, of, out).await.map_err(|trouble| trouble.about(&format!("job {id}")))?;
    }
    Ok(())
}

async fn pieces(home: &Home, of: BlobId, out: &mut Out) -> Result<(), Trouble> {
    // One that is not there was removed with its job since: its line tells of a body that never comes.
    let Some(mut body) = home.blobs.open(of).await.map_err(|fault| trouble(&fault))? else { return Ok(()) };
    while let Some(bytes) = body.next().await {
        let bytes = bytes.map_err(|error| match error {
            StreamError::Fault(fault) => trouble(&fault),
            StreamError::Failed(failure) => Trouble::new(Exit::Storage, failure.detail),
        })?;
        for piece in bytes.chunks(PIECE) {
            out.line(&ExportLine::Piece { of, bytes: bytes.slice_ref(piece) })?;
        }
    }
    Ok(())
}

/// Where lines go.
struct Out {
    to: BufWriter<Box<dyn Write>>,
    progress: Progress,
}

impl Out {
    fn line(&mut self, line: &ExportLine) -> Result<(), Trouble> {
        let mut text = line.write();
        text.push('\n');
        self.progress.advance(text.len() as u64);
        self.to.write_all(text.as_bytes()).map_err(|error| Trouble::of_output(&error))
    }
}
