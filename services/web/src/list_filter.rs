//! The filter of a list of jobs, from the address. What cannot be read is named, and filters nothing.

use tally_jobs::options::Label;
use tally_jobs::ports::JobQuery;
use tally_jobs::record::Attribute;
use tally_jobs::state::JobState;
use tally_kernel::{OwnerId, PublicUrl, Timestamp};
use tally_wordcount::stored::input::HOST;
use url::form_urlencoded::Serializer;

use crate::request_context::RequestContext;

/// The longest text to look for, in bytes, as in the API.
const LONGEST_TEXT: usize = 256;

/// A filter, and what was wrong with it.
pub(crate) struct ListFilter {
    pub(crate) query: JobQuery,
    pub(crate) errors: Vec<String>,
}

impl ListFilter {
    pub(crate) fn of(context: &RequestContext) -> Self {
        let mut errors = Vec::new();
        let mut read = |name: &str, wanted: &str| {
            let given = context.get(name)?;
            errors.push((name.to_owned(), given.to_owned(), wanted.to_owned()));
            Some(given)
        };
        let state =
            read("state", "queued, running, succeeded, failed or cancelled").and_then(JobState::parse);
        let text =
            read("q", "at most 256 bytes of plain text").filter(|text| is_plain(text)).map(str::to_owned);
        let host = read("host", "a host name, such as example.com").and_then(host);
        let since = read("since", "a time, such as 2026-01-31T12:00:00Z").and_then(moment);
        let until = read("until", "a time, such as 2026-01-31T12:00:00Z").and_then(moment);
        let labels: Vec<_> = context.all("label").map(label).collect();
        let bad_label = labels.iter().any(Option::is_none) || labels.len() > Label::MOST;
        let understood = |name: &str| match name {
            "state" => state.is_some(),
            "q" => text.is_some(),
            "host" => host.is_some(),
            "since" => since.is_some(),
            _ => until.is_some(),
        };
        let mut told: Vec<_> = errors
            .iter()
            .filter(|(name, ..)| !understood(name))
            .map(|(name, given, wanted)| format!("{name} is “{given}”; it must be {wanted}"))
            .collect();
        if bad_label {
            told.push("label must be a name and a value, such as team:docs".to_owned());
        }
        let attribute = host.map(|value| Attribute { name: HOST.into(), value });
        let labels = labels.into_iter().flatten().take(Label::MOST).collect();
        let query = JobQuery { owner: OwnerId::LOCAL, state, labels, attribute, since, until, text };
        Self { query, errors: told }
    }
}

/// The address of this list with one parameter changed; `None` removes it. The cursor belongs to the old list.
pub(crate) fn address_with(context: &RequestContext, name: &str, value: Option<&str>) -> String {
    let mut query = Serializer::new(String::new());
    for (field, given) in context.pairs().iter().filter(|(field, _)| field != name && field != "cursor") {
        query.append_pair(field, given);
    }
    if let Some(value) = value {
        query.append_pair(name, value);
    }
    format!("?{}", query.finish())
}

fn is_plain(text: &str) -> bool {
    text.len() <= LONGEST_TEXT && !text.chars().any(char::is_control)
}

fn label(text: &str) -> Option<Label> {
    text.split_once(':').and_then(|(name, value)| Label::new(name.trim(), value.trim()))
}

/// A time by RFC 3339, or as a browser's field gives it (`2026-01-31T12:00`), which is then UTC.
fn moment(text: &str) -> Option<Timestamp> {
    Timestamp::parse(text).or_else(|| Timestamp::parse(&format!("{text}:00Z")))
}

/// A host in the normal form that addresses have.
fn host(text: &str) -> Option<String> {
    let bare = is_plain(text) && !text.contains(['/', '?', '#', '@', ' ']);
    let url = bare.then(|| PublicUrl::parse(&format!("http://{text}/")).ok()).flatten();
    url.map(|url| url.host().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(query: &str) -> ListFilter {
        ListFilter::of(&RequestContext::new(query, String::new(), Timestamp::from_ms(0)))
    }

    #[test]
    fn reads_every_field() {
        let read = filter("state=failed&q=Page&host=Example.COM&since=2026-01-31T12:00&label=team:docs");
        assert!(read.errors.is_empty(), "{:?}", read.errors);
        assert_eq!(read.query.state, Some(JobState::Failed));
        assert_eq!(read.query.attribute.unwrap().value, "example.com");
        assert_eq!(read.query.since.unwrap().to_string(), "2026-01-31T12:00:00.000Z");
        assert_eq!(read.query.labels, [Label::new("team", "docs").unwrap()]);
    }

    #[test]
    fn names_what_is_no_filter() {
        let read = filter("state=dead&since=yesterday&host=a/b&label=x");
        assert_eq!(read.errors.len(), 4, "{:?}", read.errors);
        assert!(read.errors[0].starts_with("state is “dead”; it must be queued"), "{:?}", read.errors);
        assert!(filter("state=&q=&label=").errors.is_empty());
    }
}
