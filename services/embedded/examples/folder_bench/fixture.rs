//! Shared by the measurements: a clock, ids, a folder, and the CPU time of this process.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tally_contract::doubles::CountedIds;
use tally_embedded::{Embedded, FolderOptions, open};
use tally_kernel::{Clock, Timestamp};

/// The system's clock.
pub struct SystemClock;

#[async_trait::async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "a measurement is its own executable")]
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    async fn sleep(&self, pause: Duration) {
        tokio::time::sleep(pause).await;
    }
}

/// Opens a data folder.
pub fn open_at(path: &std::path::Path) -> Embedded {
    open(path, FolderOptions::default(), Arc::new(SystemClock), Arc::new(CountedIds::default()))
        .expect("the folder opens")
}

/// A temporary folder beside the executable: the system's temporary folder is often in memory.
pub fn folder() -> tempfile::TempDir {
    if let Some(parent) = std::env::args().find_map(|arg| arg.strip_prefix("in=").map(PathBuf::from)) {
        return tempfile::tempdir_in(parent).expect("a temporary folder");
    }
    let target = std::env::current_exe().ok().and_then(|exe| exe.parent().map(PathBuf::from));
    tempfile::tempdir_in(target.expect("the executable has a folder")).expect("a temporary folder")
}

/// The CPU time of all threads of this process: `utime` and `stime` of proc(5), in ticks of 10 ms.
pub fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let after_name = stat.rsplit_once(')').expect("the name is in brackets").1;
    let ticks: u64 =
        after_name.split_whitespace().skip(11).take(2).map(|field| field.parse::<u64>().unwrap_or(0)).sum();
    Duration::from_millis(ticks * 10)
}
