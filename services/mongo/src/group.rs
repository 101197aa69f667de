//! Gathers calls that come at the same time into one operation.
//!
//! Nobody waits for company: the first call starts at once, and what comes while operations are under way goes with the
//! next one. Knows nothing of what the operations are.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tally_kernel::{Fault, FaultKind};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::calls::Calls;
use crate::error::{Effect, SharedFault};

/// A further operation starts beside one that is under way when so many wait for it: fewer cost everybody less when they
/// go with the next. With 16 here, 64 clients had a third more operations and took a sixth more CPU for each job, and waited
/// no less (measured on two cores).
const WORTH_ONE_MORE: usize = 64;
/// The most members of one operation.
const MOST_MEMBERS: usize = 500;
/// The most bytes of one operation, unless one member has more: a message may have 48 MB.
const MOST_BYTES: usize = 12 << 20;
/// How many calls may wait; more than that is no crowd but a jam.
const MOST_WAITING: usize = 20_000;

/// An operation on many.
#[async_trait]
pub trait Batch: Send + Sync + 'static {
    /// What one call asks.
    type Ask: Send + 'static;
    /// What it is answered.
    type Answer: Send + 'static;
    /// Whether it writes.
    const EFFECT: Effect;
    /// How many operations are under way at once. Two: one is on its way while the other is made durable; with more,
    /// each carries less.
    const AT_ONCE: usize = 2;

    /// About how many bytes of a message this takes.
    fn bytes(ask: &Self::Ask) -> usize;

    /// Answers every ask, in their order; one that fails alone fails alone.
    async fn carry_out(
        &self,
        asks: Vec<Self::Ask>,
    ) -> Result<Vec<Result<Self::Answer, SharedFault>>, SharedFault>;
}

/// Calls of one kind.
pub struct Group<B: Batch> {
    batch: B,
    calls: Arc<Calls>,
    line: Mutex<Line<B>>,
}

struct Line<B: Batch> {
    waiting: VecDeque<Member<B>>,
    under_way: usize,
}

struct Member<B: Batch> {
    ask: B::Ask,
    during: &'static str,
    reply: oneshot::Sender<Result<B::Answer, Fault>>,
}

impl<B: Batch> Group<B> {
    /// A group of calls that `batch` carries out.
    pub fn new(batch: B, calls: Arc<Calls>) -> Arc<Self> {
        let line = Mutex::new(Line { waiting: VecDeque::new(), under_way: 0 });
        Arc::new(Self { batch, calls, line })
    }

    /// Asks, together with others. A call whose future is dropped before its operation starts is not carried out.
    pub async fn ask(self: &Arc<Self>, ask: B::Ask, during: &'static str) -> Result<B::Answer, Fault> {
        let (reply, answer) = oneshot::channel();
        {
            let mut line = self.line();
            if line.waiting.len() >= MOST_WAITING {
                return Err(Fault::because(
                    FaultKind::Overloaded,
                    during,
                    "too many calls wait for the database",
                ));
            }
            line.waiting.push_back(Member { ask, during, reply });
            let is_worth_it = line.under_way == 0 || line.waiting.len() >= WORTH_ONE_MORE;
            if line.under_way < B::AT_ONCE && is_worth_it {
                line.under_way += 1;
                self.calls.tasks().spawn(Arc::clone(self).work());
            }
        }
        match timeout(self.calls.within(), answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(lost)) => Err(Fault::because(B::EFFECT.unanswered(), during, lost)),
            Err(late) => Err(Fault::because(B::EFFECT.unanswered(), during, late)),
        }
    }

    async fn work(self: Arc<Self>) {
        let mut turn = Turn { group: &self, over: false };
        while let Some(members) = turn.next() {
            let (mut asks, mut replies) = (Vec::new(), Vec::new());
            for member in members {
                asks.push(member.ask);
                replies.push((member.during, member.reply));
            }
            match self.batch.carry_out(asks).await {
                Ok(answers) => {
                    for ((during, reply), answer) in replies.into_iter().zip(answers) {
                        // Who has gone away asks again, or does not care.
                        let _gone = reply.send(answer.map_err(|shared| shared.one(during)));
                    }
                }
                Err(shared) => {
                    for (during, reply) in replies {
                        let _gone = reply.send(Err(shared.one(during)));
                    }
                }
            }
        }
    }

    fn line(&self) -> MutexGuard<'_, Line<B>> {
        // Nothing under the lock panics half way through a change.
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to work; given back also by a panic, so that a group never stands still for ever.
struct Turn<'a, B: Batch> {
    group: &'a Arc<Group<B>>,
    over: bool,
}

impl<B: Batch> Turn<'_, B> {
    /// The next members, or the end of the turn.
    fn next(&mut self) -> Option<Vec<Member<B>>> {
        let mut line = self.group.line();
        let (mut members, mut bytes) = (Vec::new(), 0);
        while members.len() < MOST_MEMBERS
            && let Some(next) = line.waiting.front()
        {
            if next.reply.is_closed() {
                line.waiting.pop_front();
                continue;
            }
            bytes += B::bytes(&next.ask);
            if bytes > MOST_BYTES && !members.is_empty() {
                break;
            }
            members.extend(line.waiting.pop_front());
        }
        if members.is_empty() {
            line.under_way -= 1;
            self.over = true;
            return None;
        }
        Some(members)
    }
}

impl<B: Batch> Drop for Turn<'_, B> {
    fn drop(&mut self) {
        if self.over {
            return;
        }
        let mut line = self.group.line();
        if line.waiting.is_empty() {
            line.under_way -= 1;
        } else {
            // Those who wait had nothing to do with it.
            self.group.calls.tasks().spawn(Arc::clone(self.group).work());
        }
    }
}

#[cfg(test)]
mod tests;
