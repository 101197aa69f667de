//! One fetch at a host: holds its place until the body was read, and tells what its end says of the host.
//!
//! Counts nothing and decides nothing; `hosts` does.

use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::unfold;
use tally_kernel::{Clock, Ids};

use crate::address::PublicUrl;
use crate::events::{Event, Events};
use crate::failure::Failure;
use crate::hosts::{News, Place, Verdict};
use crate::ports::{ByteStream, FetchLimits, Fetched, Fetcher, StreamError, Unfetched};

/// A place, and who is told of it.
pub(crate) struct Visit {
    place: Option<Place>,
    /// What is known of the host when nobody reads on.
    so_far: Verdict,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    events: Arc<dyn Events>,
}

impl Visit {
    pub(crate) fn new(
        place: Place,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        events: Arc<dyn Events>,
    ) -> Self {
        Self { place: Some(place), so_far: Verdict::Nothing, clock, ids, events }
    }

    /// Fetches. The place is held for as long as the body is, unless that ends before.
    pub(crate) async fn fetch(
        mut self,
        fetcher: &dyn Fetcher,
        address: &PublicUrl,
        limits: &FetchLimits,
    ) -> Result<Fetched, Failure> {
        let is_here = |answered: &PublicUrl| answered.host_and_port() == address.host_and_port();
        match fetcher.open(address, limits).await {
            Ok(fetched) => {
                // Who stops reading here, because he does not read such documents, has been answered.
                self.so_far = Verdict::Answers;
                let is_here = is_here(&fetched.final_url);
                Ok(Fetched { body: self.attend(fetched.body, is_here), ..fetched })
            }
            Err(Unfetched { final_url, failure }) => {
                // Who led elsewhere has answered; what failed there is not this host's.
                self.so_far = if is_here(&final_url) { Verdict::of(&failure) } else { Verdict::Answers };
                Err(failure)
            }
        }
    }

    /// The same body; its end, or what breaks it off, is the end of the visit. A body that
    /// does not come from here, but from where a redirect led, says nothing bad of this host.
    fn attend(self, body: ByteStream, is_here: bool) -> ByteStream {
        Box::pin(unfold((body, self), move |(mut body, mut visit)| async move {
            let piece = body.next().await?;
            if let Err(StreamError::Failed(failure)) = &piece {
                if is_here {
                    visit.so_far = Verdict::of(failure);
                }
                visit.end();
            }
            Some((piece, (body, visit)))
        }))
    }

    fn end(&mut self) {
        let Some(place) = self.place.take() else { return };
        let host = place.host().to_owned();
        match place.end(self.so_far, self.clock.now(), self.ids.chance()) {
            Some(News::Away(until)) => self.events.tell(Event::HostAway { host: &host, until }),
            Some(News::Back) => self.events.tell(Event::HostBack { host: &host }),
            None => {}
        }
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.end();
    }
}
