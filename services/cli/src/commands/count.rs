//! `tally count`: counts files, addresses and standard input on this machine, with no server.
//!
//! The numbers are those of a job: the same extractor, the same counter, the same choice of regions.

mod count_pool;
mod differences;
mod document;
mod input;
mod part_count;
mod part_splitter;
mod result_writer;

use std::ffi::{OsStr, OsString};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use tally_boot::config::sections::{FetchOptions, WorkerOptions};
use tally_count::{Case, Definition, Ngrams, Options};
use tally_extract::Region;

use self::count_pool::CountPool;
use self::document::CountedDocument;
use self::input::Input;
pub(crate) use self::input::is_address;
use self::part_count::CountMode;
use self::result_writer::ResultWriter;
use crate::command_error::CommandError;
use crate::exit::Exit;
use crate::screen::{Format, Progress, shown_name};

/// Count words here, with no server
///
/// Reads plain text, Markdown, HTML, DOCX, ODT, EPUB, PDF, SRT, WebVTT, SSA/ASS, PO, XLIFF, TMX, CSV and TSV. Of each it
/// counts what a reader sees; --regions chooses other parts. Files are counted on all cores, a large text in parts side by side.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to count: files, http(s) addresses, or - for standard input (also when nothing is given)
    #[arg(value_name = "FILE|URL|-")]
    sources: Vec<OsString>,

    /// Which definitions of a word to show: wc, unicode, dictionary, office, libreoffice, gmx, cat, ascii [default: all]
    #[arg(short, long, value_name = "NAME", value_delimiter = ',')]
    definition: Vec<Definition>,

    /// Format of the results
    #[arg(short, long, value_name = "FORMAT", default_value = "table", value_parser = formats())]
    output: Format,

    /// Also show so many of the most frequent words
    #[arg(long, value_name = "N", default_value_t = 0)]
    top: usize,

    /// Also show so many of the most frequent words that are no articles, prepositions and the like
    #[arg(long, value_name = "N", default_value_t = 0)]
    keywords: usize,

    /// Also show the most frequent rows of so many words, 2 to 5, as many as --top says or 10
    #[arg(long, value_name = "WORDS", value_parser = ngrams())]
    ngrams: Option<usize>,

    /// Explain why the definitions differ, cause by cause, with examples
    #[arg(long)]
    why: bool,

    /// Count words of different case apart in --top
    #[arg(long)]
    keep_case: bool,

    /// Which parts of a document count, as in main,title [default: what a reader sees]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    regions: Vec<Region>,

    #[command(flatten)]
    fetching: FetchOptions,

    #[command(flatten)]
    working: WorkerOptions,
}

fn formats() -> impl clap::builder::TypedValueParser<Value = Format> {
    use clap::builder::{PossibleValuesParser, TypedValueParser};
    PossibleValuesParser::new(["table", "json", "jsonl"]).map(|name| match name.as_str() {
        "json" => Format::Json,
        "jsonl" => Format::Jsonl,
        _ => Format::Table,
    })
}

fn ngrams() -> impl clap::builder::TypedValueParser<Value = usize> {
    use clap::builder::{RangedU64ValueParser, TypedValueParser};
    RangedU64ValueParser::<u64>::new().range(2..=Ngrams::LONGEST as u64).map(|words| words as usize)
}

/// What every document of one command has in common.
#[derive(Default)]
struct Plan {
    definitions: Vec<Definition>,
    /// The definition of the headline number; the text's language decides if none was asked for.
    headline: Option<Definition>,
    mode: CountMode,
    regions: Vec<Region>,
    /// Whether the words of regions that do not count are counted apart.
    all_regions: bool,
    top: usize,
    keywords: usize,
}

impl Plan {
    fn new(args: &Args) -> Self {
        let mut definitions = args.definition.clone();
        if definitions.is_empty() {
            definitions = Definition::ALL.to_vec();
        }
        let case = if args.keep_case { Case::Keep } else { Case::Fold };
        let options = Options::default()
            .with_case(case)
            .with_differences(args.why)
            .with_ngrams(args.ngrams.unwrap_or(0));
        // The table has no column for what the histogram tells, so there it is kept for `--top` only.
        let words_alone = args.top == 0 && args.keywords == 0 && args.ngrams.is_none();
        let mode = if words_alone && args.output == Format::Table && !args.why {
            CountMode::for_table(&definitions, options.with_histogram(0, 0))
        } else {
            CountMode::Full(options)
        };
        Self {
            definitions,
            headline: args.definition.first().copied(),
            mode,
            regions: args.regions.clone(),
            all_regions: args.output != Format::Table,
            top: args.top,
            keywords: args.keywords,
        }
    }

    /// Whose words the progress shows.
    fn headline(&self) -> Definition {
        let usual = Definition::Unicode;
        self.definitions.first().copied().filter(|_| !self.definitions.contains(&usual)).unwrap_or(usual)
    }

    /// How many rows of words are shown.
    const fn ngram_limit(&self) -> usize {
        if self.top == 0 { 10 } else { self.top }
    }

    /// The regions that the caller named.
    fn chosen(&self) -> Option<&[Region]> {
        (!self.regions.is_empty()).then_some(self.regions.as_slice())
    }

    fn counts(&self, region: Region) -> bool {
        if self.regions.is_empty() { region.is_default() } else { self.regions.contains(&region) }
    }
}

pub(crate) fn run(args: &Args) -> Result<Exit, CommandError> {
    let plan = Plan::new(args);
    let sources = if args.sources.is_empty() { vec!["-".into()] } else { args.sources.clone() };
    let writer = ResultWriter::new(&plan, args.output, sources.len());
    let progress = Progress::of_bytes(input::total_bytes(&sources));
    let threads = args.working.count();
    let next = AtomicUsize::new(0);
    let write_error = Mutex::new(None);
    thread::scope(|scope| {
        let pool = CountPool::start(scope, threads);
        let documents = || {
            while let Some(index) = take(&next, sources.len()) {
                let counted = count(&sources[index], args, &plan, &pool, &progress);
                if let Err(error) =
                    progress.suspend(|| writer.add(index, &shown_name(&sources[index]), counted))
                {
                    // Nobody reads what we write: there is nothing left to do.
                    next.store(sources.len(), Ordering::Relaxed);
                    *write_error.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                }
            }
        };
        let side_by_side = threads.min(NonZeroUsize::new(sources.len()).unwrap_or(NonZeroUsize::MIN));
        thread::scope(|scope| {
            for _ in 1..side_by_side.get() {
                scope.spawn(documents);
            }
            documents();
        });
    });
    drop(progress);
    match write_error.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(error) => Err(error),
        None => writer.finish(),
    }
}

/// The next source that no thread has taken.
fn take(next: &AtomicUsize, end: usize) -> Option<usize> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    (index < end).then_some(index)
}

fn count(
    source: &OsStr,
    args: &Args,
    plan: &Plan,
    pool: &CountPool,
    progress: &Progress,
) -> Result<CountedDocument, CommandError> {
    let mut input = Input::open(source, &args.fetching)?;
    document::count(&mut input, plan, pool, progress)
        .map_err(|error| CommandError::new(Exit::Error, format!("{}: {error}", shown_name(source))))
}
