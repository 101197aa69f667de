//! Threads that count parts of texts for the readers that cut them.
//!
//! The queue is short on purpose: it bounds the memory, and a reader that is faster than the counting waits.

use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, Sender, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Scope;

use super::part_count::{CountMode, PartCount};

/// A part of a text, and whom to tell.
pub(super) struct TextPart {
    pub(super) text: String,
    pub(super) mode: CountMode,
    /// Which part of its text this is.
    pub(super) index: usize,
    pub(super) results: Sender<(usize, PartCount)>,
}

/// The way to the threads. They end when it is dropped.
pub(super) struct CountPool {
    parts: SyncSender<TextPart>,
}

impl CountPool {
    pub(super) fn start<'scope>(scope: &'scope Scope<'scope, '_>, threads: NonZeroUsize) -> Self {
        let (parts, queue) = sync_channel(threads.get());
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..threads.get() {
            let queue = Arc::clone(&queue);
            scope.spawn(move || work(&queue));
        }
        Self { parts }
    }

    /// Hands a part over; waits while all are busy.
    pub(super) fn count(&self, part: TextPart) {
        // The threads live as long as this does, so there is always one to take it.
        let _ = self.parts.send(part);
    }
}

fn work(queue: &Mutex<Receiver<TextPart>>) {
    loop {
        let taken = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(part) = taken else { return };
        let count = part.mode.count(&part.text);
        // Who cut the text may have given up on it.
        let _ = part.results.send((part.index, count));
    }
}
