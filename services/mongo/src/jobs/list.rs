//! One page of a list of jobs, the newest first.
//!
//! A page looks at a bounded number of jobs, however few of them are wanted: a filter that matches nothing among a
//! million jobs answers with an empty page that has a `next`, and the client goes on from there.

use std::collections::HashMap;

use bson::{Document, RawDocument, RawDocumentBuf, doc};
use mongodb::Database;
use mongodb::error::Result as Driven;
use mongodb::options::ReadConcern;
use tally_jobs::model::{Job, JobId, Source};
use tally_jobs::ports::JobQuery;
use tally_jobs::state::State;
use tally_kernel::{Fault, Slice, Timestamp};

use super::aside::Aside;
use super::cursor::{self, Place};
use super::finds;
use crate::calls::Calls;
use crate::codec::record::{self, Stored, both_ids, id_of, name_of};
use crate::codec::{asked, moment};
use crate::error::Effect;
use crate::schema::JOBS;

const DURING: &str = "list jobs";
/// How many jobs a page looks at: about a megabyte of candidates.
const LOOKED_AT: usize = 10_000;

/// What a look came to: the places of the page, and where the next one begins when there may be one.
type Found = (Vec<Place>, Option<Place>);

/// Reads the page before this place.
pub async fn page(
    calls: &Calls,
    aside: &Aside,
    query: &JobQuery,
    before: Option<Place>,
    limit: usize,
) -> Result<Slice<Job>, Fault> {
    let (limit, wanted) = (limit.max(1), query.clone());
    let (places, next) =
        calls.run(Effect::Read, DURING, move |database| look(database, wanted, before, limit)).await?;
    let ids: Vec<_> = places.iter().map(|place| place.id).collect();
    let mut documents = calls.run(Effect::Read, DURING, move |database| records(database, ids)).await?;
    let items = places.iter().filter_map(|place| {
        let document = documents.remove(&place.id)?;
        match record::read(&document) {
            // It may have changed since it was looked at.
            Ok(Stored::Job(record)) => Some(record.job).filter(|job| matches(query, job)),
            Ok(Stored::Gone(_)) => None,
            Err(why) => {
                aside.tell(&document, &why);
                None
            }
        }
    });
    Ok(Slice { items: items.collect(), next: next.map(cursor::write) })
}

/// Looks for the places of a page: by the narrowest index, and by what a few small fields tell.
async fn look(database: Database, query: JobQuery, before: Option<Place>, limit: usize) -> Driven<Found> {
    let jobs = database.collection::<RawDocumentBuf>(JOBS);
    let fields = doc! { "seq": 1, "created": 1, "source.name": 1, "source.host": 1, "labels": 1 };
    let find = jobs.find(narrowed(&query, before)).sort(doc! { "seq": -1, "_id": -1 }).projection(fields);
    let mut candidates = find.batch_size(1_000).read_concern(ReadConcern::majority()).await?;
    let (mut places, mut looked_at, mut last) = (Vec::new(), 0, None);
    while candidates.advance().await? {
        let candidate = candidates.current();
        let Some(place) = place(candidate).filter(|place| before.is_none_or(|before| *place < before)) else {
            continue;
        };
        if places.last() == Some(&place) {
            // One that ends just now: it stands here twice.
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

async fn records(database: Database, ids: Vec<JobId>) -> Driven<HashMap<JobId, RawDocumentBuf>> {
    let jobs = database.collection::<RawDocumentBuf>(JOBS);
    let these = doc! { "_id": { "$in": ids.into_iter().flat_map(both_ids).collect::<Vec<_>>() } };
    let light = doc! { "content": 0, "top": 0, "rest": 0 };
    let mut cursor = jobs.find(these).projection(light).read_concern(ReadConcern::majority()).await?;
    let mut records = HashMap::new();
    while cursor.advance().await? {
        let document = cursor.current();
        if let Some((id, is_end)) = name_of(document) {
            finds::put(&mut records, id, is_end, document);
        }
    }
    Ok(records)
}

/// The narrowest set that an index holds.
fn narrowed(query: &JobQuery, before: Option<Place>) -> Document {
    let states: Vec<_> = match query.state {
        Some(state) => vec![state.as_str()],
        None => State::ALL.map(State::as_str).into(),
    };
    let mut filter = doc! { "state": { "$in": states } };
    if let Some(before) = before {
        filter.insert("seq", doc! { "$lte": before.seq });
    }
    if let Some(label) = query.labels.first() {
        filter.insert("labels", asked::label(label));
    }
    if let Some(host) = &query.host {
        filter.insert("source.host", host);
    }
    if let Some(id) = query.text.as_deref().and_then(JobId::parse) {
        filter.insert("_id", doc! { "$in": both_ids(id).to_vec() });
    }
    filter
}

fn place(candidate: &RawDocument) -> Option<Place> {
    Some(Place { seq: candidate.get_i64("seq").ok()?, id: id_of(candidate)? })
}

/// What can be said without the whole record.
fn may_match(query: &JobQuery, candidate: &RawDocument, id: JobId) -> bool {
    let created = candidate.get_datetime("created").map(moment).unwrap_or(Timestamp::from_ms(0));
    let has = |wanted: &str| {
        let labels = candidate.get_array("labels").into_iter().flatten().flatten();
        labels.into_iter().any(|label| label.as_str() == Some(wanted))
    };
    query.since.is_none_or(|since| created >= since)
        && query.until.is_none_or(|until| created < until)
        && query.labels.iter().skip(1).all(|label| has(&asked::label(label)))
        && query.text.as_deref().is_none_or(|text| {
            let source = candidate.get_document("source").ok();
            let name = source.and_then(|source| source.get_str("name").ok());
            name.is_some_and(|name| holds_ignoring_case(name, text))
                || holds_ignoring_case(&id.to_string(), text)
        })
}

/// What the whole record says, for what may have changed and for what an index may be wrong about.
fn matches(query: &JobQuery, job: &Job) -> bool {
    let host = match &job.source {
        Source::Url(address) => Some(address.host()),
        Source::File { .. } | Source::Text { .. } => None,
    };
    query.state.is_none_or(|state| job.state == state)
        && query.labels.iter().all(|label| job.settings.labels.contains(label))
        && query.host.as_deref().is_none_or(|wanted| host == Some(wanted))
}

/// Whether `text` occurs in `whole`, whatever the case of ASCII letters.
fn holds_ignoring_case(whole: &str, text: &str) -> bool {
    let (whole, text) = (whole.as_bytes(), text.as_bytes());
    text.is_empty() || whole.windows(text.len()).any(|part| part.eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests {
    use super::holds_ignoring_case;

    #[test]
    fn text_is_found_whatever_the_case_of_ascii_letters() {
        assert!(holds_ignoring_case("https://Example.com/100%_a", "example.COM/100%"));
        assert!(holds_ignoring_case("x", ""));
        assert!(!holds_ignoring_case("https://example.com", "example_com"));
        assert!(!holds_ignoring_case("Ä", "ä"));
    }
}
