//! The tables, and how an older file becomes one of today's.
//!
//! What a job is made of is split by how often it changes, because a change rewrites whole pages: `jobs` is written
//! once, `live` holds the few numbers that move while a job waits or runs, `ends` is written once at the end.
//! Contents and long histograms stand in tables of their own, so that no small change ever moves a large value.

use rusqlite::{Connection, TransactionBehavior};

/// "TALY": tells our files from other SQLite files.
pub const APPLICATION_ID: i64 = 0x5441_4C59;

/// Each step takes the file from the format of its index to the next one. Steps are never edited, only added.
const STEPS: &[&str] = &[include_str!("schema/1.sql")];

/// The newest format that this version knows.
pub const NEWEST: i64 = STEPS.len() as i64;

/// The format of a file; zero for an empty one.
pub fn format_of(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Brings the file to today's format: all missing steps, or none.
pub fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    let found = format_of(connection)?;
    if found == NEWEST {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for step in STEPS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", NEWEST)?;
    transaction.commit()
}
