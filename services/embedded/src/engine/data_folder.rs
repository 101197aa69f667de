//! The data folder: it exists, is writable, and is locked against other processes.
//!
//! Knows nothing of what the files contain.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use crate::error::OpenError;

/// The file whose lock marks the folder as in use.
const LOCK: &str = "tally.lock";
/// The database file.
const DATABASE: &str = "tally.db";
/// The folder of large bodies.
const BLOBS: &str = "blobs";

/// A locked folder. Dropping this releases the lock; the system releases it when the process dies.
pub struct DataFolder {
    path: PathBuf,
    _lock: File,
}

impl DataFolder {
    /// Creates the folder if it does not exist, and takes its lock.
    pub fn lock(path: &Path) -> Result<Self, OpenError> {
        let open_error = |error| OpenError::from_io(path, error);
        create(path).map_err(open_error)?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join(LOCK))
            .map_err(open_error)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OpenError::Locked { folder: path.to_owned() }),
            Err(TryLockError::Error(error)) => return Err(open_error(error)),
        }
        fs::create_dir_all(path.join(BLOBS)).map_err(open_error)?;
        // The new directory entries must survive a power cut too.
        sync_folder(path).map_err(open_error)?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
    }

    /// The path of the folder of large bodies.
    pub fn blobs(&self) -> PathBuf {
        self.path.join(BLOBS)
    }
}

/// Creates the folder, readable for its owner only, because submitted content is private. An existing folder keeps its
/// permissions.
fn create(path: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path)
}

/// Makes the directory entries of a folder durable.
pub fn sync_folder(path: &Path) -> std::io::Result<()> {
    File::open(path)?.sync_all()
}
