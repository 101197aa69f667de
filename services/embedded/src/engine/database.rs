//! Opens the database file: checks that it is ours, brings it to today's format, sets how it syncs.
//!
//! Knows nothing of what is kept in the tables.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::engine::schema::{APPLICATION_ID, NEWEST, format_of, migrate};
use crate::error::OpenError;
use crate::options::Options;

/// How long to wait for somebody else who looks into the file, for example the sqlite3 shell.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of a page. Set once, when the file is made. An end with its hundred words takes some 2 KiB: on pages of 4 KiB
/// half the file would be air, on pages of 16 KiB each small change would write four times as much.
const PAGE_BYTES: u32 = 8192;

/// Opens the file for its one writer, making it if need be.
pub fn open_writer(file: &Path, options: &Options) -> Result<Connection, OpenError> {
    let refused = |error| OpenError::from_sql(file, error);
    // Every connection is used by one thread at a time, so SQLite need not lock it.
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(file, flags).map_err(refused)?;
    connection.busy_timeout(PATIENCE).map_err(refused)?;
    keep_plans(&connection).map_err(refused)?;
    check_ours(&connection, file)?;
    tune(&connection, options).map_err(refused)?;
    migrate(&mut connection).map_err(refused)?;
    Ok(connection)
}

/// Opens the file once more, for moving its log beside the writer.
pub fn open_mover(file: &Path) -> Result<Connection, OpenError> {
    let refused = |error| OpenError::from_sql(file, error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).map_err(refused)?;
    connection.pragma_update(None, "synchronous", "full").map_err(refused)?;
    Ok(connection)
}

/// Opens the file once more, for reading beside the writer.
pub fn open_reader(file: &Path) -> Result<Connection, OpenError> {
    let refused = |error| OpenError::from_sql(file, error);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).map_err(refused)?;
    connection.busy_timeout(PATIENCE).map_err(refused)?;
    keep_plans(&connection).map_err(refused)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(connection)
}

/// A statement is planned once, not anew for each value that is bound to it. Without this SQLite looks whether another
/// value would have another plan, which costs more than the search for a job by its id.
fn keep_plans(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}

fn check_ours(connection: &Connection, file: &Path) -> Result<(), OpenError> {
    let refused = |error| OpenError::from_sql(file, error);
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(refused)?;
    let id: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(refused)?;
    if tables > 0 && id != APPLICATION_ID {
        let detail = "it is a SQLite file of another program".to_owned();
        return Err(OpenError::Corrupt { database: file.to_owned(), detail });
    }
    let found = format_of(connection).map_err(refused)?;
    if found > NEWEST {
        return Err(OpenError::NewerVersion { database: file.to_owned(), found, known: NEWEST });
    }
    Ok(())
}

fn tune(connection: &Connection, options: &Options) -> rusqlite::Result<()> {
    connection.pragma_update(None, "page_size", PAGE_BYTES)?;
    // Write-ahead log, synced at every commit: what is answered survives a power cut.
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "full")?;
    // What was deleted is overwritten, not only unlinked: `DELETE /jobs/<id>` says that the words are gone.
    connection.pragma_update_and_check(None, "secure_delete", "on", |_| Ok(()))?;
    // The writer moves the log into the file itself, where it sees whether that went well.
    connection.pragma_update_and_check(None, "wal_autocheckpoint", 0, |_| Ok(()))?;
    connection.pragma_update_and_check(None, "journal_size_limit", 64 << 20, |_| Ok(()))?;
    // 8 MiB. At nearly every commit all of it is looked through for pages behind the end, so more is not faster.
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
    fn a_statement_keeps_its_plan_whatever_is_bound() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("jobs.db");
        open_writer(&file, &Options::default()).unwrap();
        let reader = open_reader(&file).unwrap();
        let mut by_id = reader.prepare(crate::jobs::record::BY_ID).unwrap();
        for id in 0_u8..5 {
            assert!(!by_id.exists([&[id; 16][..]]).unwrap());
        }
        assert_eq!(by_id.get_status(StatementStatus::RePrepare), 0);
    }
}
