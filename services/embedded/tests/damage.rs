//! A folder whose log or database lost something that was synced: it is refused, and a repair saves the rest.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use tally_contract::doubles::{CountedIds, HandClock};
use tally_contract::samples;
use tally_embedded::{Embedded, FolderOptions, OpenError, open, repair};
use tally_jobs::ports::{Admission, Lookup};
use tally_kernel::OwnerId;

const JOBS: u64 = 60;

fn try_open(folder: &Path) -> Result<Embedded, OpenError> {
    open(folder, FolderOptions::default(), Arc::new(HandClock::default()), Arc::new(CountedIds::default()))
}

/// The files of a folder whose process was killed after it had acknowledged [`JOBS`] jobs.
async fn killed() -> tempfile::TempDir {
    let (live, killed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let embedded = try_open(live.path()).unwrap();
    for number in 0..JOBS {
        let admitted = embedded.store().admit(samples::small(number)).await.unwrap();
        assert!(matches!(admitted, Admission::New { .. }));
    }
    for file in ["tally.db", "tally.db-wal", "tally.db-mark"] {
        fs::copy(live.path().join(file), killed.path().join(file)).unwrap();
    }
    killed
}

async fn jobs_in(embedded: &Embedded) -> u64 {
    let mut found = 0;
    for number in 0..JOBS {
        let looked_up = embedded.catalogue().find(&OwnerId::LOCAL, samples::id(number)).await.unwrap();
        found += u64::from(matches!(looked_up, Lookup::Found(_)));
    }
    found
}

fn change(file: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(file).unwrap();
    change(&mut bytes);
    fs::write(file, bytes).unwrap();
}

/// Bytes of a frame: its header and a page.
const FRAME: usize = 24 + 8192;

#[tokio::test]
async fn what_a_kill_leaves_is_opened() {
    let folder = killed().await;
    assert_eq!(jobs_in(&try_open(folder.path()).unwrap()).await, JOBS);
}

#[tokio::test]
async fn a_torn_tail_that_was_never_synced_is_cut() {
    let folder = killed().await;
    // A frame of this run that no mark knows, as an interrupted write leaves it.
    change(&folder.path().join("tally.db-wal"), |bytes| {
        let frame = bytes[bytes.len() - FRAME..].to_vec();
        bytes.extend(frame);
    });
    assert_eq!(jobs_in(&try_open(folder.path()).unwrap()).await, JOBS);
}

#[tokio::test]
async fn a_log_that_was_moved_into_the_database_is_not_missed() {
    let folder = killed().await;
    // As the sqlite3 shell does.
    rusqlite::Connection::open(folder.path().join("tally.db"))
        .unwrap()
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    assert_eq!(jobs_in(&try_open(folder.path()).unwrap()).await, JOBS);
}

#[tokio::test]
async fn a_damaged_log_is_refused_and_a_repair_applies_the_frames_behind_the_damage() {
    let folder = killed().await;
    let wal = folder.path().join("tally.db-wal");
    let frames = fs::metadata(&wal).unwrap().len() as usize / FRAME;
    change(&wal, |bytes| bytes[32 + frames / 2 * FRAME + 4_000] ^= 1);
    for with_mark in [true, false] {
        if !with_mark {
            fs::remove_file(folder.path().join("tally.db-mark")).unwrap();
        }
        let error = try_open(folder.path()).err().expect("refused");
        assert!(matches!(error, OpenError::LogDamaged { .. }), "{error:?}");
        assert!(error.to_string().contains("tally doctor --repair"), "{error}");
    }
    let report = repair(folder.path()).unwrap();
    assert!(report.losses.iter().any(|loss| loss.contains("1 frames")), "{report:?}");
    let saved = jobs_in(&try_open(folder.path()).unwrap()).await;
    assert!(saved >= JOBS - 1, "{saved}: {report:?}");
    assert!(folder.path().join("damaged-1/tally.db-wal").exists());
}

#[tokio::test]
async fn a_missing_or_shortened_log_is_refused_and_a_repair_says_what_is_lost() {
    for left in [None, Some(0), Some(32 + 20 * FRAME)] {
        let folder = killed().await;
        let wal = folder.path().join("tally.db-wal");
        match left {
            None => fs::remove_file(&wal).unwrap(),
            Some(bytes) => change(&wal, |whole| whole.truncate(bytes)),
        }
        let error = try_open(folder.path()).err().expect("refused");
        assert!(matches!(error, OpenError::LogDamaged { .. }), "{error:?}");
        let report = repair(folder.path()).unwrap();
        assert!(!report.losses.is_empty());
        assert_eq!(jobs_in(&try_open(folder.path()).unwrap()).await, report.jobs);
    }
}

#[tokio::test]
async fn a_missing_or_empty_database_is_not_a_new_store() {
    for empty in [true, false] {
        let folder = killed().await;
        let database = folder.path().join("tally.db");
        match empty {
            true => fs::write(&database, "").unwrap(),
            false => fs::remove_file(&database).unwrap(),
        }
        for beside in ["tally.db-wal", "tally.db-mark"] {
            let error = try_open(folder.path()).err().expect("refused");
            assert!(matches!(error, OpenError::DatabaseLost { .. }), "{error:?}");
            fs::remove_file(folder.path().join(beside)).unwrap();
        }
        let body = folder.path().join("blobs/ab");
        fs::create_dir_all(&body).unwrap();
        fs::write(body.join("0190d5f4-7b1e-7c3a-9f00-0000000000ab"), "a body").unwrap();
        let error = try_open(folder.path()).err().expect("refused");
        assert!(error.to_string().contains("stored bodies"), "{error}");
        let report = repair(folder.path()).unwrap();
        assert!(report.losses.len() == 1 && report.aside.join("blobs/ab").exists(), "{report:?}");
        assert_eq!(jobs_in(&try_open(folder.path()).unwrap()).await, 0);
    }
}

#[tokio::test]
async fn a_repair_saves_the_rows_beside_a_damaged_page() {
    let folder = tempfile::tempdir().unwrap();
    let embedded = try_open(folder.path()).unwrap();
    for number in 0..JOBS {
        embedded.store().admit(samples::full(number)).await.unwrap();
    }
    embedded.close().await.unwrap();
    drop(embedded);
    let database = folder.path().join("tally.db");
    let page: usize = rusqlite::Connection::open(&database)
        .unwrap()
        .query_row("SELECT max(rootpage) FROM sqlite_schema WHERE name = 'labels'", [], |row| {
            row.get::<_, u32>(0).map(|page| page as usize)
        })
        .unwrap();
    change(&database, |bytes| bytes[(page - 1) * 8192..page * 8192].fill(0xff));
    let report = repair(folder.path()).unwrap();
    assert!(report.losses.iter().any(|loss| loss.contains("labels")), "{report:?}");
    assert_eq!(report.jobs, JOBS);
    assert_eq!(jobs_in(&try_open(folder.path()).unwrap()).await, JOBS);
}

#[tokio::test]
async fn repairing_a_sound_folder_loses_nothing() {
    let folder = killed().await;
    let report = repair(folder.path()).unwrap();
    assert_eq!((report.jobs, report.losses), (JOBS, Vec::new()));
    assert_eq!(jobs_in(&try_open(folder.path()).unwrap()).await, JOBS);
}
