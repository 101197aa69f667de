//! Reading the jobs in memory.

use std::sync::Arc;

use async_trait::async_trait;
use tally_count::Histogram;
use tally_jobs::model::{Job, JobId, Source};
use tally_jobs::ports::{Census, JobCatalogue, JobQuery, ListError, Lookup};
use tally_jobs::state::State;
use tally_jobs::words::WordList;
use tally_kernel::{Cursor, Fault, Page, Slice};

use super::MemoryStore;
use super::store::Record;

#[async_trait]
impl JobCatalogue for MemoryStore {
    async fn find(&self, id: JobId) -> Result<Lookup<Job>, Fault> {
        Ok(look_up(self, id, |record| record.job.clone()))
    }

    async fn list(&self, query: &JobQuery, page: &Page) -> Result<Slice<Job>, ListError> {
        let before = match &page.cursor {
            None => u64::MAX,
            Some(cursor) => {
                let number = cursor.as_str().strip_prefix("memory-").and_then(|text| text.parse().ok());
                number.ok_or(ListError::BadCursor)?
            }
        };
        let state = self.lock();
        let found = state.jobs.range(..before).rev().filter(|(_, record)| matches(query, &record.job));
        let mut found = found.take(page.limit + 1).peekable();
        let (mut items, mut last) = (Vec::new(), before);
        while items.len() < page.limit
            && let Some((place, record)) = found.next()
        {
            last = *place;
            items.push(without_words(record.job.clone()));
        }
        let next = found.peek().map(|_| Cursor::new(format!("memory-{last}")));
        Ok(Slice { items, next })
    }

    async fn words(&self, id: JobId) -> Result<Lookup<Option<Histogram>>, Fault> {
        Ok(look_up(self, id, |record| record.histogram.clone()))
    }

    async fn census(&self) -> Result<Census, Fault> {
        let state = self.lock();
        let count = |wanted| state.jobs.values().filter(|one| one.job.state == wanted).count() as u64;
        let waiting = state.jobs.values().filter(|one| one.job.state == State::Queued);
        Ok(Census {
            queued: count(State::Queued),
            running: count(State::Running),
            oldest_due_at: waiting.map(|one| one.job.due_at).min(),
        })
    }
}

fn look_up<T>(store: &MemoryStore, id: JobId, read: impl FnOnce(&Record) -> T) -> Lookup<T> {
    let state = store.lock();
    match state.get(id) {
        Some(record) => Lookup::Found(read(record)),
        None if state.gone.contains(&id) => Lookup::Gone,
        None => Lookup::Unknown,
    }
}

fn matches(query: &JobQuery, job: &Job) -> bool {
    let (host, name) = match &job.source {
        Source::Url(address) => (Some(address.host()), address.as_str()),
        Source::File { name, .. } => (None, name.as_deref().unwrap_or_default()),
        Source::Text { .. } => (None, ""),
    };
    let holds = |text: &String| {
        let text = text.to_ascii_lowercase();
        name.to_ascii_lowercase().contains(&text) || job.id.to_string().contains(&text)
    };
    query.state.is_none_or(|state| job.state == state)
        && query.labels.iter().all(|label| job.settings.labels.contains(label))
        && query.host.as_deref().is_none_or(|wanted| host == Some(wanted))
        && query.since.is_none_or(|since| job.created_at >= since)
        && query.until.is_none_or(|until| job.created_at < until)
        && query.text.as_ref().is_none_or(holds)
}

fn without_words(mut job: Job) -> Job {
    if let Some(report) = &mut job.report {
        Arc::make_mut(report).top_words = WordList::default();
    }
    job
}
