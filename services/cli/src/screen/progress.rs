//! A progress bar on stderr, only on a terminal and only for long work.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Shorter work has no bar.
const SHOW_AFTER: Duration = Duration::from_millis(400);

/// The bar. Dropping it clears it.
pub(crate) struct Progress {
    bar: ProgressBar,
    began: Instant,
    shown: OnceLock<()>,
    words: AtomicU64,
}

impl Progress {
    /// A bar over bytes; `None` if their number is unknown.
    pub(crate) fn of_bytes(total: Option<u64>) -> Self {
        let template = match total {
            Some(_) => "{bar:30} {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left  {msg}",
            None => "{spinner} {bytes}  {bytes_per_sec}  {msg}",
        };
        Self::new(total, template)
    }

    /// A bar over items, such as jobs.
    pub(crate) fn of_items(total: u64) -> Self {
        Self::new(Some(total), "{bar:30} {pos}/{len}  {msg}")
    }

    fn new(total: Option<u64>, template: &str) -> Self {
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden()).with_style(style);
        Self { bar, began: Instant::now(), shown: OnceLock::new(), words: AtomicU64::new(0) }
    }

    pub(crate) fn advance(&self, by: u64) {
        if self.shown.get().is_none() && self.began.elapsed() > SHOW_AFTER {
            self.shown.get_or_init(|| self.bar.set_draw_target(ProgressDrawTarget::stderr()));
        }
        self.bar.inc(by);
    }

    pub(crate) fn set(&self, done: u64, total: u64) {
        self.bar.set_length(total);
        self.advance(done.saturating_sub(self.bar.position()));
    }

    /// Adds counted words. The bar shows their total.
    pub(crate) fn add_words(&self, words: u64) {
        let so_far = self.words.fetch_add(words, Ordering::Relaxed) + words;
        self.bar.set_message(format!("{} words", HumanCount(so_far)));
    }

    /// Hides the bar while `write` writes to the terminal.
    pub(crate) fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
