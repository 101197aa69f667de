//! The data folder: it exists, we may write to it, and we are the only ones.
//!
//! Knows nothing of what is kept inside.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use crate::error::OpenError;

/// The name of the file whose lock says that the folder is in use.
const LOCK: &str = "tally.lock";
/// The name of the database file.
const DATABASE: &str = "tally.db";
/// The name of the folder of large bodies.
const BLOBS: &str = "blobs";

/// A folder that is ours until this is dropped. The system drops the lock when the process dies, however it dies.
pub struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes the folder if need be and takes its lock.
    pub fn take(path: &Path) -> Result<Self, OpenError> {
        let refused = |error| OpenError::from_io(path, error);
        make(path).map_err(refused)?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join(LOCK))
            .map_err(refused)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OpenError::Locked { folder: path.to_owned() }),
            Err(TryLockError::Error(error)) => return Err(refused(error)),
        }
        fs::create_dir_all(path.join(BLOBS)).map_err(refused)?;
        // The names of what was just made must survive a power cut as well as what is in it.
        sync_folder(path).map_err(refused)?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// Where the database is.
    pub fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
    }

    /// Where large bodies are.
    pub fn blobs(&self) -> PathBuf {
        self.path.join(BLOBS)
    }
}

/// Makes the folder for its owner alone: what clients hand in is nobody else's affair. One that exists stays as it is.
fn make(path: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path)
}

/// Makes the names in a folder durable.
pub fn sync_folder(path: &Path) -> std::io::Result<()> {
    File::open(path)?.sync_all()
}
