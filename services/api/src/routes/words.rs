//! `GET /jobs/{id}/words`: the whole histogram, in pages of JSON or in one stream of CSV or NDJSON.

mod word_stream;

use std::cmp::Reverse;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, LINK, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use tally_jobs::id::JobId;
use tally_jobs::ports::WithAttachment;
use tally_kernel::{Fault, FaultKind, OwnerId};
use tally_wordcount::WordList;
use tally_wordcount::stored::REMAINING_WORDS;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use super::list::{next_link, next_path};
use super::read::here;
use super::{count_record, faulty, job_id, json, tagged, to_json};
use crate::accept::{AcceptedTypes, Weight};
use crate::deps::Api;
use crate::dto::{WordBody, WordsBody};
use crate::params::{Params, whole};
use crate::problem::{Problem, ProblemKind};

pub(crate) const PARAMETERS: [&str; 4] = ["sort", "limit", "cursor", "format"];
/// How many words a page of JSON has when nothing is said.
const LIMIT: usize = 1_000;
/// How many it may have.
const MOST: u64 = 100_000;

/// The order of words.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Count,
    Word,
}

/// The forms of the answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Csv,
    Ndjson,
}

#[derive(Clone, Copy)]
struct Wanted {
    /// The form that the query names, otherwise that of `Accept`: a link on a page has no say in `Accept`.
    form: Form,
    sort: Sort,
    limit: Option<usize>,
    from: usize,
}

/// Shows a job's words.
pub(crate) async fn words(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    uri: Uri,
    request: Request,
) -> Result<Response, Problem> {
    let wanted = Wanted::of(&uri, request.headers())?;
    let form = wanted.form;
    let id = job_id(&id)?;
    let mut response = match form {
        Form::Json => page(&api, id, uri, wanted).await?,
        Form::Csv | Form::Ndjson => streamed(api, id, wanted).await?,
    };
    response.headers_mut().append(VARY, HeaderValue::from_static("accept"));
    Ok(response)
}

/// A place for a word list in memory.
async fn histogram_slot(api: &Api) -> Result<OwnedSemaphorePermit, Problem> {
    let waiting = Arc::clone(&api.histograms).acquire_owned();
    let busy = || {
        let detail = "as many word lists as Tally shows at once are being shown; try again";
        Problem::new(ProblemKind::Overloaded, detail).retry_after(2)
    };
    match timeout(api.options.histogram_patience, waiting).await {
        Ok(Ok(slot)) => Ok(slot),
        _ => Err(busy()),
    }
}

/// Every word of a job with its count. Stored words take a third of the memory of a map or of strings.
struct JobWords {
    top: WordList,
    remaining: WordList,
    complete: bool,
    left_out: u64,
}

async fn load(api: &Api, id: JobId) -> Result<JobWords, Problem> {
    let found = api.deps.query.catalogue.find_with_attachment(&OwnerId::LOCAL, id, &REMAINING_WORDS).await;
    let WithAttachment { job, bytes } = here(found.map_err(|fault| faulty(api, &fault))?)?;
    let report = count_record(api, &job)?.report.ok_or_else(not_counted)?;
    let remaining = WordList::from_some(bytes).map_err(|damaged| {
        faulty(api, &Fault::because(FaultKind::Corrupt, "read the words of a job", damaged))
    })?;
    let (complete, left_out) = (report.histogram_complete, report.histogram_left_out);
    Ok(JobWords { top: report.top_words, remaining, complete, left_out })
}

impl JobWords {
    fn sorted(&self, by: Sort) -> Vec<(&str, u64)> {
        let mut words = Vec::with_capacity(self.top.len() + self.remaining.len());
        words.extend(self.top.iter().chain(self.remaining.iter()));
        match by {
            Sort::Word => words.sort_unstable(),
            Sort::Count => words.sort_unstable_by_key(|&(word, count)| (Reverse(count), word)),
        }
        words
    }
}

/// Runs on a thread of its own: hundreds of thousands of words would delay other requests.
async fn blocking<T: Send + 'static>(
    api: &Api,
    run: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    let running = api.deps.tasks.spawn_blocking(run);
    running.await.map_err(|died| Problem::defect(format!("sorting words died: {died}")))
}

async fn page(api: &Api, id: JobId, uri: Uri, wanted: Wanted) -> Result<Response, Problem> {
    let _slot = histogram_slot(api).await?;
    let words = load(api, id).await?;
    let (body, link) = blocking(api, move || body_of_page(id, &uri, wanted, &words)).await??;
    let mut response = tagged(body, |body| json(StatusCode::OK, body));
    if let Some(link) = link {
        response.headers_mut().insert(LINK, link);
    }
    Ok(response)
}

fn body_of_page(
    id: JobId,
    uri: &Uri,
    wanted: Wanted,
    words: &JobWords,
) -> Result<(Bytes, Option<HeaderValue>), Problem> {
    let sorted = words.sorted(wanted.sort);
    let from = wanted.from.min(sorted.len());
    let until = from.saturating_add(wanted.limit.unwrap_or(LIMIT)).min(sorted.len());
    let next = (until < sorted.len()).then(|| next_path(uri, &until.to_string())).transpose()?;
    let link = next.as_deref().and_then(next_link);
    let shown = sorted[from..until].iter().map(|&(word, count)| WordBody { word, count }).collect();
    let &JobWords { complete, left_out, .. } = words;
    let body = to_json(&WordsBody { id, total: sorted.len(), complete, left_out, words: shown, next })?;
    Ok((body, link))
}

async fn streamed(api: Arc<Api>, id: JobId, wanted: Wanted) -> Result<Response, Problem> {
    let form = wanted.form;
    let mut response = Body::from_stream(word_stream::stream(api, id, wanted).await?).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(form.media_type()));
    let name = format!("attachment; filename=\"{id}.{}\"", form.extension());
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

impl Wanted {
    fn of(uri: &Uri, headers: &HeaderMap) -> Result<Self, Problem> {
        let mut params = Params::of(uri.query(), &PARAMETERS, &[])?;
        let sort =
            params.read("sort", || "one of count, word".to_owned(), Sort::parse).unwrap_or(Sort::Count);
        let bounds = || format!("a whole number from 1 to {MOST}");
        let limit = params.read("limit", bounds, |text| whole(text, 1..=MOST));
        // A job's words do not change, so the number of the first word is enough.
        let unchanged = || "the cursor of an earlier page's `next`, unchanged".to_owned();
        let first = |text: &str| whole(text, 0..=999_999_999).filter(|_| text.len() <= 9);
        let from = params.read("cursor", unchanged, first).and_then(|first| first.try_into().ok());
        let form = params.read("format", || "one of json, csv, ndjson".to_owned(), Form::parse);
        params.finish()?;
        let limit = limit.and_then(|limit| limit.try_into().ok());
        let form = form.or_else(|| Form::of(headers)).ok_or_else(not_acceptable)?;
        Ok(Self { form, sort, limit, from: from.unwrap_or(0) })
    }
}

impl Sort {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "count" => Some(Self::Count),
            "word" => Some(Self::Word),
            _ => None,
        }
    }
}

impl Form {
    /// The form that the client prefers (RFC 9110, 12.5.1). `None` if it accepts none of them.
    fn of(headers: &HeaderMap) -> Option<Self> {
        let accepted = AcceptedTypes::of(headers);
        if accepted.is_empty() {
            return Some(Self::Json);
        }
        let mut best: Option<(Self, Weight)> = None;
        for form in [Self::Json, Self::Csv, Self::Ndjson] {
            let weight = accepted.weight(form.essence());
            if weight > best.map_or(0, |(_, so_far)| so_far) {
                best = Some((form, weight));
            }
        }
        best.map(|(form, _)| form)
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Json, Self::Csv, Self::Ndjson].into_iter().find(|form| form.extension() == text)
    }

    const fn essence(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv",
            Self::Ndjson => "application/x-ndjson",
        }
    }

    const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Ndjson => "application/x-ndjson",
        }
    }

    const fn extension(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
        }
    }

    fn write(self, to: &mut String, word: &str, count: u64) {
        match self {
            Self::Csv => {
                cell(to, word);
                to.push(',');
                to.push_str(&count.to_string());
                to.push_str("\r\n");
            }
            Self::Json | Self::Ndjson => {
                let line = serde_json::to_string(&WordBody { word, count });
                to.push_str(&line.expect("a text and a number have a JSON form"));
                to.push('\n');
            }
        }
    }
}

/// A cell by RFC 4180. One that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, CSV
/// injection): no word begins so, and a person who opens the file should not have to trust that.
fn cell(to: &mut String, text: &str) {
    let text = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { &format!("'{text}") } else { text };
    if text.contains([',', '"', '\r', '\n']) {
        to.push('"');
        to.push_str(&text.replace('"', "\"\""));
        to.push('"');
    } else {
        to.push_str(text);
    }
}

fn not_acceptable() -> Problem {
    let detail = "words are to be had as application/json, text/csv and application/x-ndjson";
    Problem::new(ProblemKind::NotAcceptable, detail)
}

fn not_counted() -> Problem {
    let detail =
        "the job has not succeeded, so it has no words; GET the job to see its state, or wait with ?wait=60";
    Problem::new(ProblemKind::WrongState, detail)
}

#[cfg(test)]
mod tests {
    use axum::http::header::ACCEPT;

    use super::*;

    #[test]
    fn a_formula_is_no_formula_any_more() {
        let written = |text: &str| {
            let mut to = String::new();
            cell(&mut to, text);
            to
        };
        assert_eq!(written("word"), "word");
        assert_eq!(written("=1+2"), "'=1+2");
        assert_eq!(written("@x,y"), "\"'@x,y\"");
        assert_eq!(written("say \"a\""), "\"say \"\"a\"\"\"");
    }

    #[test]
    fn the_best_form_is_given() {
        let form = |accept: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static(accept));
            Form::of(&headers).map(Form::extension)
        };
        assert_eq!(form("*/*"), Some("json"));
        assert_eq!(form("text/csv"), Some("csv"));
        assert_eq!(form("text/*;q=0.5, application/json;q=0.1"), Some("csv"));
        assert_eq!(form("application/x-ndjson, */*;q=0.1"), Some("ndjson"));
        assert_eq!(form("application/pdf"), None);
        assert_eq!(Form::of(&HeaderMap::new()).map(Form::extension), Some("json"));
    }
}
