//! Notices that the data folder was removed, replaced or unmounted while it is open.
//!
//! The database stays open then: writes to a removed file succeed, and the next start finds nothing of them. So the
//! files behind the paths are compared with those that were opened: several times a second, before each batch of writes
//! and after each sync. Damage is final: only a new start opens the files of these paths.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::Builder;
use std::time::Duration;

/// How often the paths are compared while nothing is written.
const INTERVAL: Duration = Duration::from_millis(250);

/// The files that were opened, by their paths.
pub struct OpenedFiles {
    files: Vec<(PathBuf, FileIdentity)>,
    lost: AtomicBool,
}

/// Device and inode: another file under the same path differs in one of them.
#[derive(Clone, Copy, PartialEq, Eq)]
struct FileIdentity {
    device: u64,
    inode: u64,
}

impl OpenedFiles {
    /// The files that these paths name now.
    pub fn of<const N: usize>(paths: [&Path; N]) -> std::io::Result<Self> {
        let identified = |path: &Path| Ok((path.to_owned(), FileIdentity::of(path)?));
        let files = paths.into_iter().map(identified).collect::<std::io::Result<_>>()?;
        Ok(Self { files, lost: AtomicBool::new(false) })
    }

    /// Whether a path was found to name another file, or none.
    pub fn are_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    /// Compares all paths now. Returns whether all are as they were, always.
    pub fn check(&self) -> bool {
        if self.are_lost() {
            return false;
        }
        let changed = self.files.iter().find(|(path, opened)| match FileIdentity::of(path) {
            Ok(now) => now != *opened,
            // Any other error proves nothing; if the disk failed, the next write tells.
            Err(error) => matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory),
        });
        let Some((path, _)) = changed else { return true };
        if !self.lost.swap(true, Ordering::Relaxed) {
            tracing::error!(
                path = %path.display(),
                "the data folder was removed, replaced or unmounted; no job is accepted any more. Put the folder back \
                 and start again"
            );
        }
        false
    }
}

#[cfg(unix)]
impl FileIdentity {
    fn of(path: &Path) -> std::io::Result<Self> {
        use std::os::unix::fs::MetadataExt;
        let data = fs::metadata(path)?;
        Ok(Self { device: data.dev(), inode: data.ino() })
    }
}

#[cfg(not(unix))]
impl FileIdentity {
    /// Without inodes only a missing file is noticed.
    fn of(path: &Path) -> std::io::Result<Self> {
        fs::metadata(path).map(|_| Self { device: 0, inode: 0 })
    }
}

/// Compares the paths on a thread of its own. Dropping it ends the thread.
pub struct FolderWatch {
    _stop: Sender<()>,
}

impl FolderWatch {
    /// Starts the thread.
    pub fn start(files: Arc<OpenedFiles>) -> std::io::Result<Self> {
        let (stop, stopped) = channel::<()>();
        Builder::new().name("tally-watch".into()).spawn(move || {
            while stopped.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                files.check();
            }
        })?;
        Ok(Self { _stop: stop })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_a_folder_that_was_removed_or_replaced_and_stays_with_it() {
        let place = tempfile::tempdir().unwrap();
        let [folder, moved] = ["data", "moved"].map(|name| place.path().join(name));
        let file = folder.join("file");
        let create = || {
            fs::create_dir(&folder).unwrap();
            fs::write(&file, "").unwrap();
        };
        create();
        let opened = OpenedFiles::of([&folder, &file]).unwrap();
        assert!(opened.check());
        fs::write(&file, "more").unwrap();
        assert!(opened.check(), "the file is the same");
        fs::rename(&folder, &moved).unwrap();
        create();
        assert!(!opened.check(), "replaced");
        fs::remove_dir_all(&folder).unwrap();
        fs::rename(&moved, &folder).unwrap();
        assert!(!opened.check(), "what was written meanwhile is not known");
        let opened = OpenedFiles::of([&folder, &file]).unwrap();
        fs::remove_file(&file).unwrap();
        assert!(!opened.check(), "removed");
    }
}
