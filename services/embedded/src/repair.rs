//! Makes one sound database of what is left of a damaged folder, and says what is lost.
//!
//! First everything is copied aside. Then the whole frames of the log are applied, also those behind a damaged one. If
//! the result is not sound, its rows are copied one by one into a new database. A server must not run meanwhile.

mod apply_log;
mod save_rows;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::engine::commit_mark::{self, wal_of};
use crate::engine::data_folder::{DataFolder, sync_folder};
use crate::error::OpenError;

/// What a repair did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RepairReport {
    /// The folder with the files as they were.
    pub aside: PathBuf,
    /// How many jobs the folder has now.
    pub jobs: u64,
    /// What is lost, one sentence each.
    pub losses: Vec<String>,
}

/// Repairs a folder that no process has open. Repairing a sound folder changes nothing but the copy.
pub fn repair(folder: &Path) -> Result<RepairReport, OpenError> {
    if !folder.is_dir() {
        return Err(OpenError::from_io(folder, io::ErrorKind::NotFound.into()));
    }
    let locked = DataFolder::lock(folder)?;
    let database = locked.database();
    let failed = |error| OpenError::from_io(folder, error);
    let aside = copy_aside(folder, &database).map_err(failed)?;
    let mut report = RepairReport { aside, ..RepairReport::default() };
    let repaired = database.with_extension("db.repaired");
    remove_database(&repaired).map_err(failed)?;
    let whole = apply_log::apply(&database, &repaired, &mut report.losses).map_err(failed)?;
    if !whole {
        report
            .losses
            .push("the database is missing: a new one has no jobs; the stored bodies are in the copy".into());
        move_bodies_aside(&locked.blobs(), &report.aside).map_err(failed)?;
    } else if !is_sound(&repaired) {
        let saved = database.with_extension("db.saved");
        remove_database(&saved).map_err(failed)?;
        let rows = save_rows::save(&repaired, &saved, &mut report.losses);
        rows.map_err(|error| OpenError::from_sql(&database, error))?;
        remove_database(&repaired).map_err(failed)?;
        fs::rename(&saved, &repaired).map_err(failed)?;
    }
    if whole {
        let jobs = save_rows::drop_incomplete(&repaired, &mut report.losses);
        report.jobs = jobs.map_err(|error| OpenError::from_sql(&database, error))?;
    }
    replace(&database, &repaired, whole).map_err(failed)?;
    Ok(report)
}

/// Copies the database, its log and its mark into a new folder.
fn copy_aside(folder: &Path, database: &Path) -> io::Result<PathBuf> {
    let mut number = 1;
    let aside = loop {
        let aside = folder.join(format!("damaged-{number}"));
        match fs::create_dir(&aside) {
            Ok(()) => break aside,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(error),
        }
    };
    for file in [database, &wal_of(database), &commit_mark::mark_of(database)] {
        if let Some(name) = file.file_name().filter(|_| file.exists()) {
            let copy = aside.join(name);
            fs::copy(file, &copy)?;
            File::open(&copy)?.sync_all()?;
        }
    }
    sync_folder(&aside)?;
    sync_folder(folder)?;
    Ok(aside)
}

fn move_bodies_aside(blobs: &Path, aside: &Path) -> io::Result<()> {
    fs::rename(blobs, aside.join("blobs"))?;
    fs::create_dir(blobs)
}

fn is_sound(database: &Path) -> bool {
    let checked = Connection::open(database).and_then(|connection| {
        connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get::<_, String>(0))
    });
    checked.is_ok_and(|found| found == "ok")
}

fn replace(database: &Path, repaired: &Path, whole: bool) -> io::Result<()> {
    let folder = database.parent().unwrap_or(database);
    // In this order: until the mark is reset, a start refuses what an interrupted repair left.
    remove_database(database)?;
    if whole {
        File::open(repaired)?.sync_all()?;
        fs::rename(repaired, database)?;
        sync_folder(folder)?;
        return commit_mark::reset(database);
    }
    match fs::remove_file(commit_mark::mark_of(database)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => sync_folder(folder),
    }
}

/// Removes a database with its log and its index.
fn remove_database(database: &Path) -> io::Result<()> {
    let name = database.file_name().unwrap_or_default().to_owned();
    for suffix in ["", "-wal", "-shm"] {
        let mut file = name.clone();
        file.push(suffix);
        match fs::remove_file(database.with_file_name(file)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}
