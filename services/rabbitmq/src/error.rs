//! What goes wrong with a broker: what the caller may see, and what stays inside.
//!
//! Credentials never get into any of these texts.

/// The queue could not even be tried: its configuration is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The address of the broker cannot be read. It may hold a password, so it is not repeated.
    #[error("the broker's address cannot be read; it looks like amqp://user:password@host:5672/vhost")]
    BadAddress,
    /// The namespace could not be part of a queue's name.
    #[error("a namespace is 1 to 64 ASCII letters, digits, dots, underscores or hyphens")]
    BadNamespace,
}

/// Why a connection was given up. The supervisor makes the next one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// The library's reason: the net, the broker's refusal, a heartbeat that is missing.
    #[error(transparent)]
    Amqp(#[from] lapin::Error),
    /// A step that takes moments took too long.
    #[error("the broker did not answer in time ({0})")]
    Slow(&'static str),
    /// The library noticed that the connection or its channel is closed, and gave no reason.
    #[error("the connection is closed")]
    Closed,
    /// A consumer was cancelled by the broker: its queue was deleted, or it was thought too slow.
    #[error("the broker cancelled the consumer of {0}")]
    Cancelled(&'static str),
    /// A ticket came back because its queue is gone.
    #[error("the broker returned a ticket: its queue is gone")]
    Returned,
    /// No confirmation came for so long that the connection is not worth keeping.
    #[error("the broker confirms nothing any more")]
    Mute,
    /// A defect of ours.
    #[error("the task panicked")]
    Panicked,
}

/// Why an offer was refused without being sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Shut {
    /// There is no connection, or none that has answered yet.
    #[error("not connected to the broker")]
    Disconnected,
    /// The broker takes no messages: its memory or disk is short.
    #[error("the broker takes no messages just now (memory or disk alarm)")]
    Blocked,
    /// Two confirmations in a row did not come in time.
    #[error("the broker does not confirm in time")]
    Silent,
    /// The queue was shut down here.
    #[error("the queue was shut down")]
    Ended,
}

/// What happened to an offer that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Lost {
    /// No confirmation in time.
    #[error("no confirmation came in time")]
    Unconfirmed,
    /// The connection ended before the confirmation came.
    #[error("the connection to the broker ended before its confirmation")]
    Interrupted,
    /// A ticket came back at the same moment, this one or another: the broker does not say which.
    #[error("the broker had no queue for a ticket")]
    Returned,
    /// The broker refused to take it.
    #[error("the broker refused the ticket")]
    Refused,
}
