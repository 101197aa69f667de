//! `GET /jobs`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::LINK;
use axum::http::{HeaderValue, StatusCode, Uri};
use axum::response::Response;
use tally_jobs::options::Label;
use tally_jobs::ports::{JobQuery, ListError};
use tally_jobs::record::{Attribute, Job};
use tally_jobs::state::JobState;
use tally_kernel::{Cursor, Fault, OwnerId, Page, PublicUrl, Timestamp};
use tally_wordcount::stored::input::HOST;
use tally_wordcount::{CountRecord, WordList};
use url::form_urlencoded::Serializer;

use super::{faulty, json, tagged, to_json};
use crate::deps::Api;
use crate::dto::{JobBody, ListBody};
use crate::params::{Params, query_pairs, whole};
use crate::problem::Problem;

/// What a list may be narrowed by.
pub(crate) const FILTERS: [&str; 7] = ["state", "host", "since", "until", "q", "limit", "cursor"];
/// How many jobs a page has when nothing is said.
const LIMIT: usize = 50;
/// How many it may have.
const MOST: u64 = 1_000;
/// The longest text to look for, and the longest host, in bytes.
const LONGEST_TEXT: usize = 256;
/// The longest cursor, in bytes.
pub(super) const LONGEST_CURSOR: usize = 512;

/// Lists jobs, the newest first.
pub(crate) async fn list(State(api): State<Arc<Api>>, uri: Uri) -> Result<Response, Problem> {
    let (query, page) = wanted(&uri)?;
    let slice = api.deps.query.catalogue.list(&query, &page).await.map_err(|error| match error {
        ListError::BadCursor => Problem::of_input("?cursor", error.to_string()),
        ListError::Fault(fault) => faulty(&api, &fault),
    })?;
    let mut unreadable = slice.unreadable;
    let mut counted = Vec::with_capacity(slice.items.len());
    for job in &slice.items {
        match count_without_detail(job) {
            Ok(count) => counted.push((job, count)),
            // One job that cannot be read does not hide the others.
            Err(fault) => {
                tracing::error!(job.id = %job.id, %fault, "a stored job cannot be read and is left out of a list");
                unreadable += 1;
            }
        }
    }
    let next = slice.next.map(|cursor| next_path(&uri, cursor.as_str())).transpose()?;
    let link = next.as_deref().and_then(next_link);
    let jobs = counted.iter().map(|(job, count)| JobBody::of(job, count)).collect();
    let body = ListBody { jobs, next, unreadable };
    let mut response = tagged(to_json(&body)?, |body| json(StatusCode::OK, body));
    if let Some(link) = link {
        response.headers_mut().insert(LINK, link);
    }
    Ok(response)
}

/// What a job of a list shows: no words, n-grams or differences, which would be most of a page. An older summary may
/// hold the last two.
fn count_without_detail(job: &Job) -> Result<CountRecord, Fault> {
    let mut count = CountRecord::of(job)?;
    if let Some(report) = &mut count.report {
        report.ngrams = WordList::default();
        report.differences = None;
    }
    Ok(count)
}

fn wanted(uri: &Uri) -> Result<(JobQuery, Page), Problem> {
    let mut params = Params::of(uri.query(), &FILTERS, &["label"])?;
    let states = || format!("one of {}", JobState::ALL.map(JobState::as_str).join(", "));
    let moment = || "a time by RFC 3339, such as 2026-01-31T12:00:00Z (a + must be sent as %2B)".to_owned();
    let bounded =
        |text: &str| (1..=LONGEST_TEXT).contains(&text.len()) && !text.chars().any(char::is_control);
    let query = JobQuery {
        owner: OwnerId::LOCAL,
        state: params.read("state", states, JobState::parse),
        attribute: params
            .read("host", || "a host name or address, such as example.com".to_owned(), host)
            .map(|value| Attribute { name: HOST.into(), value }),
        since: params.read("since", moment, Timestamp::parse),
        until: params.read("until", moment, Timestamp::parse),
        text: params.read(
            "q",
            || format!("1 to {LONGEST_TEXT} bytes without control characters"),
            |text| bounded(text).then(|| text.to_owned()),
        ),
        labels: labels(&mut params),
    };
    let limit =
        params.read("limit", || format!("a whole number from 1 to {MOST}"), |text| whole(text, 1..=MOST));
    let cursor = params.read("cursor", || "the `next` of an earlier page, unchanged".to_owned(), cursor);
    params.finish()?;
    let limit = limit.and_then(|limit| limit.try_into().ok()).unwrap_or(LIMIT);
    Ok((query, Page { limit, cursor }))
}

fn labels(params: &mut Params<'_>) -> Vec<Label> {
    let read = |text: &str| text.split_once(':').and_then(|(name, value)| Label::new(name, value));
    let read: Vec<_> = params.all("label").map(read).collect();
    if read.len() > Label::MOST || read.iter().any(Option::is_none) {
        params.refuse(
            "label",
            format!("up to {} times a name and a value, as in label=team:docs", Label::MOST),
        );
    }
    read.into_iter().flatten().collect()
}

/// A host in the normal form that addresses have. What has none is looked for as it is, and found nowhere.
fn host(text: &str) -> Option<String> {
    let is_literal = text.starts_with('[') && text.ends_with(']') && text.len() > 2;
    let inner = if is_literal { &text[1..text.len() - 1] } else { text };
    let plain = if is_literal {
        |c: char| c.is_ascii_hexdigit() || c == ':' || c == '.'
    } else {
        |c: char| !c.is_control() && !c.is_whitespace() && !"/?#@:\\[]%".contains(c)
    };
    let fits = (1..=LONGEST_TEXT).contains(&inner.chars().count()) && inner.chars().all(plain);
    let normal =
        |text: &str| PublicUrl::parse(&format!("http://{text}/")).ok().map(|url| url.host().to_owned());
    fits.then(|| normal(text).unwrap_or_else(|| text.to_lowercase()))
}

/// A cursor as it may have come from us: visible ASCII within bounds. Whether it means anything, the store knows.
pub(super) fn cursor(text: &str) -> Option<Cursor> {
    let plain =
        (1..=LONGEST_CURSOR).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    plain.then(|| Cursor::new(text))
}

/// The path of the next page: the same request with another cursor.
pub(super) fn next_path(uri: &Uri, cursor: &str) -> Result<String, Problem> {
    let mut query = Serializer::new(String::new());
    for (name, value) in query_pairs(uri.query())?.iter().filter(|(name, _)| name != "cursor") {
        query.append_pair(name, value);
    }
    query.append_pair("cursor", cursor);
    Ok(format!("{}?{}", uri.path(), query.finish()))
}

/// `Link: <…>; rel="next"` (RFC 8288).
pub(super) fn next_link(path: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("<{path}>; rel=\"next\"")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_looked_for_in_its_normal_form() {
        assert_eq!(host("Example.COM").as_deref(), Some("example.com"));
        assert_eq!(host("bücher.example").as_deref(), Some("xn--bcher-kva.example"));
        assert_eq!(host("[::1]").as_deref(), Some("[::1]"));
        assert_eq!(host("0.5").as_deref(), Some("0.0.0.5"));
        assert_eq!(host("A..1.2.3.999").as_deref(), Some("a..1.2.3.999"));
        for bad in ["", "a/b", "user@host", "host:8080", "a b", "[", "[x]", "%41"] {
            assert_eq!(host(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn the_next_page_keeps_the_filters() {
        let uri: Uri = "/jobs?label=a:b%20c&cursor=old&limit=2".parse().unwrap();
        assert_eq!(next_path(&uri, "new=").unwrap(), "/jobs?label=a%3Ab+c&limit=2&cursor=new%3D");
    }
}
