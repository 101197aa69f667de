//! `application/x-www-form-urlencoded`: url or text with options, or, if it has neither, the text itself.
//!
//! A bare `curl -d 'hello brave new world'` sends this type and means the text.

use axum::body::Body;
use bytes::Bytes;

use super::content::{address, keep_text};
use super::job_options_parser::{JobOptionsParser, option_names, pointer};
use super::{IntakeContext, ParsedBody, no_source, several_sources};
use crate::body::RequestBody;
use crate::params::{pairs, unknown};
use crate::problem::{Problem, ProblemKind};

const SOURCES: [&str; 2] = ["url", "text"];

pub(super) async fn parse(
    context: IntakeContext<'_>,
    body: Body,
    mut parser: JobOptionsParser,
) -> Result<(ParsedBody, JobOptionsParser), Problem> {
    let limits = &context.api.options.body;
    let incoming = RequestBody::open(context.headers, body, limits.parsed_bytes, limits)?;
    let body = incoming.read_whole(context.reservation).await?;
    if str::from_utf8(&body).is_err() {
        return Err(not_utf8());
    }
    if !is_form(&body) {
        if body.is_empty() {
            parser.refuse(no_source());
        }
        parser.check()?;
        return Ok((keep_text(context.api, body).await?, parser));
    }
    let mut sources = Vec::new();
    for (name, value) in pairs(&body).ok_or_else(not_utf8)? {
        if SOURCES.contains(&&*name) {
            sources.push((name, value));
        } else if !parser.take_field(&name, &value) {
            let known = SOURCES.into_iter().chain(option_names());
            parser.refuse(unknown(&pointer(&name), "field", &name, known));
        }
    }
    let one = one_source(sources, &mut parser);
    parser.check()?;
    let parsed = match one.ok_or_else(|| Problem::input(vec![no_source()]))? {
        FormSource::Url(source) => ParsedBody::address(source),
        FormSource::Text(text) => keep_text(context.api, text).await?,
    };
    Ok((parsed, parser))
}

enum FormSource {
    Url(tally_wordcount::Source),
    Text(Bytes),
}

fn one_source(
    mut sources: Vec<crate::params::Pair<'_>>,
    parser: &mut JobOptionsParser,
) -> Option<FormSource> {
    // A browser sends every field of a form; those left empty are not meant.
    if sources.len() > 1 {
        sources.retain(|(_, value)| !value.is_empty());
    }
    let Some((name, value)) = sources.pop() else {
        parser.refuse(no_source());
        return None;
    };
    if !sources.is_empty() {
        parser.refuse(several_sources());
        return None;
    }
    if name == "text" {
        return Some(FormSource::Text(Bytes::from(value.into_owned())));
    }
    match address(&value, "/url") {
        Ok(source) => Some(FormSource::Url(source)),
        Err(error) => {
            parser.refuse(error);
            None
        }
    }
}

/// Whether this is a form: it has a field `url` or `text`, or only options. Names are compared without decoding
/// escapes, as they are usually written.
fn is_form(body: &[u8]) -> bool {
    let mut only_options = !body.is_empty();
    for field in body.split(|&byte| byte == b'&') {
        let name = field.split(|&byte| byte == b'=').next().unwrap_or_default();
        let is = |known: &str| name.len() < field.len() && known.as_bytes() == name;
        if SOURCES.into_iter().any(is) {
            return true;
        }
        only_options &= is("label") || option_names().any(is);
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
    fn recognises_a_form_by_its_fields() {
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
