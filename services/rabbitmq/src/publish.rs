//! Offers tickets: what callers hold, and what they are told.
//!
//! One task owns the channel (`session`): the library numbers a message and queues its frames in two steps, so two tasks
//! on one channel could get each other's confirmations. Knows nothing of those who consume.

mod company;
mod session;

use std::sync::Arc;
use std::time::Duration;

use tally_jobs::model::Ticket;
use tally_kernel::{Fault, FaultKind};
use tokio::sync::{mpsc, oneshot, watch};

use crate::error::{Lost, Shut};
use crate::figures::Counters;
use crate::topology::Names;

pub(crate) use session::Publishing;

/// The most messages that wait to be sent, and the most that wait for their confirmation.
const AT_MOST: usize = 1024;

/// What is said to one who offers.
type Answer = Result<(), Fault>;

/// What is to be sent.
enum Goal {
    /// A ticket in a message of its own.
    Line(Ticket),
    /// A ticket that may travel with others.
    Light(Ticket),
    /// What is no ticket.
    Parked(Vec<u8>),
}

/// One call.
struct Request {
    goal: Goal,
    answer: oneshot::Sender<Answer>,
}

/// Answers a call of which nothing was sent.
fn refuse(asker: oneshot::Sender<Answer>, shut: Shut) {
    // Who does not wait any more needs no answer.
    let _ = asker.send(Err(Fault::because(FaultKind::Unavailable, "offer a ticket", shut)));
}

/// The near side: what callers hold.
#[derive(Clone)]
pub(crate) struct Publisher {
    requests: mpsc::Sender<Request>,
    shut: watch::Receiver<Option<Shut>>,
}

/// Both sides.
pub(crate) fn publisher(
    names: Arc<Names>,
    counters: Arc<Counters>,
    confirm_timeout: Duration,
) -> (Publisher, Publishing) {
    let (sender, requests) = mpsc::channel(AT_MOST);
    let (shut, seen) = watch::channel(Some(Shut::Disconnected));
    let near = Publisher { requests: sender, shut: seen };
    (near, Publishing::new(requests, shut, names, counters, confirm_timeout))
}

impl Publisher {
    /// Sends a ticket to its line. Ok only when the broker has it.
    pub(crate) async fn offer(&self, ticket: Ticket) -> Answer {
        self.send(Goal::Line(ticket), "offer a ticket").await
    }

    /// The same for one that may travel with others.
    pub(crate) async fn offer_light(&self, ticket: Ticket) -> Answer {
        self.send(Goal::Light(ticket), "offer a ticket").await
    }

    /// Sends what is no ticket to the parked messages.
    pub(crate) async fn park(&self, body: Vec<u8>) -> Answer {
        self.send(Goal::Parked(body), "park a message").await
    }

    /// Why offers are refused just now, and a way to wait for a change.
    pub(crate) fn shut(&self) -> watch::Receiver<Option<Shut>> {
        self.shut.clone()
    }

    async fn send(&self, goal: Goal, during: &'static str) -> Answer {
        let refused = *self.shut.borrow();
        if let Some(shut) = refused {
            return Err(Fault::because(FaultKind::Unavailable, during, shut));
        }
        let (answer, answered) = oneshot::channel();
        match self.requests.try_send(Request { goal, answer }) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Full(_)) => {
                return Err(Fault::because(FaultKind::Overloaded, during, "too many offers wait already"));
            }
            Err(mpsc::error::TrySendError::Closed(_)) => {
                return Err(Fault::because(FaultKind::Unavailable, during, Shut::Ended));
            }
        }
        answered.await.unwrap_or_else(|_| Err(Fault::because(FaultKind::Unknown, during, Lost::Interrupted)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use tally_jobs::model::JobId;
    use tally_jobs::settings::Priority;
    use uuid::Uuid;

    const TICKET: Ticket =
        Ticket { id: JobId::new(Uuid::nil()), epoch: 1, priority: Priority::Normal, redelivered: false };

    fn kind(answer: Answer) -> FaultKind {
        answer.unwrap_err().kind
    }

    #[tokio::test]
    async fn what_cannot_be_sent_is_refused_at_once_and_what_was_sent_is_unknown() {
        let (requests, far) = mpsc::channel(1);
        let (show, shut) = watch::channel(None);
        let publisher = Publisher { requests, shut };
        let mut waiting = Box::pin(publisher.offer(TICKET));
        assert!((&mut waiting).now_or_never().is_none(), "it waits for its confirmation");
        let full = publisher.offer(TICKET).now_or_never().expect("at once");
        assert_eq!(kind(full), FaultKind::Overloaded);
        for reason in [Shut::Disconnected, Shut::Blocked, Shut::Silent] {
            show.send_replace(Some(reason));
            let refused = publisher.offer(TICKET).now_or_never().expect("at once");
            assert_eq!(kind(refused), FaultKind::Unavailable, "{reason}");
        }
        drop(far);
        assert_eq!(kind(waiting.await), FaultKind::Unknown);
        show.send_replace(None);
        assert_eq!(kind(publisher.offer(TICKET).await), FaultKind::Unavailable, "it was shut down");
    }
}
