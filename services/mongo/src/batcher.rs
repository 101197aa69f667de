//! Batches concurrent calls into one database operation.
//!
//! There is no linger: the first call starts at once. Calls that arrive while operations are in flight go into the
//! next batch.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tally_kernel::{Fault, FaultKind};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::db_executor::DbExecutor;
use crate::error::{Effect, SharedFault};

/// Start a second operation beside a running one only when this many requests wait. With 16, 64 clients caused a
/// third more operations and a sixth more CPU per job, and waited no less (measured on two cores).
const START_ANOTHER_AT: usize = 64;
/// Maximum requests in one operation.
const MAX_REQUESTS: usize = 500;
/// Maximum bytes of one operation, unless one request alone is larger. MongoDB's limit for a message is 48 MB.
const MAX_BYTES: usize = 12 << 20;
/// Maximum queued requests. Above it calls fail as overloaded (backpressure).
const MAX_QUEUED: usize = 20_000;

/// An operation on many items.
#[async_trait]
pub trait BatchOperation: Send + Sync + 'static {
    /// The input of one call.
    type Item: Send + 'static;
    /// The result of one call.
    type Output: Send + 'static;
    /// Whether the operation writes.
    const EFFECT: Effect;
    /// Maximum concurrent operations. With two, one is sent while the other is made durable. More would make each
    /// batch smaller.
    const MAX_CONCURRENT: usize = 2;

    /// Estimated message bytes of an item.
    fn bytes(item: &Self::Item) -> usize;

    /// Returns one result per item, in order. A failure of one item does not affect the others.
    async fn execute(
        &self,
        items: Vec<Self::Item>,
    ) -> Result<Vec<Result<Self::Output, SharedFault>>, SharedFault>;
}

/// Batches the calls of one kind.
pub struct Batcher<B: BatchOperation> {
    batch: B,
    db: Arc<DbExecutor>,
    queue: Mutex<Queue<B>>,
}

struct Queue<B: BatchOperation> {
    waiting: VecDeque<Request<B>>,
    in_flight: usize,
}

struct Request<B: BatchOperation> {
    item: B::Item,
    during: &'static str,
    reply: oneshot::Sender<Result<B::Output, Fault>>,
}

impl<B: BatchOperation> Batcher<B> {
    /// A batcher that runs `batch`.
    pub fn new(batch: B, db: Arc<DbExecutor>) -> Arc<Self> {
        let queue = Mutex::new(Queue { waiting: VecDeque::new(), in_flight: 0 });
        Arc::new(Self { batch, db, queue })
    }

    /// Queues the item and waits for its result. If this future is dropped before the operation starts, the item is
    /// skipped.
    pub async fn call(self: &Arc<Self>, item: B::Item, during: &'static str) -> Result<B::Output, Fault> {
        let (reply, answer) = oneshot::channel();
        {
            let mut queue = self.queue();
            if queue.waiting.len() >= MAX_QUEUED {
                return Err(Fault::because(
                    FaultKind::Overloaded,
                    during,
                    "too many calls wait for the database",
                ));
            }
            queue.waiting.push_back(Request { item, during, reply });
            let starts_another = queue.in_flight == 0 || queue.waiting.len() >= START_ANOTHER_AT;
            if queue.in_flight < B::MAX_CONCURRENT && starts_another {
                queue.in_flight += 1;
                self.db.tasks().spawn(Arc::clone(self).run());
            }
        }
        match timeout(self.db.call_timeout(), answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(lost)) => Err(Fault::because(B::EFFECT.unanswered(), during, lost)),
            Err(late) => Err(Fault::because(B::EFFECT.unanswered(), during, late)),
        }
    }

    async fn run(self: Arc<Self>) {
        let mut run = BatchRun { batcher: &self, ended: false };
        while let Some(requests) = run.next() {
            let (mut items, mut replies) = (Vec::new(), Vec::new());
            for request in requests {
                items.push(request.item);
                replies.push((request.during, request.reply));
            }
            match self.batch.execute(items).await {
                Ok(answers) => {
                    for ((during, reply), answer) in replies.into_iter().zip(answers) {
                        // The caller has gone away.
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

    fn queue(&self) -> MutexGuard<'_, Queue<B>> {
        // No code that holds the lock can panic in the middle of a change.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One task that runs batches until the queue is empty. `Drop` also covers a panic, so that the batcher never stalls.
struct BatchRun<'a, B: BatchOperation> {
    batcher: &'a Arc<Batcher<B>>,
    ended: bool,
}

impl<B: BatchOperation> BatchRun<'_, B> {
    /// The next batch, or `None` at the end of the run.
    fn next(&mut self) -> Option<Vec<Request<B>>> {
        let mut queue = self.batcher.queue();
        let (mut requests, mut bytes) = (Vec::new(), 0);
        while requests.len() < MAX_REQUESTS
            && let Some(next) = queue.waiting.front()
        {
            if next.reply.is_closed() {
                queue.waiting.pop_front();
                continue;
            }
            bytes += B::bytes(&next.item);
            if bytes > MAX_BYTES && !requests.is_empty() {
                break;
            }
            requests.extend(queue.waiting.pop_front());
        }
        if requests.is_empty() {
            queue.in_flight -= 1;
            self.ended = true;
            return None;
        }
        Some(requests)
    }
}

impl<B: BatchOperation> Drop for BatchRun<'_, B> {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let mut queue = self.batcher.queue();
        if queue.waiting.is_empty() {
            queue.in_flight -= 1;
        } else {
            // The queued requests did not cause the panic; run them in a new task.
            self.batcher.db.tasks().spawn(Arc::clone(self.batcher).run());
        }
    }
}

#[cfg(test)]
mod tests;
