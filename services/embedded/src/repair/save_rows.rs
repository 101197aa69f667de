//! Copies what can be read of a damaged database row by row, and removes what is left of jobs that are not complete.

use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params_from_iter};

use crate::engine::schema;

/// Tables that are read by the number of a row, so that a damaged row loses itself only.
const BY_NUMBER: [&str; 5] = ["jobs", "active_jobs", "finished_jobs", "contents", "attachments"];
/// Tables that are read from both ends up to the damage.
const BY_KEY: [&str; 4] = ["meta", "labels", "attributes", "tombstones"];
/// After so many numbers without a readable row the rest of a table is given up.
const GIVE_UP_AFTER: i64 = 1_000_000;

/// Saves the rows of `from` in a new database.
pub fn save(from: &Path, to: &Path, losses: &mut Vec<String>) -> rusqlite::Result<()> {
    let source = Connection::open(from)?;
    let format = schema::format_of(&source)?;
    let target = schema::create(to, format)?;
    if format == 0 {
        return Ok(());
    }
    target.execute_batch("BEGIN")?;
    for table in BY_NUMBER {
        let unread = save_by_number(&source, &target, table)?;
        if unread > 0 {
            losses.push(format!("{unread} places of the table {table} cannot be read"));
        }
    }
    for table in BY_KEY {
        if !save_by_key(&source, &target, table)? {
            losses.push(format!("a part of the table {table} cannot be read"));
        }
    }
    target.execute_batch("COMMIT")
}

fn save_by_number(source: &Connection, target: &Connection, table: &str) -> rusqlite::Result<i64> {
    let last: Option<i64> = source
        .query_row(&format!("SELECT rowid FROM {table} ORDER BY rowid DESC LIMIT 1"), [], |row| row.get(0))
        .optional()
        .unwrap_or(None);
    let next = format!("SELECT rowid, * FROM {table} WHERE rowid > ?1 ORDER BY rowid LIMIT 1");
    let (mut number, mut unread, mut in_a_row) = (0, 0, 0);
    while in_a_row < GIVE_UP_AFTER && last.is_none_or(|last| number < last) {
        let read = source.prepare_cached(&next).and_then(|mut next| {
            next.query_row([number], |row| Ok((row.get::<_, i64>(0)?, values(row, 1)?))).optional()
        });
        match read {
            Ok(Some((found, row))) => {
                insert(target, table, row)?;
                (number, in_a_row) = (found, 0);
            }
            Ok(None) => break,
            // The row behind this number, or the page that it is on.
            Err(_) => {
                (number, in_a_row) = (number + 1, in_a_row + 1);
                unread += 1;
            }
        }
    }
    Ok(unread)
}

/// Whether all could be read.
fn save_by_key(source: &Connection, target: &Connection, table: &str) -> rusqlite::Result<bool> {
    for direction in ["ASC", "DESC"] {
        let mut complete = true;
        let selected = source.prepare(&format!("SELECT * FROM {table} ORDER BY 1 {direction}"));
        let Ok(mut select) = selected else { return Ok(false) };
        let mut rows = select.query([])?;
        loop {
            match rows.next() {
                Ok(Some(row)) => match values(row, 0) {
                    Ok(row) => insert(target, table, row)?,
                    Err(_) => complete = false,
                },
                Ok(None) => break,
                Err(_) => {
                    complete = false;
                    break;
                }
            }
        }
        if complete {
            return Ok(true);
        }
    }
    Ok(false)
}

fn values(row: &Row<'_>, from: usize) -> rusqlite::Result<Vec<Value>> {
    (from..row.as_ref().column_count()).map(|column| row.get(column)).collect()
}

fn insert(target: &Connection, table: &str, row: Vec<Value>) -> rusqlite::Result<()> {
    let places = vec!["?"; row.len()].join(", ");
    let sql = format!("INSERT OR IGNORE INTO {table} VALUES ({places})");
    // A value that the table does not allow was damaged too: the row is lost, and missed below.
    match target.prepare_cached(&sql)?.execute(params_from_iter(row)) {
        Err(error) if error.sqlite_error_code() != Some(rusqlite::ErrorCode::ConstraintViolation) => {
            Err(error)
        }
        _ => Ok(()),
    }
}

/// Removes jobs of which a row is missing. Returns how many jobs there are.
pub fn drop_incomplete(database: &Path, losses: &mut Vec<String>) -> rusqlite::Result<u64> {
    const WITHOUT_STATE: &str = "SELECT seq, id FROM jobs WHERE seq NOT IN (SELECT seq FROM active_jobs) \
                                 AND seq NOT IN (SELECT seq FROM finished_jobs)";
    let connection = Connection::open(database)?;
    let format = schema::format_of(&connection)?;
    if format == 0 {
        losses.push("the tables: they were in the log only, and a start makes new ones".into());
        return Ok(0);
    }
    if format < 2 {
        return count(&connection);
    }
    let incomplete: Vec<(i64, Vec<u8>)> = connection
        .prepare(WITHOUT_STATE)?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (seq, id) in &incomplete {
        let id = uuid::Uuid::from_slice(id).map_or_else(|_| format!("number {seq}"), |id| id.to_string());
        losses.push(format!("job {id}: its state is lost, and the job with it"));
    }
    connection.execute(&format!("DELETE FROM jobs WHERE seq IN (SELECT seq FROM ({WITHOUT_STATE}))"), [])?;
    for table in ["active_jobs", "finished_jobs", "contents", "attachments", "labels", "attributes"] {
        let orphans = connection
            .execute(&format!("DELETE FROM {table} WHERE seq NOT IN (SELECT seq FROM jobs)"), [])?;
        if orphans > 0 && table.ends_with("_jobs") {
            losses.push(format!("{orphans} jobs of the table {table}: what was submitted is lost"));
        }
    }
    let secret = connection.prepare("SELECT 1 FROM meta WHERE name = 'key_secret'")?.exists([])?;
    if !secret {
        losses.push(
            "the secret of idempotency keys: a request that is repeated under its key is a new job".into(),
        );
    }
    count(&connection)
}

fn count(connection: &Connection) -> rusqlite::Result<u64> {
    connection.query_row("SELECT count(*) FROM jobs", [], |row| row.get::<_, i64>(0)).map(i64::unsigned_abs)
}
