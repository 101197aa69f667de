//! A bar on stderr for what takes a while. Only a terminal shows it; short work shows nothing.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work that is done within this time needs no bar.
const PATIENCE: Duration = Duration::from_millis(400);

/// The bar. It is gone when it is dropped.
pub(crate) struct Progress {
    bar: ProgressBar,
    began: Instant,
    shown: OnceLock<()>,
    words: AtomicU64,
}

impl Progress {
    /// A bar over bytes; of `None` when nobody knows how many there are.
    pub(crate) fn of_bytes(total: Option<u64>) -> Self {
        let template = match total {
            Some(_) => "{bar:30} {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left  {msg}",
            None => "{spinner} {bytes}  {bytes_per_sec}  {msg}",
        };
        Self::new(total, template)
    }

    /// A bar over things, such as jobs.
    pub(crate) fn of_things(total: u64) -> Self {
        Self::new(Some(total), "{bar:30} {pos}/{len}  {msg}")
    }

    fn new(total: Option<u64>, template: &str) -> Self {
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden()).with_style(style);
        Self { bar, began: Instant::now(), shown: OnceLock::new(), words: AtomicU64::new(0) }
    }

    /// So many more are done.
    pub(crate) fn advance(&self, by: u64) {
        if self.shown.get().is_none() && self.began.elapsed() > PATIENCE {
            self.shown.get_or_init(|| self.bar.set_draw_target(ProgressDrawTarget::stderr()));
        }
        self.bar.inc(by);
    }

    /// This many of a total are done.
    pub(crate) fn reach(&self, done: u64, total: u64) {
        self.bar.set_length(total);
        self.advance(done.saturating_sub(self.bar.position()));
    }

    /// So many more words were counted; the bar shows how many there are so far.
    pub(crate) fn found(&self, words: u64) {
        let so_far = self.words.fetch_add(words, Ordering::Relaxed) + words;
        self.bar.set_message(format!("{} words", HumanCount(so_far)));
    }

    /// Runs something that writes to the terminal, with the bar out of its way.
    pub(crate) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
