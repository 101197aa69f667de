//! Where documents come from: a file, standard input, or an address through the guarded way out.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};

use futures_util::StreamExt;
use tally_boot::config::sections::FetchOptions;
use tally_jobs::failure::Failure;
use tally_jobs::ports::{ByteStream, StreamError};
use tally_jobs::workload::Deferral;
use tally_kernel::PublicUrl;
use tally_wordcount::CountFailure;
use tally_wordcount::ports::{Fetcher, Unfetched};
use tokio::runtime::Runtime;

use crate::command_error::{CommandError, reason};
use crate::composition;
use crate::exit::Exit;
use crate::screen::shown_name;

/// How much is read at once, in bytes.
const PIECE: usize = 256 * 1024;

pub(super) enum Input {
    Local {
        reader: Box<dyn Read>,
        name: Option<String>,
        piece: Vec<u8>,
    },
    Fetched {
        runtime: Runtime,
        body: ByteStream,
        content_type: Option<String>,
        name: String,
        piece: bytes::Bytes,
    },
}

/// Whether a source is meant as an address.
pub(crate) fn is_address(source: &str) -> bool {
    ["http://", "https://"]
        .iter()
        .any(|scheme| source.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
}

/// How many bytes there are; `None` when it cannot be told before they are read.
pub(super) fn total_bytes(sources: &[OsString]) -> Option<u64> {
    let size = |source: &OsString| {
        std::fs::metadata(source).ok().filter(|file| file.is_file()).map(|file| file.len())
    };
    sources
        .iter()
        .map(
            |source| if source == "-" || is_address(&source.to_string_lossy()) { None } else { size(source) },
        )
        .sum()
}

impl Input {
    pub(super) fn open(given: &OsStr, fetching: &FetchOptions) -> Result<Self, CommandError> {
        let source = &*shown_name(given);
        if source == "-" {
            return Ok(Self::local(Box::new(io::stdin()), None));
        }
        if is_address(source) {
            return fetch(source, fetching);
        }
        let file = File::open(given).map_err(|error| unreadable(source, &error))?;
        if file.metadata().is_ok_and(|about| about.is_dir()) {
            let hint = format!(
                "name its files, as in {0}/*.txt, or: find {0} -type f -exec tally count {{}} +",
                source.trim_end_matches('/')
            );
            return Err(CommandError::new(Exit::Error, format!("{source}: is a folder")).hint(hint));
        }
        Ok(Self::local(Box::new(file), Some(source.to_owned())))
    }

    fn local(reader: Box<dyn Read>, name: Option<String>) -> Self {
        Self::Local { reader, name, piece: vec![0; PIECE] }
    }

    /// What is said about the document: its `Content-Type` and its name.
    pub(super) fn declared(&self) -> (Option<String>, Option<String>) {
        match self {
            Self::Local { name, .. } => (None, name.clone()),
            Self::Fetched { content_type, name, .. } => (content_type.clone(), Some(name.clone())),
        }
    }

    /// The next bytes; none at the end.
    pub(super) fn next(&mut self) -> Result<&[u8], String> {
        match self {
            Self::Local { reader, piece, .. } => loop {
                match reader.read(piece) {
                    Ok(read) => return Ok(&piece[..read]),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(reason(&error)),
                }
            },
            Self::Fetched { runtime, body, piece, .. } => {
                *piece = bytes::Bytes::new();
                while piece.is_empty() {
                    match runtime.block_on(body.next()) {
                        None => break,
                        Some(Ok(bytes)) => *piece = bytes,
                        Some(Err(StreamError::Failed(failure))) => return Err(failure.detail),
                        Some(Err(StreamError::Fault(fault))) => return Err(fault.to_string()),
                    }
                }
                Ok(piece)
            }
        }
    }
}

fn unreadable(source: &str, error: &io::Error) -> CommandError {
    let command_error = CommandError::new(Exit::Error, format!("{source}: {}", reason(error)));
    if error.kind() == io::ErrorKind::NotFound && source.contains(char::is_whitespace) {
        return command_error.hint("to count a text itself, hand it in: echo 'some words' | tally count");
    }
    command_error
}

fn fetch(source: &str, fetching: &FetchOptions) -> Result<Input, CommandError> {
    let failed = |message: String| CommandError::new(Exit::Error, format!("{source}: {message}"));
    let address = PublicUrl::parse(source).map_err(|error| failed(error.to_string()))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| failed(format!("cannot start to fetch: {}", reason(&error))))?;
    let limits = composition::fetch_limits(fetching);
    let fetched = runtime.block_on(async {
        let outbound = composition::fetcher(fetching).map_err(|error| failed(error.to_string()))?;
        outbound.open(&address, &limits).await.map_err(|unfetched| match unfetched {
            Unfetched::Failed { failure, .. } => refused(source, &failure),
            Unfetched::Deferred(Deferral { waits_for: host, until, .. }) => {
                failed(format!("{host} is not asked before {until}; try again then"))
            }
        })
    })?;
    let name = fetched.name().to_owned();
    Ok(Input::Fetched {
        runtime,
        // A short one has ended before it is read on.
        body: Box::pin(fetched.body.fuse()),
        content_type: fetched.content_type,
        name,
        piece: bytes::Bytes::new(),
    })
}

fn refused(source: &str, failure: &Failure) -> CommandError {
    let error = CommandError::new(Exit::Error, format!("{source}: {}", failure.detail));
    match CountFailure::of(failure) {
        Some(CountFailure::TargetNotAllowed) => {
            error.hint("private addresses are not fetched unless allowed, as in --fetch-allow 10.0.0.0/8")
        }
        _ => error,
    }
}
