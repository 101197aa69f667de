//! `application/x-www-form-urlencoded`: url or text with options, or, where it has neither, the text itself.
//!
//! A bare `curl -d 'hello brave new world'` sends this type and means the text.

use axum::body::Body;
use bytes::Bytes;

use super::content::{address, keep_text};
use super::wishes::{OPTIONS, Wishes, pointer};
use super::{Desk, Handed, nothing_handed_in, too_much_handed_in};
use crate::body::Inflow;
use crate::params::{pairs, unknown};
use crate::problem::{Problem, ProblemKind};

const SOURCES: [&str; 2] = ["url", "text"];

/// Takes a form.
pub(super) async fn take(
    desk: Desk<'_>,
    body: Body,
    mut wishes: Wishes,
) -> Result<(Handed, Wishes), Problem> {
    let limits = &desk.api.options.body;
    let inflow = Inflow::open(desk.headers, body, limits.parsed_bytes, limits)?;
    let body = inflow.whole(desk.held).await?;
    if str::from_utf8(&body).is_err() {
        return Err(not_utf8());
    }
    if !is_form(&body) {
        if body.is_empty() {
            wishes.refuse(nothing_handed_in());
        }
        wishes.check()?;
        return Ok((keep_text(desk.api, body).await?, wishes));
    }
    let mut sources = Vec::new();
    for (name, value) in pairs(&body).ok_or_else(not_utf8)? {
        if SOURCES.contains(&&*name) {
            sources.push((name, value));
        } else if !wishes.take_field(&name, &value) {
            let known = SOURCES.iter().chain(&OPTIONS);
            wishes.refuse(unknown(&pointer(&name), "field", &name, known));
        }
    }
    let one = one_source(sources, &mut wishes);
    wishes.check()?;
    let handed = match one.ok_or_else(|| Problem::input(vec![nothing_handed_in()]))? {
        FormSource::Url(source) => Handed::address(source),
        FormSource::Text(text) => keep_text(desk.api, text).await?,
    };
    Ok((handed, wishes))
}

enum FormSource {
    Url(tally_jobs::model::Source),
    Text(Bytes),
}

fn one_source(mut sources: Vec<crate::params::Pair<'_>>, wishes: &mut Wishes) -> Option<FormSource> {
    let Some((name, value)) = sources.pop() else {
        wishes.refuse(nothing_handed_in());
        return None;
    };
    if !sources.is_empty() {
        wishes.refuse(too_much_handed_in());
        return None;
    }
    if name == "text" {
        return Some(FormSource::Text(Bytes::from(value.into_owned())));
    }
    match address(&value, "/url") {
        Ok(source) => Some(FormSource::Url(source)),
        Err(error) => {
            wishes.refuse(error);
            None
        }
    }
}

/// Whether this is a form: a field `url` or `text` is in it, or nothing but options are. Names are looked for as they
/// are usually written, without escapes.
fn is_form(body: &[u8]) -> bool {
    let mut only_options = !body.is_empty();
    for field in body.split(|&byte| byte == b'&') {
        let name = field.split(|&byte| byte == b'=').next().unwrap_or_default();
        let is = |known: &&str| name.len() < field.len() && known.as_bytes() == name;
        if SOURCES.iter().any(is) {
            return true;
        }
        only_options &= is(&"label") || OPTIONS.iter().any(is);
    }
    only_options
}

fn not_utf8() -> Problem {
    let detail =
        "the form is not UTF-8; send text in another charset as a raw body with Content-Type: text/plain";
    Problem::new(ProblemKind::InvalidBody, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_known_by_its_fields() {
        assert!(is_form(b"text=a+b&top=3"));
        assert!(is_form(b"top=3&url=https%3A%2F%2Fexample.com"));
        assert!(is_form(b"text="));
        assert!(is_form(b"top=3&label=a:b"));
        for text in [
            "hello brave new world",
            "a=b&c=d",
            "text",
            "context=1",
            "my text=5",
            "top=3&more",
            "top=3&x=y",
            "",
        ] {
            assert!(!is_form(text.as_bytes()), "{text}");
        }
    }
}
