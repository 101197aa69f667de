//! The publishes in flight on one channel: messages sent and not confirmed yet.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::{Context, Poll};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use lapin::Confirmation;
use tokio::time::Instant;

/// The messages, in the order they were sent. `T` is what waits for a confirm.
pub(super) struct InFlightPublishes<T> {
    publishes: VecDeque<InFlightPublish<T>>,
}

struct InFlightPublish<T> {
    /// Sends the message when first polled, then waits for its confirm.
    confirm: BoxFuture<'static, lapin::Result<Confirmation>>,
    /// `None` once it was answered.
    waiter: Option<T>,
    deadline: Instant,
}

/// Confirms that came at the same moment.
pub(super) struct ConfirmBatch<T> {
    pub(super) confirms: Vec<(Option<T>, lapin::Result<Confirmation>)>,
}

impl<T> InFlightPublishes<T> {
    pub(super) const fn new() -> Self {
        Self { publishes: VecDeque::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.publishes.len()
    }

    /// Adds a message. It is sent by the next [`InFlightPublishes::confirms`], after all that were added before it.
    pub(super) fn add(
        &mut self,
        sending: impl Future<Output = lapin::Result<Confirmation>> + Send + 'static,
        waiter: Option<T>,
        deadline: Instant,
    ) {
        self.publishes.push_back(InFlightPublish { confirm: sending.boxed(), waiter, deadline });
    }

    /// The next confirms. Waits for ever when nothing is in flight. Dropping the future loses nothing.
    pub(super) async fn confirms(&mut self) -> ConfirmBatch<T> {
        poll_fn(|context| self.poll_confirms(context)).await
    }

    /// Takes all confirms that are there now.
    ///
    /// The library attaches a returned message to whichever confirm comes next, which may be another message's. So a
    /// confirm counts only when none before it carries a returned message. Confirms come one after the other from the
    /// library's thread: a second pass, after the first confirm was seen, finds every earlier one.
    fn poll_confirms(&mut self, context: &mut Context<'_>) -> Poll<ConfirmBatch<T>> {
        let mut confirms = Vec::new();
        self.collect(context, &mut confirms);
        if confirms.is_empty() {
            return Poll::Pending;
        }
        self.collect(context, &mut confirms);
        Poll::Ready(ConfirmBatch { confirms })
    }

    fn collect(
        &mut self,
        context: &mut Context<'_>,
        confirms: &mut Vec<(Option<T>, lapin::Result<Confirmation>)>,
    ) {
        self.publishes.retain_mut(|publish| match publish.confirm.poll_unpin(context) {
            Poll::Pending => true,
            Poll::Ready(outcome) => {
                confirms.push((publish.waiter.take(), outcome));
                false
            }
        });
    }

    /// Takes the waiters whose deadline has passed. Their messages stay in flight.
    pub(super) fn take_late(&mut self, now: Instant) -> Vec<T> {
        let late = self.publishes.iter_mut().take_while(|publish| publish.deadline <= now);
        late.filter_map(|publish| publish.waiter.take()).collect()
    }

    /// Takes all waiters. Their messages stay in flight.
    pub(super) fn take_all(&mut self) -> Vec<T> {
        self.publishes.iter_mut().filter_map(|publish| publish.waiter.take()).collect()
    }
}

impl<T> ConfirmBatch<T> {
    /// Whether a message came back because its queue is gone. Then no confirm of the batch counts.
    pub(super) fn has_returned(&self) -> bool {
        self.confirms.iter().any(|(_, outcome)| {
            matches!(outcome, Ok(Confirmation::Ack(Some(_)) | Confirmation::Nack(Some(_))))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::sync::oneshot;

    fn in_flight(count: usize) -> (InFlightPublishes<usize>, Vec<oneshot::Sender<Confirmation>>) {
        let mut publishes = InFlightPublishes::new();
        let now = Instant::now();
        let senders = (0..count).map(|number| {
            let (sender, receiver) = oneshot::channel();
            let confirm = async { Ok(receiver.await.expect("confirmed")) };
            publishes.add(confirm, Some(number), now + Duration::from_secs(number as u64));
            sender
        });
        let senders = senders.collect();
        (publishes, senders)
    }

    #[tokio::test]
    async fn each_confirm_comes_once() {
        let (mut publishes, mut senders) = in_flight(3);
        senders.pop().unwrap().send(Confirmation::Ack(None)).unwrap();
        let batch = publishes.confirms().await;
        assert_eq!(batch.confirms.iter().map(|(waiter, _)| *waiter).collect::<Vec<_>>(), [Some(2)]);
        assert!(!batch.has_returned());
        for sender in senders {
            sender.send(Confirmation::Nack(None)).unwrap();
        }
        assert_eq!(publishes.confirms().await.confirms.len(), 2);
        assert_eq!(publishes.len(), 0);
    }

    #[tokio::test]
    async fn a_waiter_is_taken_once() {
        let (mut publishes, senders) = in_flight(3);
        assert_eq!(publishes.take_late(Instant::now() + Duration::from_millis(1500)), [0, 1]);
        assert_eq!(publishes.take_all(), [2]);
        assert!(publishes.take_all().is_empty());
        for sender in senders {
            sender.send(Confirmation::Ack(None)).unwrap();
        }
        assert!(publishes.confirms().await.confirms.iter().all(|(waiter, _)| waiter.is_none()));
    }

    /// The library attaches a returned message to the confirm of another message.
    #[tokio::test]
    async fn an_earlier_confirm_is_in_the_same_batch() {
        let (mut publishes, senders) = in_flight(2);
        // Polled last in a pass, it confirms the two that the pass has left behind.
        let third = async move {
            for sender in senders {
                sender.send(Confirmation::Ack(None)).unwrap();
            }
            Ok(Confirmation::NotRequested)
        };
        publishes.add(third, Some(9), Instant::now());
        let batch = publishes.confirms().await;
        let mut waiters: Vec<_> = batch.confirms.iter().filter_map(|(waiter, _)| *waiter).collect();
        waiters.sort_unstable();
        assert_eq!(waiters, [0, 1, 9]);
    }
}
