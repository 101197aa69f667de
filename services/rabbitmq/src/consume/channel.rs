//! The words of one channel that consumes: subscriptions with their ends told, and answers sent in one go.
//!
//! Knows the library; what a delivery means is the session's affair.

use futures_util::StreamExt;
use futures_util::future::try_join_all;
use futures_util::stream::{BoxStream, SelectAll, once};
use lapin::Channel;
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicNackOptions};
use lapin::types::FieldTable;
use tally_jobs::settings::Priority;

use crate::acks::Answer;
use crate::error::Trouble;
use crate::topology::Names;

/// Where a delivery comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Line(Priority),
    Dead,
}

impl Origin {
    /// All of them, in the order of subscription.
    pub(super) const ALL: [Self; 4] = {
        let [first, second, third] = Priority::ALL;
        [Self::Line(first), Self::Line(second), Self::Line(third), Self::Dead]
    };

    /// The queue.
    pub(super) fn queue(self, names: &Names) -> &str {
        match self {
            Self::Line(priority) => names.line(priority),
            Self::Dead => &names.dead,
        }
    }
}

/// What a subscription yields.
pub(super) type Item = (Origin, Option<lapin::Result<Delivery>>);
pub(super) type Items = SelectAll<BoxStream<'static, Item>>;

/// Subscribes to a queue. After the last delivery the stream says that it has ended.
pub(super) async fn subscribe(
    channel: &Channel,
    queue: &str,
    from: Origin,
) -> Result<BoxStream<'static, Item>, Trouble> {
    let options = BasicConsumeOptions::default();
    let consumer =
        channel.basic_consume(queue.into(), tag_of(from).into(), options, FieldTable::default()).await?;
    let items = consumer.map(move |delivery| (from, Some(delivery)));
    Ok(items.chain(once(async move { (from, None) })).boxed())
}

/// The consumer's name on its channel.
pub(super) const fn tag_of(from: Origin) -> &'static str {
    match from {
        Origin::Line(priority) => priority.as_str(),
        Origin::Dead => "dead",
    }
}

/// Sends all answers at once, in their order. Ends when they have left.
pub(super) async fn tell(channel: &Channel, answers: Vec<Answer>) -> Result<(), Trouble> {
    // All are queued when they are first polled, one after the other; then they are waited for.
    try_join_all(answers.into_iter().map(|answer| async move {
        match answer {
            Answer::Ack { tag, multiple } => channel.basic_ack(tag, BasicAckOptions { multiple }).await,
            Answer::Nack { tag, requeue } => {
                channel.basic_nack(tag, BasicNackOptions { requeue, multiple: false }).await
            }
        }
    }))
    .await?;
    Ok(())
}
