//! The words of the channels that consume: subscriptions with their ends told, and answers sent in one go.
//!
//! Knows the library; what a delivery means is the session's affair.

use futures_util::StreamExt;
use futures_util::future::try_join_all;
use futures_util::stream::{BoxStream, SelectAll, once};
use lapin::Channel;
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicNackOptions, BasicQosOptions};
use lapin::types::FieldTable;
use tally_jobs::settings::Priority;

use crate::acks::Answer;
use crate::connect::Link;
use crate::desk::CHANNELS;
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

    /// The place of its channel.
    pub(super) const fn channel(self) -> usize {
        match self {
            Self::Line(priority) => priority as usize,
            Self::Dead => CHANNELS - 1,
        }
    }

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
/// The channels of the queues that answer, in their places.
pub(super) type Channels = [Option<Channel>; CHANNELS];

/// A queue that answers.
pub(super) struct Subscribed {
    pub(super) channel: Channel,
    /// Its deliveries; after the last one it says that it has ended.
    pub(super) items: BoxStream<'static, Item>,
}

/// Subscribes to a queue, on a channel of its own: one that waits for a queue does nothing else, and what it holds
/// already stays with it. Do not drop this before it has ended: the library takes the late answer for an offence and ends
/// the connection.
pub(super) async fn subscribe(
    link: &Link,
    queue: &str,
    from: Origin,
    prefetch: u16,
) -> Result<Subscribed, Trouble> {
    let channel = link.channel().await?;
    channel.basic_qos(prefetch, BasicQosOptions { global: false }).await?;
    let options = BasicConsumeOptions::default();
    let consumer =
        channel.basic_consume(queue.into(), tag_of(from).into(), options, FieldTable::default()).await?;
    let items = consumer.map(move |delivery| (from, Some(delivery)));
    Ok(Subscribed { channel, items: items.chain(once(async move { (from, None) })).boxed() })
}

/// The consumer's name on its channel.
pub(super) const fn tag_of(from: Origin) -> &'static str {
    match from {
        Origin::Line(priority) => priority.as_str(),
        Origin::Dead => "dead",
    }
}

/// Sends all answers at once, in their order. Ends when they have left.
pub(super) async fn tell(channels: &Channels, answers: Vec<(usize, Answer)>) -> Result<(), Trouble> {
    // All are queued when they are first polled, one after the other; then they are waited for.
    try_join_all(answers.into_iter().map(|(place, answer)| async move {
        let Some(channel) = &channels[place] else { return Ok(()) };
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
