//! One page of a list of jobs, newest first.
//!
//! A page examines a bounded number of jobs. A filter that matches nothing among a million jobs returns an empty page
//! with a `next` cursor.

use std::collections::HashMap;

use bson::{Document, RawDocument, RawDocumentBuf, doc};
use mongodb::Database;
use mongodb::error::Result as DriverResult;
use mongodb::options::ReadConcern;
use tally_jobs::id::JobId;
use tally_jobs::ports::JobQuery;
use tally_jobs::record::Job;
use tally_jobs::state::JobState;
use tally_kernel::{Fault, Slice, Timestamp};

use super::cursor::{self, ListPosition};
use super::find_by_id;
use super::quarantine::Quarantine;
use crate::codec::record::{self, Stored, both_ids, id_of, name_of};
use crate::codec::{job_options, moment};
use crate::db_executor::DbExecutor;
use crate::error::Effect;
use crate::schema::JOBS;

const DURING: &str = "list jobs";
/// Maximum jobs examined per page, about a megabyte of candidates.
const LOOKED_AT: usize = 10_000;

/// The positions of a page, and the cursor position of the next page if there may be one.
type Found = (Vec<ListPosition>, Option<ListPosition>);

/// Reads the page before this position.
pub async fn page(
    db: &DbExecutor,
    quarantine: &Quarantine,
    query: &JobQuery,
    before: Option<ListPosition>,
    limit: usize,
) -> Result<Slice<Job>, Fault> {
    let (limit, wanted) = (limit.max(1), query.clone());
    let (places, next) =
        db.run(Effect::Read, DURING, move |database| look(database, wanted, before, limit)).await?;
    let ids: Vec<_> = places.iter().map(|place| place.id).collect();
    let mut documents = db.run(Effect::Read, DURING, move |database| records(database, ids)).await?;
    let mut unreadable = 0;
    let items = places.iter().filter_map(|place| {
        let document = documents.remove(&place.id)?;
        match record::read(&document) {
            // It may have changed since the index was read.
            Ok(Stored::Job(record)) => Some(record.job).filter(|job| matches(query, job)),
            Ok(Stored::Gone(_)) => None,
            Err(why) => {
                quarantine.report_once(&document, &why);
                unreadable += 1;
                None
            }
        }
    });
    Ok(Slice { items: items.collect(), next: next.map(cursor::write), unreadable })
}

/// Finds the positions of a page by the narrowest index and a few small fields.
async fn look(
    database: Database,
    query: JobQuery,
    before: Option<ListPosition>,
    limit: usize,
) -> DriverResult<Found> {
    let jobs = database.collection::<RawDocumentBuf>(JOBS);
    let fields = doc! { "seq": 1, "created": 1, "owner": 1, "subject": 1, "labels": 1 };
    let find = jobs.find(narrowed(&query, before)).sort(doc! { "seq": -1, "_id": -1 }).projection(fields);
    let mut candidates = find.batch_size(1_000).read_concern(ReadConcern::majority()).await?;
    let (mut places, mut looked_at, mut last) = (Vec::new(), 0, None);
    while candidates.advance().await? {
        let candidate = candidates.current();
        let Some(place) = place(candidate).filter(|place| before.is_none_or(|before| *place < before)) else {
            continue;
        };
        if places.last() == Some(&place) {
            // A job that completes at the moment appears twice.
            continue;
        }
        looked_at += 1;
        if may_match(&query, candidate, place.id) {
            if places.len() == limit {
                let next = places.last().copied();
                return Ok((places, next));
            }
            places.push(place);
        }
        if looked_at == LOOKED_AT {
            last = Some(place);
            break;
        }
    }
    Ok((places, last))
}

async fn records(database: Database, ids: Vec<JobId>) -> DriverResult<HashMap<JobId, RawDocumentBuf>> {
    let jobs = database.collection::<RawDocumentBuf>(JOBS);
    let these = doc! { "_id": { "$in": ids.into_iter().flat_map(both_ids).collect::<Vec<_>>() } };
    let light = doc! { "content": 0, "detail": 0, "attached": 0 };
    let mut cursor = jobs.find(these).projection(light).read_concern(ReadConcern::majority()).await?;
    let mut records = HashMap::new();
    while cursor.advance().await? {
        let document = cursor.current();
        if let Some((id, is_end)) = name_of(document) {
            find_by_id::put(&mut records, id, is_end, document);
        }
    }
    Ok(records)
}

/// The filter that the narrowest index answers.
fn narrowed(query: &JobQuery, before: Option<ListPosition>) -> Document {
    let states: Vec<_> = match query.state {
        Some(state) => vec![state.as_str()],
        None => JobState::ALL.map(JobState::as_str).into(),
    };
    let mut filter = doc! { "state": { "$in": states } };
    if let Some(before) = before {
        filter.insert("seq", doc! { "$lte": before.seq });
    }
    if let Some(label) = query.labels.first() {
        filter.insert("labels", job_options::label(label));
    }
    if let Some(wanted) = &query.attribute {
        filter.insert("attributes", job_options::attribute(wanted));
    }
    // Jobs of `local` have no owner, and no index finds them: `may_match` checks that.
    if let Some(owner) = query.owner.stored() {
        filter.insert("owner", owner);
    }
    if let Some(id) = query.text.as_deref().and_then(JobId::parse) {
        filter.insert("_id", doc! { "$in": both_ids(id).to_vec() });
    }
    filter
}

fn place(candidate: &RawDocument) -> Option<ListPosition> {
    Some(ListPosition { seq: candidate.get_i64("seq").ok()?, id: id_of(candidate)? })
}

/// Checks the filters that need only the projected fields.
fn may_match(query: &JobQuery, candidate: &RawDocument, id: JobId) -> bool {
    let created = candidate.get_datetime("created").map(moment).unwrap_or(Timestamp::from_ms(0));
    let has = |wanted: &str| {
        let labels = candidate.get_array("labels").into_iter().flatten().flatten();
        labels.into_iter().any(|label| label.as_str() == Some(wanted))
    };
    candidate.get_str("owner").ok() == query.owner.stored()
        && query.since.is_none_or(|since| created >= since)
        && query.until.is_none_or(|until| created < until)
        && query.labels.iter().skip(1).all(|label| has(&job_options::label(label)))
        && query.text.as_deref().is_none_or(|text| {
            let subject = candidate.get_str("subject").ok();
            subject.is_some_and(|subject| holds_ignoring_case(subject, text))
                || holds_ignoring_case(&id.to_string(), text)
        })
}

/// Checks the filters on the whole record, because it may have changed and an index entry may be stale.
fn matches(query: &JobQuery, job: &Job) -> bool {
    job.owner == query.owner
        && query.state.is_none_or(|state| job.state == state)
        && query.labels.iter().all(|label| job.options.labels.contains(label))
        && query.attribute.as_ref().is_none_or(|wanted| job.attributes.contains(wanted))
}

/// Whether `text` occurs in `whole`, ignoring ASCII case.
fn holds_ignoring_case(whole: &str, text: &str) -> bool {
    let (whole, text) = (whole.as_bytes(), text.as_bytes());
    text.is_empty() || whole.windows(text.len()).any(|part| part.eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests {
    use super::holds_ignoring_case;

    #[test]
    fn search_ignores_ascii_case() {
        assert!(holds_ignoring_case("https://Example.com/100%_a", "example.COM/100%"));
        assert!(holds_ignoring_case("x", ""));
        assert!(!holds_ignoring_case("https://example.com", "example_com"));
        assert!(!holds_ignoring_case("Ä", "ä"));
    }
}
