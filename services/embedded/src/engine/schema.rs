//! The tables, and the conversion of older files to the newest format.
//!
//! The columns of a job are split by how often they change, because a change rewrites whole pages: `jobs` is written
//! once, `active_jobs` holds the few columns that change while a job is queued or running, `finished_jobs` is written
//! once at the end. Contents and attachments have their own tables, so that no small change rewrites a large value.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::engine::data_folder::sync_folder;
use crate::engine::database::PAGE_BYTES;
use crate::error::OpenError;

/// "TALY": distinguishes Tally's files from other SQLite files.
pub const APPLICATION_ID: i64 = 0x5441_4C59;

/// Each step converts the file from the format of its index to the next one. Steps are only added, never edited.
const STEPS: [Step; 3] = [step_1, step_2, step_3];
type Step = fn(&Transaction<'_>, &mut dyn FnMut(ConversionProgress)) -> rusqlite::Result<()>;

/// The newest format that this version knows.
pub const NEWEST: i64 = STEPS.len() as i64;

/// How many jobs are converted between two reports of progress.
const JOBS_PER_RANGE: i64 = 20_000;
/// How many bytes are copied between two reports of progress.
const COPY_BYTES: usize = 4 << 20;

/// The progress of the conversion of an older data folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConversionProgress {
    /// The database is copied first; in bytes.
    Copying {
        /// Copied so far.
        done: u64,
        total: u64,
    },
    /// Jobs are converted; in jobs.
    Converting {
        /// Converted so far.
        done: u64,
        /// In total, about.
        total: u64,
    },
}

/// The format of a file; zero for an empty one.
pub fn format_of(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// The path of the copy of a database of this format.
pub fn copy_of(file: &Path, format: i64) -> PathBuf {
    file.with_extension(format!("db.format-{format}"))
}

/// A new file of this format, for rows of an older file.
pub fn create(file: &Path, format: i64) -> rusqlite::Result<Connection> {
    let mut connection = Connection::open(file)?;
    connection.pragma_update(None, "page_size", PAGE_BYTES)?;
    let transaction = connection.transaction()?;
    for step in STEPS.iter().take(usize::try_from(format).unwrap_or(0)) {
        step(&transaction, &mut |_| {})?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", format)?;
    transaction.commit()?;
    Ok(connection)
}

/// Converts the file to the newest format: all missing steps, or none. A copy of an older file stays beside it.
pub fn migrate(
    connection: &mut Connection,
    file: &Path,
    progress: &mut dyn FnMut(ConversionProgress),
) -> Result<(), OpenError> {
    let open_error = |error| OpenError::from_sql(file, error);
    let found = format_of(connection).map_err(open_error)?;
    if found == NEWEST {
        return Ok(());
    }
    if found > 0 {
        // Moves the write-ahead log into the file, so that the copy is complete.
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(open_error)?;
        copy(file, &copy_of(file, found), progress)
            .map_err(|error| OpenError::from_io(file.parent().unwrap_or(file), error))?;
    }
    convert(connection, found, progress).map_err(open_error)
}

fn convert(
    connection: &mut Connection,
    found: i64,
    progress: &mut dyn FnMut(ConversionProgress),
) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for step in STEPS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        step(&transaction, progress)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", NEWEST)?;
    transaction.commit()
}

fn step_1(
    transaction: &Transaction<'_>,
    _progress: &mut dyn FnMut(ConversionProgress),
) -> rusqlite::Result<()> {
    transaction.execute_batch(include_str!("schema/1.sql"))
}

/// Format 2: the engine's record, with the parts of a workload as opaque bytes. Format 1 knew word counting only.
fn step_2(
    transaction: &Transaction<'_>,
    progress: &mut dyn FnMut(ConversionProgress),
) -> rusqlite::Result<()> {
    transaction.execute_batch(include_str!("schema/2-tables.sql"))?;
    let last: i64 = transaction.query_row("SELECT coalesce(max(seq), 0) FROM jobs", [], |row| row.get(0))?;
    let total = u64::try_from(last).unwrap_or(0);
    let mut convert = transaction.prepare(include_str!("schema/2-jobs.sql"))?;
    let mut before = 0;
    while before < last {
        let until = last.min(before + JOBS_PER_RANGE);
        convert.execute([before, until])?;
        before = until;
        progress(ConversionProgress::Converting { done: u64::try_from(until).unwrap_or(0), total });
    }
    drop(convert);
    transaction.execute_batch(include_str!("schema/2-rest.sql"))
}

/// Format 3: digests of stored bodies, and generations of keys.
fn step_3(
    transaction: &Transaction<'_>,
    _progress: &mut dyn FnMut(ConversionProgress),
) -> rusqlite::Result<()> {
    transaction.execute_batch(include_str!("schema/3.sql"))
}

/// Copies a file durably. It has another name until it is complete.
fn copy(from: &Path, to: &Path, progress: &mut dyn FnMut(ConversionProgress)) -> io::Result<()> {
    let unfinished = to.with_extension("unfinished");
    let (mut source, mut target) = (File::open(from)?, File::create(&unfinished)?);
    let total = source.metadata()?.len();
    let (mut buffer, mut done) = (vec![0; COPY_BYTES], 0);
    loop {
        let read = source.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        target.write_all(&buffer[..read])?;
        done += read as u64;
        progress(ConversionProgress::Copying { done, total });
    }
    target.sync_all()?;
    std::fs::rename(&unfinished, to)?;
    to.parent().map_or(Ok(()), sync_folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn converts_format_2_and_keeps_a_copy() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tally.db");
        let mut connection = Connection::open(&file).unwrap();
        let transaction = connection.transaction().unwrap();
        for step in &STEPS[..2] {
            step(&transaction, &mut |_| {}).unwrap();
        }
        transaction.execute("INSERT INTO contents (seq, blob) VALUES (1, x'07')", []).unwrap();
        transaction.execute("INSERT INTO tombstones (id, until) VALUES (x'08', 9)", []).unwrap();
        transaction.pragma_update(None, "user_version", 2).unwrap();
        transaction.commit().unwrap();
        migrate(&mut connection, &file, &mut |_| {}).unwrap();
        assert_eq!(format_of(&connection).unwrap(), 3);
        assert!(copy_of(&file, 2).exists());
        const KEPT: &str = "SELECT blob = x'07' AND digest IS NULL AND t.id = x'08' AND until = 9 AND newest IS NULL \
                            FROM contents, tombstones t";
        assert!(connection.query_row(KEPT, [], |row| row.get::<_, bool>(0)).unwrap());
    }
}
