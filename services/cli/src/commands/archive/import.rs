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
use super::home::{Home, trouble};
use crate::client;
use crate::exit::Exit;
use crate::screen::{self, Progress};
use crate::trouble::{Trouble, reason};

pub(crate) fn import(args: &Import) -> Result<Exit, Trouble> {
    client::run(read_all(args), Vec::new)
}

async fn read_all(args: &Import) -> Result<Exit, Trouble> {
    let from: Box<dyn BufRead + Send> = match args.input.as_os_str() == "-" {
        true => Box::new(BufReader::new(io::stdin())),
        false => Box::new(BufReader::new(File::open(&args.input).map_err(|error| {
            let said = format!("cannot read {}: {}", args.input.display(), reason(&error));
            Trouble::new(Exit::Error, said)
        })?)),
    };
    let lines = Lines::new(from);
    let secret = lines.secret()?;
    let home = Home::open(args.folder.as_deref(), &args.cluster, secret).await?;
    let keys_stay = secret.is_some_and(|secret| secret != home.secret);
    let (mut taken, mut known, mut marks) = (0_u64, 0_u64, 0_u64);
    while let Some(item) = lines.next_item()? {
        let is_new = match item {
            Item::Job(exported) => one(&home, *exported, &lines).await?,
            Item::Tombstone(tombstone) => {
                let imported = home.archive.import_tombstone(tombstone).await;
                marks += u64::from(imported.map_err(|fault| trouble(&fault))?);
                continue;
            }
        };
        match is_new {
            true => taken += 1,
            false => known += 1,
        }
    }
    drop(lines);
    home.close().await?;
    screen::talk(format_args!("imported {taken} jobs; {known} were here already"));
    screen::talk(format_args!("imported {marks} marks of deleted jobs"));
    if keys_stay {
        screen::talk(format_args!(
            "keys of idempotency stay behind, because this store has been used before: a request that is repeated under \
             its key here is a new job"
        ));
    }
    Ok(Exit::Ok)
}

/// Takes one job in, and its body before it. Whether it was taken.
async fn one(home: &Home, mut exported: ExportedJob, lines: &Lines) -> Result<bool, Trouble> {
    let (owner, id) = (exported.job.owner.clone(), exported.job.id);
    let found = home.catalogue.find(&owner, id).await.map_err(|fault| trouble(&fault))?;
    if !matches!(found, Lookup::Unknown) {
        return Ok(false);
    }
    if let Some(Content::Stored(of)) = exported.content {
        let kept = home.blobs.keep(lines.body(of)).await.map_err(|error| match error {
            StreamError::Fault(fault) => trouble(&fault),
            StreamError::Failed(failure) => Trouble::new(Exit::BadData, failure.detail),
        })?;
        exported.content = Some(Content::Stored(kept.id));
        if kept.bytes != exported.job.content_bytes {
            let said = format!(
                "job {id} was handed in with {} bytes, and {} are here",
                exported.job.content_bytes, kept.bytes
            );
            return Err(Trouble::new(Exit::BadData, said).hint("the file ends too early: export once more"));
        }
    }
    home.archive.import(exported).await.map_err(|fault| trouble(&fault))
}

/// What an import stores.
enum Item {
    Job(Box<ExportedJob>),
    Tombstone(Tombstone),
}

/// The lines of an export, one ahead. Shared, because a body is read while it is kept.
#[derive(Clone)]
struct Lines(Arc<Mutex<Reading>>);

struct Reading {
    from: Box<dyn BufRead + Send>,
    number: u64,
    next: Option<ExportLine>,
    progress: Progress,
}

impl Lines {
    fn new(from: Box<dyn BufRead + Send>) -> Self {
        Self(Arc::new(Mutex::new(Reading {
            from,
            number: 0,
            next: None,
            progress: Progress::of_bytes(None),
        })))
    }

    /// The secret of idempotency keys, if it comes next.
    fn secret(&self) -> Result<Option<KeySecret>, Trouble> {
        let mut reading = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match reading.take()? {
            Some(ExportLine::Secret(secret)) => Ok(Some(secret)),
            other => {
                reading.next = other;
                Ok(None)
            }
        }
    }

    /// The next job or tombstone. Skips the pieces of bodies of jobs that were not imported, and secrets after the first
    /// line, which come from a second export in the same file.
    fn next_item(&self) -> Result<Option<Item>, Trouble> {
        let mut reading = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match reading.take()? {
                None => return Ok(None),
                Some(ExportLine::Job(exported)) => return Ok(Some(Item::Job(exported))),
                Some(ExportLine::Tombstone(tombstone)) => return Ok(Some(Item::Tombstone(tombstone))),
                Some(ExportLine::Piece { .. } | ExportLine::Secret(_)) => {}
            }
        }
    }

    /// The pieces of a body, up to the next line that is none of its.
    fn body(&self, body: BlobId) -> ByteStream {
        let lines = self.clone();
        Box::pin(stream::poll_fn(move |_| {
            let mut reading = lines.0.lock().unwrap_or_else(PoisonError::into_inner);
            std::task::Poll::Ready(match reading.take() {
                Ok(Some(ExportLine::Piece { of, bytes })) if of == body => Some(Ok(bytes)),
                Ok(other) => {
                    reading.next = other;
                    None
                }
                Err(trouble) => {
                    Some(Err(StreamError::Failed(Failure::new(FailureType::CONTENT_LOST, trouble.said()))))
                }
            })
        }))
    }
}

impl Reading {
    fn take(&mut self) -> Result<Option<ExportLine>, Trouble> {
        if let Some(ahead) = self.next.take() {
            return Ok(Some(ahead));
        }
        let mut text = String::new();
        let unread = |error: &io::Error| {
            Trouble::new(Exit::Error, format!("cannot read the lines: {}", reason(error)))
        };
        let bytes = self.from.read_line(&mut text).map_err(|error| unread(&error))?;
        if bytes == 0 {
            return Ok(None);
        }
        self.number += 1;
        self.progress.advance(bytes as u64);
        let refused = |error: &dyn std::fmt::Display| {
            Trouble::new(Exit::BadData, format!("line {}: {error}", self.number))
                .hint("only what `tally export` wrote can be imported; the lines before this one are in")
        };
        let text = text.trim_end();
        // A line of version 1 is Extended JSON of MongoDB, which today's format cannot be mistaken for.
        let line = match legacy::read_line(text) {
            Some(line) => line.map_err(|error| refused(&error))?,
            None => ExportLine::read(text).map_err(|error| refused(&error))?,
        };
        Ok(Some(line))
    }
}
