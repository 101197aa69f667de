//! `tally import`.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::stream;
use tally_jobs::content::Content;
use tally_jobs::export::line::ExportLine;
use tally_jobs::export::{ExportedJob, Tombstone};
use tally_jobs::failure::{Failure, FailureType};
use tally_jobs::id::BlobId;
use tally_jobs::key::KeySecret;
use tally_jobs::ports::{ByteStream, Lookup, StreamError};
use tally_wordcount::legacy;

use super::Import;
use super::open_store::{OpenStore, fault_error};
use crate::client;
use crate::command_error::{CommandError, reason};
use crate::exit::Exit;
use crate::screen::{self, Progress};

pub(crate) fn import(args: &Import) -> Result<Exit, CommandError> {
    client::run(read_all(args), Vec::new)
}

async fn read_all(args: &Import) -> Result<Exit, CommandError> {
    let from: Box<dyn BufRead + Send> = match args.input.as_os_str() == "-" {
        true => Box::new(BufReader::new(io::stdin())),
        false => Box::new(BufReader::new(File::open(&args.input).map_err(|error| {
            let message = format!("cannot read {}: {}", args.input.display(), reason(&error));
            CommandError::new(Exit::Error, message)
        })?)),
    };
    let reader = ExportReader::new(from);
    let secret = reader.secret()?;
    let store = OpenStore::open(args.folder.as_deref(), &args.cluster, secret).await?;
    let keys_stay = secret.is_some_and(|secret| secret != store.secret);
    let (mut imported, mut skipped, mut tombstones) = (0_u64, 0_u64, 0_u64);
    while let Some(item) = reader.next_item()? {
        let is_new = match item {
            ImportItem::Job(exported) => import_job(&store, *exported, &reader).await?,
            ImportItem::Tombstone(tombstone) => {
                let is_new = store.archive.import_tombstone(tombstone).await;
                tombstones += u64::from(is_new.map_err(|fault| fault_error(&fault))?);
                continue;
            }
        };
        match is_new {
            true => imported += 1,
            false => skipped += 1,
        }
    }
    drop(reader);
    store.close().await?;
    screen::info(format_args!("imported {imported} jobs; {skipped} were here already"));
    screen::info(format_args!("imported {tombstones} marks of deleted jobs"));
    if keys_stay {
        screen::info(format_args!(
            "keys of idempotency stay behind, because this store has been used before: a request that is repeated under \
             its key here is a new job"
        ));
    }
    Ok(Exit::Ok)
}

/// Imports a job, its body first. False if the store already has the job.
async fn import_job(
    store: &OpenStore,
    mut exported: ExportedJob,
    reader: &ExportReader,
) -> Result<bool, CommandError> {
    let (owner, id) = (exported.job.owner.clone(), exported.job.id);
    let found = store.catalogue.find(&owner, id).await.map_err(|fault| fault_error(&fault))?;
    if !matches!(found, Lookup::Unknown) {
        return Ok(false);
    }
    if let Some(Content::Stored(of)) = exported.content {
        let kept = store.blobs.keep(reader.body(of.id)).await.map_err(|error| match error {
            StreamError::Fault(fault) => fault_error(&fault),
            StreamError::Failed(failure) => CommandError::new(Exit::BadData, failure.detail),
        })?;
        exported.content = Some(Content::Stored(kept.into()));
        if kept.bytes != exported.job.content_bytes {
            let message = format!(
                "job {id} was submitted with {} bytes, and the file has {}",
                exported.job.content_bytes, kept.bytes
            );
            return Err(
                CommandError::new(Exit::BadData, message).hint("the file is incomplete: export again")
            );
        }
    }
    store.archive.import(exported).await.map_err(|fault| fault_error(&fault))
}

enum ImportItem {
    Job(Box<ExportedJob>),
    Tombstone(Tombstone),
}

/// Reads the lines of an export, with one line of lookahead. Shared, because the blob store reads a body as a stream.
#[derive(Clone)]
struct ExportReader(Arc<Mutex<ReaderState>>);

struct ReaderState {
    from: Box<dyn BufRead + Send>,
    number: u64,
    next: Option<ExportLine>,
    progress: Progress,
}

impl ExportReader {
    fn new(from: Box<dyn BufRead + Send>) -> Self {
        Self(Arc::new(Mutex::new(ReaderState {
            from,
            number: 0,
            next: None,
            progress: Progress::of_bytes(None),
        })))
    }

    /// The secret of idempotency keys, if it is the next line.
    fn secret(&self) -> Result<Option<KeySecret>, CommandError> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match state.next_line()? {
            Some(ExportLine::Secret(secret)) => Ok(Some(secret)),
            other => {
                state.next = other;
                Ok(None)
            }
        }
    }

    /// The next job or tombstone. Skips the pieces of bodies of jobs that were not imported, and secrets after the first
    /// line, which come from a second export in the same file.
    fn next_item(&self) -> Result<Option<ImportItem>, CommandError> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match state.next_line()? {
                None => return Ok(None),
                Some(ExportLine::Job(exported)) => return Ok(Some(ImportItem::Job(exported))),
                Some(ExportLine::Tombstone(tombstone)) => return Ok(Some(ImportItem::Tombstone(tombstone))),
                Some(ExportLine::Piece { .. } | ExportLine::Secret(_)) => {}
            }
        }
    }

    /// The pieces of a body, up to the first other line.
    fn body(&self, body: BlobId) -> ByteStream {
        let reader = self.clone();
        Box::pin(stream::poll_fn(move |_| {
            let mut state = reader.0.lock().unwrap_or_else(PoisonError::into_inner);
            std::task::Poll::Ready(match state.next_line() {
                Ok(Some(ExportLine::Piece { of, bytes })) if of == body => Some(Ok(bytes)),
                Ok(other) => {
                    state.next = other;
                    None
                }
                Err(error) => {
                    Some(Err(StreamError::Failed(Failure::new(FailureType::CONTENT_LOST, error.message()))))
                }
            })
        }))
    }
}

impl ReaderState {
    fn next_line(&mut self) -> Result<Option<ExportLine>, CommandError> {
        if let Some(ahead) = self.next.take() {
            return Ok(Some(ahead));
        }
        let mut text = String::new();
        let unread = |error: &io::Error| {
            CommandError::new(Exit::Error, format!("cannot read the lines: {}", reason(error)))
        };
        let bytes = self.from.read_line(&mut text).map_err(|error| unread(&error))?;
        if bytes == 0 {
            return Ok(None);
        }
        self.number += 1;
        self.progress.advance(bytes as u64);
        let refused = |error: &dyn std::fmt::Display| {
            CommandError::new(Exit::BadData, format!("line {}: {error}", self.number))
                .hint("only a file of `tally export` can be imported; the lines before this one are imported")
        };
        let text = text.trim_end();
        // A line of version 1 is Extended JSON of MongoDB, which differs from every line of the current format.
        let line = match legacy::read_line(text) {
            Some(line) => line.map_err(|error| refused(&error))?,
            None => ExportLine::read(text).map_err(|error| refused(&error))?,
        };
        Ok(Some(line))
    }
}
