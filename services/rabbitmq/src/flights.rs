//! Messages that were sent and not confirmed yet, on one channel.
//!
//! Knows how to wait for confirmations and for nothing else; what an outcome means is the publisher's affair.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::{Context, Poll};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use lapin::Confirmation;
use tokio::time::Instant;

/// The messages, in the order they were sent.
pub(crate) struct Flights<T> {
    all: VecDeque<Flight<T>>,
}

/// One message.
struct Flight<T> {
    /// Sends it when it is first polled, then waits.
    confirmed: BoxFuture<'static, lapin::Result<Confirmation>>,
    /// Whom it is for; nobody when he was told already.
    whom: Option<T>,
    /// When he is told that it took too long.
    until: Instant,
}

/// What became of messages that were answered at the same moment.
pub(crate) struct Round<T> {
    /// Whom each was for, with its outcome.
    pub(crate) answered: Vec<(Option<T>, lapin::Result<Confirmation>)>,
}

impl<T> Flights<T> {
    /// None yet.
    pub(crate) const fn new() -> Self {
        Self { all: VecDeque::new() }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// Adds a message; it is sent when confirmations are next waited for, after all that were added before.
    pub(crate) fn add(
        &mut self,
        sending: impl Future<Output = lapin::Result<Confirmation>> + Send + 'static,
        whom: Option<T>,
        until: Instant,
    ) {
        self.all.push_back(Flight { confirmed: sending.boxed(), whom, until });
    }

    /// The next messages that were answered. Waits for ever when there are none. Dropping the future loses nothing.
    pub(crate) async fn round(&mut self) -> Round<T> {
        poll_fn(|context| self.poll_round(context)).await
    }

    /// All that is answered now.
    ///
    /// The library gives a returned message to whichever confirmation comes next, which need not be its own, so an
    /// outcome may be believed only when no confirmation before it carries a message. They come one after the other
    /// from the library's thread: looking at all of them again, after the first was seen, finds every earlier one.
    fn poll_round(&mut self, context: &mut Context<'_>) -> Poll<Round<T>> {
        let mut answered = Vec::new();
        self.collect(context, &mut answered);
        if answered.is_empty() {
            return Poll::Pending;
        }
        self.collect(context, &mut answered);
        Poll::Ready(Round { answered })
    }

    fn collect(
        &mut self,
        context: &mut Context<'_>,
        answered: &mut Vec<(Option<T>, lapin::Result<Confirmation>)>,
    ) {
        self.all.retain_mut(|flight| match flight.confirmed.poll_unpin(context) {
            Poll::Pending => true,
            Poll::Ready(outcome) => {
                answered.push((flight.whom.take(), outcome));
                false
            }
        });
    }

    /// Those whose time is over; they stay in flight, for nobody.
    pub(crate) fn late(&mut self, now: Instant) -> Vec<T> {
        let late = self.all.iter_mut().take_while(|flight| flight.until <= now);
        late.filter_map(|flight| flight.whom.take()).collect()
    }

    /// All who still wait; the messages stay in flight, for nobody.
    pub(crate) fn release(&mut self) -> Vec<T> {
        self.all.iter_mut().filter_map(|flight| flight.whom.take()).collect()
    }
}

impl<T> Round<T> {
    /// Whether one of them came back because its queue is gone: then none of the others may be believed.
    pub(crate) fn has_returned(&self) -> bool {
        self.answered.iter().any(|(_, outcome)| {
            matches!(outcome, Ok(Confirmation::Ack(Some(_)) | Confirmation::Nack(Some(_))))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::sync::oneshot;

    fn flights(count: usize) -> (Flights<usize>, Vec<oneshot::Sender<Confirmation>>) {
        let mut flights = Flights::new();
        let now = Instant::now();
        let senders = (0..count).map(|number| {
            let (sender, receiver) = oneshot::channel();
            let confirmed = async { Ok(receiver.await.expect("answered")) };
            flights.add(confirmed, Some(number), now + Duration::from_secs(number as u64));
            sender
        });
        let senders = senders.collect();
        (flights, senders)
    }

    #[tokio::test]
    async fn answers_come_in_rounds_and_each_once() {
        let (mut flights, mut senders) = flights(3);
        senders.pop().unwrap().send(Confirmation::Ack(None)).unwrap();
        let round = flights.round().await;
        assert_eq!(round.answered.iter().map(|(whom, _)| *whom).collect::<Vec<_>>(), [Some(2)]);
        assert!(!round.has_returned());
        for sender in senders {
            sender.send(Confirmation::Nack(None)).unwrap();
        }
        assert_eq!(flights.round().await.answered.len(), 2);
        assert_eq!(flights.len(), 0);
    }

    #[tokio::test]
    async fn who_was_told_is_not_told_again() {
        let (mut flights, senders) = flights(3);
        assert_eq!(flights.late(Instant::now() + Duration::from_millis(1500)), [0, 1]);
        assert_eq!(flights.release(), [2]);
        assert!(flights.release().is_empty());
        for sender in senders {
            sender.send(Confirmation::Ack(None)).unwrap();
        }
        assert!(flights.round().await.answered.iter().all(|(whom, _)| whom.is_none()));
    }

    /// The library hands a returned message to the confirmation of a neighbour: nobody in the round may trust his own.
    #[tokio::test]
    async fn an_answer_that_came_before_is_in_the_same_round() {
        let (mut flights, senders) = flights(2);
        let mut senders = senders.into_iter();
        let (first, second) = (senders.next().unwrap(), senders.next().unwrap());
        // The first is looked at, then answered, and only then the second.
        let mut answers = Some((first, second));
        let meddling = async move {
            let (first, second) = answers.take().unwrap();
            first.send(Confirmation::Ack(None)).unwrap();
            second.send(Confirmation::Ack(None)).unwrap();
            Ok(Confirmation::NotRequested)
        };
        flights.add(meddling, Some(9), Instant::now());
        let round = flights.round().await;
        let mut whom: Vec<_> = round.answered.iter().filter_map(|(whom, _)| *whom).collect();
        whom.sort_unstable();
        assert_eq!(whom, [0, 1, 9]);
    }
}
