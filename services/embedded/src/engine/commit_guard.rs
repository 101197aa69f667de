//! Guards each commit: the files are still those of the folder, and the mark of the last commit is kept.

use std::sync::Arc;

use crate::engine::commit_mark::CommitMark;
use crate::engine::folder_watch::OpenedFiles;

/// What the writer asks before and after each commit.
pub struct CommitGuard {
    files: Arc<OpenedFiles>,
    mark: CommitMark,
}

impl CommitGuard {
    /// The guard of these files.
    pub fn new(files: Arc<OpenedFiles>, mark: CommitMark) -> Self {
        Self { files, mark }
    }

    /// Whether a commit would be found at the next start.
    pub fn may_write(&self) -> bool {
        self.files.check()
    }

    /// Records a synced commit, after which the log has so many frames. Returns whether the next start finds it.
    pub fn committed(&mut self, frames: u32) -> bool {
        if let Err(error) = self.mark.record(frames) {
            // An older mark says less, and is still true.
            tracing::debug!(%error, "the mark of the last commit could not be written");
        }
        self.files.check()
    }

    /// Allows the log to be emptied.
    pub fn close(&self) -> std::io::Result<()> {
        self.mark.close()
    }
}
