//! What goes wrong with a broker. None of these texts ever holds credentials.

/// The configuration of the queue is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RabbitConfigError {
    /// The broker's address cannot be parsed. The text does not repeat it: it may hold a password.
    #[error("the broker's address cannot be read; it looks like amqp://user:password@host:5672/vhost")]
    BadAddress,
    /// The namespace cannot be part of a queue's name.
    #[error("a namespace is 1 to 64 ASCII letters, digits, dots, underscores or hyphens")]
    BadNamespace,
}

/// Why a connection was given up. The reconnect loop opens the next one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectionError {
    /// The library's reason: the network, a refusal by the broker, a missing heartbeat.
    #[error(transparent)]
    Amqp(#[from] lapin::Error),
    /// A step that normally takes milliseconds hit its time limit.
    #[error("the broker did not answer in time ({0})")]
    Timeout(&'static str),
    /// The connection or one of its channels is closed, and the library gave no reason.
    #[error("the connection is closed")]
    Closed,
    /// The broker cancelled a consumer: its queue was deleted, or it was too slow to acknowledge.
    #[error("the broker cancelled the consumer of {0}")]
    ConsumerCancelled(&'static str),
    /// A published message came back because its queue is gone.
    #[error("the broker returned a ticket: its queue is gone")]
    Returned,
    /// The probe message was not confirmed for so long that the connection is useless.
    #[error("the broker confirms nothing any more")]
    ProbeUnconfirmed,
    /// A bug in this crate.
    #[error("the task panicked")]
    Panicked,
}

/// The circuit breaker is open: nothing is published, for this reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BreakerOpen {
    /// There is no connection, or it has not confirmed anything yet.
    #[error("not connected to the broker")]
    Disconnected,
    /// The broker blocks publishers because its memory or disk is short.
    #[error("the broker accepts no messages (memory or disk alarm)")]
    Blocked,
    /// Two confirms in a row did not come in time.
    #[error("the broker does not confirm in time")]
    Unconfirmed,
    /// The queue was shut down in this process.
    #[error("the queue was shut down")]
    ShutDown,
}

/// Why a message that was sent does not count as published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PublishError {
    /// No confirm in time.
    #[error("no confirmation came in time")]
    Timeout,
    /// The connection ended before the confirm.
    #[error("the connection to the broker ended before its confirmation")]
    ConnectionLost,
    /// A message came back at the same moment. It may be another one: the library does not say which.
    #[error("the broker had no queue for a ticket")]
    Returned,
    /// The broker answered with a nack.
    #[error("the broker refused the ticket")]
    Nacked,
}
