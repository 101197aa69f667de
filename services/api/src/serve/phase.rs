//! Where a connection stands: what it waits for decides how long it may wait.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What a connection waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waits {
    /// Its first byte.
    First,
    /// The next request.
    Next,
    /// The rest of a request's head.
    Head,
    /// Us.
    Us,
}

/// The state that a connection's wire and its service share. Both run in one task, one after the other, so no
/// ordering is needed between them; it is atomic because the task may move between threads.
#[derive(Default)]
pub(super) struct Phase {
    /// The number of state changes so far, and in the last two bits the state.
    turn: AtomicU64,
    leaves_unread: AtomicBool,
}

impl Phase {
    /// What is waited for, with a number that is another one each time.
    pub(super) fn now(&self) -> (Waits, u64) {
        let turn = self.turn.load(Ordering::Relaxed);
        let waits = match turn & 3 {
            0 => Waits::First,
            1 => Waits::Next,
            2 => Waits::Head,
            _ => Waits::Us,
        };
        (waits, turn)
    }

    fn go(&self, state: u64) {
        let turn = self.turn.load(Ordering::Relaxed);
        self.turn.store((((turn >> 2) + 1) << 2) | state, Ordering::Relaxed);
    }

    /// Bytes came: if none were under way, a head has begun.
    pub(super) fn bytes_came(&self) {
        if matches!(self.now().0, Waits::First | Waits::Next) {
            self.go(2);
        }
    }

    /// A head is complete.
    pub(super) fn begin(&self) {
        self.go(3);
    }

    /// An answer is made; it may leave a part of the request unread.
    pub(super) fn end(&self, leaves_unread: bool) {
        self.go(1);
        self.leaves_unread.store(leaves_unread, Ordering::Relaxed);
    }

    /// Whether the last request may not have been read to its end.
    pub(super) fn leaves_unread(&self) -> bool {
        self.leaves_unread.load(Ordering::Relaxed)
    }
}
