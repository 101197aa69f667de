//! `application/json`: an object with one of url and text, and the options.

use std::borrow::Cow;
use std::fmt;

use axum::body::Body;
use bytes::Bytes;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::error::Category;

use super::content::{address, keep_text};
use super::job_options_parser::{JobOptionsParser, option_name, option_names, pointer};
use super::{IntakeContext, ParsedBody, no_source, several_sources};
use crate::body::RequestBody;
use crate::params::unknown;
use crate::problem::{InputError, Problem, ProblemKind};

const SOURCES: [&str; 2] = ["url", "text"];

/// Parses a JSON body.
pub(super) async fn parse(
    context: IntakeContext<'_>,
    body: Body,
    mut parser: JobOptionsParser,
) -> Result<(ParsedBody, JobOptionsParser), Problem> {
    let limits = &context.api.options.body;
    let incoming = RequestBody::open(context.headers, body, limits.parsed_bytes, limits)?;
    let body = incoming.read_whole(context.reservation).await?;
    let members: JsonMembers = serde_json::from_slice(&body).map_err(|error| refused(&error))?;
    drop(body);
    for (name, value) in &members.options {
        parser.take_member(name, value);
    }
    for error in members.errors {
        parser.refuse(error);
    }
    let parsed = match (members.url, members.text) {
        (Some(url), None) => match string(url, "/url").and_then(|url| address(&url, "/url")) {
            Ok(source) => Some(ParsedBody::address(source)),
            Err(error) => {
                parser.refuse(error);
                None
            }
        },
        (None, Some(text)) => match string(text, "/text") {
            Ok(text) => {
                parser.check()?;
                Some(keep_text(context.api, Bytes::from(text)).await?)
            }
            Err(error) => {
                parser.refuse(error);
                None
            }
        },
        (None, None) => {
            parser.refuse(no_source());
            None
        }
        (Some(_), Some(_)) => {
            parser.refuse(several_sources());
            None
        }
    };
    parser.check()?;
    let parsed = parsed.ok_or_else(|| Problem::input(vec![no_source()]))?;
    Ok((parsed, parser))
}

fn string(value: Value, pointer: &str) -> Result<String, InputError> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err(InputError::new(pointer, "a string is wanted here")),
    }
}

/// Tells broken JSON from JSON that is not an object.
fn refused(error: &serde_json::Error) -> Problem {
    match error.classify() {
        Category::Data => Problem::of_input("", "a JSON object is wanted, such as {\"text\": \"…\"}"),
        _ => {
            let detail = format!("{error}; to count a plain text, send it with Content-Type: text/plain");
            Problem::new(ProblemKind::InvalidJson, detail)
        }
    }
}

/// The known members of the object, and what is wrong with the others.
#[derive(Default)]
struct JsonMembers {
    url: Option<Value>,
    text: Option<Value>,
    options: Vec<(&'static str, Value)>,
    errors: Vec<InputError>,
}

impl<'de> Deserialize<'de> for JsonMembers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(JsonMembersVisitor)
    }
}

struct JsonMembersVisitor;

impl<'de> Visitor<'de> for JsonMembersVisitor {
    type Value = JsonMembers;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<JsonMembers, M::Error> {
        let mut members = JsonMembers::default();
        while let Some(MemberName(name)) = map.next_key()? {
            let slot = match &*name {
                "url" => Some(&mut members.url),
                "text" => Some(&mut members.text),
                _ => None,
            };
            if let Some(slot) = slot {
                if slot.replace(map.next_value()?).is_some() {
                    members
                        .errors
                        .push(InputError::new(pointer(&name), "given more than once; give it once"));
                }
            } else if let Some(known) = option_name(&name) {
                members.options.push((known, map.next_value()?));
            } else {
                map.next_value::<IgnoredAny>()?;
                let known = SOURCES.into_iter().chain(option_names());
                members.errors.push(unknown(&pointer(&name), "member", &name, known));
            }
        }
        Ok(members)
    }
}

/// A member's name, borrowed where it has no escapes.
#[derive(Deserialize)]
struct MemberName<'a>(#[serde(borrow)] Cow<'a, str>);
