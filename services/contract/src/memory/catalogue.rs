//! Reading the jobs in memory.

use async_trait::async_trait;
use tally_jobs::id::JobId;
use tally_jobs::parts::AttachmentName;
use tally_jobs::ports::{Census, JobCatalogue, JobQuery, ListError, Lookup, WithAttachment};
use tally_jobs::record::Job;
use tally_jobs::state::JobState;
use tally_kernel::{Cursor, Fault, OwnerId, Page, Slice};

use super::MemoryStore;
use super::store::Record;

#[async_trait]
impl JobCatalogue for MemoryStore {
    async fn find(&self, owner: &OwnerId, id: JobId) -> Result<Lookup<Job>, Fault> {
        Ok(look_up(self, owner, id, |record| record.job.clone()))
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
            items.push(without_detail(record.job.clone()));
        }
        let next = found.peek().map(|_| Cursor::new(format!("memory-{last}")));
        Ok(Slice { items, next, unreadable: 0 })
    }

    async fn find_with_attachment(
        &self,
        owner: &OwnerId,
        id: JobId,
        name: &AttachmentName,
    ) -> Result<Lookup<WithAttachment>, Fault> {
        Ok(look_up(self, owner, id, |record| {
            let attachment = record.attachments.iter().find(|one| one.name == *name);
            WithAttachment { job: record.job.clone(), bytes: attachment.map(|one| one.bytes.clone()) }
        }))
    }

    async fn census(&self) -> Result<Census, Fault> {
        let state = self.lock();
        let count = |wanted| state.jobs.values().filter(|one| one.job.state == wanted).count() as u64;
        let waiting = state.jobs.values().filter(|one| one.job.state == JobState::Queued);
        Ok(Census {
            queued: count(JobState::Queued),
            running: count(JobState::Running),
            oldest_due_at: waiting.map(|one| one.job.due_at).min(),
        })
    }
}

fn look_up<T>(store: &MemoryStore, owner: &OwnerId, id: JobId, read: impl FnOnce(&Record) -> T) -> Lookup<T> {
    let state = store.lock();
    match state.get(id) {
        Some(record) if record.job.owner != *owner => Lookup::Unknown,
        Some(record) => Lookup::Found(read(record)),
        None if state.gone.contains(&id) => Lookup::Gone,
        None => Lookup::Unknown,
    }
}

fn matches(query: &JobQuery, job: &Job) -> bool {
    let subject = job.subject.as_deref().unwrap_or_default();
    let holds = |text: &String| {
        let text = text.to_ascii_lowercase();
        subject.to_ascii_lowercase().contains(&text) || job.id.to_string().contains(&text)
    };
    job.owner == query.owner
        && query.state.is_none_or(|state| job.state == state)
        && query.labels.iter().all(|label| job.options.labels.contains(label))
        && query.attribute.as_ref().is_none_or(|wanted| job.attributes.contains(wanted))
        && query.since.is_none_or(|since| job.created_at >= since)
        && query.until.is_none_or(|until| job.created_at < until)
        && query.text.as_ref().is_none_or(holds)
}

fn without_detail(mut job: Job) -> Job {
    job.parts.detail.clear();
    job
}
