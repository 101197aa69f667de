//! Opens the database file: checks that it is a Tally database, converts it to the newest format, sets how it syncs.
//!
//! Knows nothing of the content of the tables.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::engine::schema::{APPLICATION_ID, ConversionProgress, NEWEST, format_of, migrate};
use crate::error::OpenError;
use crate::folder_options::FolderOptions;

/// How long to wait for a lock of another process, for example the sqlite3 shell.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Bytes of a page, set when the file is created. A finished job with a hundred words takes about 2 KiB. Pages of 4 KiB
/// would leave half the file empty; with pages of 16 KiB each small change would write more.
pub const PAGE_BYTES: u32 = 8192;

/// Opens the file for its single writer, or creates it.
pub fn open_writer(
    file: &Path,
    options: &FolderOptions,
    progress: &mut dyn FnMut(ConversionProgress),
) -> Result<Connection, OpenError> {
    let open_error = |error| OpenError::from_sql(file, error);
    // Every connection is used by one thread at a time, so SQLite need not lock it.
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(file, flags).map_err(open_error)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(open_error)?;
    use_stable_plans(&connection).map_err(open_error)?;
    check_format(&connection, file)?;
    configure(&connection, options).map_err(open_error)?;
    migrate(&mut connection, file, progress)?;
    Ok(connection)
}

/// Opens another connection, for checkpoints beside the writer.
pub fn open_checkpointer(file: &Path) -> Result<Connection, OpenError> {
    let open_error = |error| OpenError::from_sql(file, error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).map_err(open_error)?;
    connection.pragma_update(None, "synchronous", "full").map_err(open_error)?;
    Ok(connection)
}

/// Opens another connection, for reading beside the writer.
pub fn open_reader(file: &Path) -> Result<Connection, OpenError> {
    let open_error = |error| OpenError::from_sql(file, error);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).map_err(open_error)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(open_error)?;
    use_stable_plans(&connection).map_err(open_error)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(connection)
}

/// Plans a statement once, not for each value that is bound to it. Otherwise SQLite checks whether another value needs
/// another plan, which costs more than finding a job by its id.
fn use_stable_plans(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}

fn check_format(connection: &Connection, file: &Path) -> Result<(), OpenError> {
    let open_error = |error| OpenError::from_sql(file, error);
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(open_error)?;
    let id: i64 =
        connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(open_error)?;
    if tables > 0 && id != APPLICATION_ID {
        let detail = "it is a SQLite file of another program".to_owned();
        return Err(OpenError::Corrupt { database: file.to_owned(), detail });
    }
    let found = format_of(connection).map_err(open_error)?;
    if found > NEWEST {
        return Err(OpenError::NewerVersion { database: file.to_owned(), found, known: NEWEST });
    }
    Ok(())
}

fn configure(connection: &Connection, options: &FolderOptions) -> rusqlite::Result<()> {
    connection.pragma_update(None, "page_size", PAGE_BYTES)?;
    // Write-ahead log, synced at every commit: a change that was answered survives a power cut.
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "full")?;
    // Deleted content is overwritten, not only unlinked: `DELETE /jobs/<id>` promises that it is gone.
    connection.pragma_update_and_check(None, "secure_delete", "on", |_| Ok(()))?;
    // The checkpointer moves the log into the file, because it has to see errors.
    connection.pragma_update_and_check(None, "wal_autocheckpoint", 0, |_| Ok(()))?;
    connection.pragma_update_and_check(None, "journal_size_limit", 64 << 20, |_| Ok(()))?;
    // 8 MiB. Nearly every commit scans all of it for pages behind the end of the file, so more is not faster.
    connection.pragma_update(None, "cache_size", -8_192)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    if let Some(bytes) = options.max_database_bytes {
        let pages = i64::try_from(bytes / u64::from(PAGE_BYTES)).unwrap_or(i64::MAX);
        connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;

    #[test]
    fn plans_a_statement_once_for_all_values() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("jobs.db");
        open_writer(&file, &FolderOptions::default(), &mut |_| {}).unwrap();
        let reader = open_reader(&file).unwrap();
        let mut by_id = reader.prepare(crate::jobs::stored_job::BY_ID).unwrap();
        for id in 0_u8..5 {
            assert!(!by_id.exists([&[id; 16][..]]).unwrap());
        }
        assert_eq!(by_id.get_status(StatementStatus::RePrepare), 0);
    }
}
