//! What may be sent, as schemas: each accepts what the intake accepts, and nothing else.

use std::iter;

use serde_json::{Map, Value, json};
use tally_jobs::option_spec::{OptionKind, OptionSpec};
use tally_jobs::options::{JobOptions, Label};
use tally_kernel::address::LONGEST_ADDRESS;
use tally_wordcount::CountOptions;

use crate::dto::JOB_MEMBERS;

/// Text without control characters.
const PLAIN: &str = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$";

/// An option: its name, its schema in JSON, its schema as a parameter or form field when that is another, and what it
/// means.
pub(super) struct Choice {
    pub(super) name: &'static str,
    pub(super) json: Value,
    pub(super) text: Option<Value>,
    pub(super) means: String,
}

/// Every option of a submit.
pub(super) fn choices() -> Vec<Choice> {
    let wait = json!({"type": "string", "pattern": "^[0-9]{1,8}(\\.[0-9]{1,3})?(ms|s)?$"});
    let wait = Choice {
        name: "wait",
        json: json!({"anyOf": [{"type": "number", "minimum": 0}, wait]}),
        text: Some(wait),
        means: "How long the answer may wait for the job's end: seconds, or a text such as `5s` or `500ms`; at most a \
                minute, larger values become a minute."
            .to_owned(),
    };
    let rows = CountOptions::TABLE.iter().map(choice).chain(JobOptions::TABLE.iter().map(choice));
    rows.chain([wait]).collect()
}

fn choice<O: Default>(row: &OptionSpec<O>) -> Choice {
    let mut text = None;
    let mut json = match &row.kind {
        OptionKind::Flag => json!({"type": "boolean"}),
        OptionKind::Name(names) => json!({"type": "string", "enum": names()}),
        OptionKind::Names(names) => {
            let joined = names().join("|");
            let listed = json!({"type": "string", "pattern": format!("^({joined})(,({joined}))*$")});
            let array = json!({"type": "array", "items": {"type": "string", "enum": names()}, "minItems": 1});
            text = Some(listed.clone());
            json!({"anyOf": [array, listed]})
        }
        OptionKind::Integer { bounds, or_zero: true } => {
            json!({"type": "integer", "enum": iter::once(0).chain(bounds.clone()).collect::<Vec<_>>()})
        }
        OptionKind::Integer { bounds, .. } | OptionKind::Milliseconds(bounds) => {
            json!({"type": "integer", "minimum": bounds.start(), "maximum": bounds.end()})
        }
        OptionKind::Text { pattern, longest, .. } => {
            json!({"type": "string", "maxLength": longest, "pattern": pattern})
        }
        OptionKind::Labels(_) => labels(),
    };
    let default = (row.get)(&O::default());
    if !default.is_null() {
        json["default"] = default;
    }
    Choice { name: row.name, json, text, means: meaning(row) }
}

fn meaning<O>(row: &OptionSpec<O>) -> String {
    let form = match row.kind {
        OptionKind::Milliseconds(_) => " In milliseconds.",
        OptionKind::Names(_) => " A list, or names joined by commas.",
        _ => "",
    };
    format!("{}{form}", row.help)
}

/// The options of a job as its record shows them.
fn options_in_force() -> Value {
    let count = CountOptions::TABLE.iter().map(in_force);
    let job = JobOptions::TABLE.iter().filter(|row| !JOB_MEMBERS.contains(&row.name)).map(in_force);
    let properties: Map<_, _> = count.chain(job).collect();
    let required: Vec<_> = properties.keys().cloned().collect();
    json!({"type": "object", "description": "The options in force.", "required": required, "properties": properties})
}

fn in_force<O: Default>(row: &OptionSpec<O>) -> (String, Value) {
    let mut schema = match row.kind {
        OptionKind::Flag => json!({"type": "boolean"}),
        OptionKind::Integer { .. } | OptionKind::Milliseconds(_) => json!({"type": "integer", "minimum": 0}),
        OptionKind::Name(_) | OptionKind::Text { .. } => json!({"type": "string"}),
        OptionKind::Names(_) => json!({"type": "array", "items": {"type": "string"}}),
        OptionKind::Labels(_) => labels(),
    };
    if (row.get)(&O::default()).is_null() {
        schema["type"] = json!([schema["type"], "null"]);
    }
    schema["description"] = json!(meaning(row));
    (row.name.to_owned(), schema)
}

fn labels() -> Value {
    json!({
        "type": "object",
        "maxProperties": Label::MOST,
        "propertyNames": {"minLength": 1, "maxLength": Label::LONGEST,
            "pattern": "^[^:\\u0000-\\u001f\\u007f-\\u009f]+$"},
        "additionalProperties": {"type": "string", "maxLength": Label::LONGEST, "pattern": PLAIN}
    })
}

/// The same in a form: JSON in a text. The pattern leaves out escapes and what is not ASCII, which are taken too.
fn labels_as_text() -> Value {
    let pair = "\"[A-Za-z0-9_. -]{1,64}\": ?\"[A-Za-z0-9_. -]{0,64}\"";
    json!({
        "type": "string", "contentMediaType": "application/json",
        "pattern": format!("^\\{{({pair}(, ?{pair}){{0,15}})?\\}}$")
    })
}

/// One label in a query or a form.
pub(super) fn label() -> Value {
    json!({"type": "string", "pattern": "^[^:\\u0000-\\u001f\\u007f-\\u009f]{1,128}:[^\\u0000-\\u001f\\u007f-\\u009f]{0,128}$"})
}

/// An address. Tighter than what is taken in odd cases (other schemes' spellings, IP literals in brackets): what it
/// accepts is always taken.
fn url() -> Value {
    let pattern = "^[Hh][Tt][Tt][Pp][Ss]?://([A-Za-z0-9]+(-[A-Za-z0-9]+)*\\.)*[A-Za-z][A-Za-z0-9]*(:[0-9]{1,4})?\
        ([/?#][A-Za-z0-9._~!$&'()*+,;=:@/?#-]*)?$";
    json!({"type": "string", "maxLength": LONGEST_ADDRESS, "pattern": pattern, "example": "https://example.com/"})
}

fn text() -> Value {
    json!({"type": "string", "description": "The text to count. It may be empty.", "example": "hello brave new world"})
}

/// An object of one source and the options.
fn object(source: &str, schema: Value, in_json: bool) -> Value {
    let mut properties = json!({source: schema});
    for Choice { name, json, text, means } in choices() {
        let mut schema = match text.filter(|_| !in_json) {
            Some(text) => text,
            None if name == "labels" && !in_json => labels_as_text(),
            None => json,
        };
        schema["description"] = json!(means);
        properties[name] = schema;
    }
    if !in_json {
        properties["label"] = json!({"type": "array", "items": label(), "maxItems": Label::MOST,
            "description": "A label as name:value; may be given several times."});
    }
    json!({"type": "object", "required": [source], "properties": properties, "additionalProperties": false})
}

/// The named shapes of submits, and the options in an answer.
pub(super) fn schemas() -> Value {
    let file = json!({"type": "string", "format": "binary", "description": "The document."});
    json!({
        "Options": options_in_force(),
        "SubmitUrl": object("url", url(), true),
        "SubmitText": object("text", text(), true),
        "FormUrl": object("url", url(), false),
        "FormText": object("text", text(), false),
        "FormFile": object("file", file, false),
        "FormOfNoKnownKind": no_form()
    })
}

/// A form that is none of ours, and so the text itself: it has no source, and not options only.
fn no_form() -> Value {
    let options: Vec<_> = choices().iter().map(|choice| choice.name).chain(["label", "webhook"]).collect();
    json!({
        "type": "object",
        "description": "Anything else, as it is on the wire, is the text to count.",
        "not": {"anyOf": [{"required": ["url"]}, {"required": ["text"]}, {"propertyNames": {"enum": options}}]}
    })
}

/// The bodies of `POST /jobs`.
pub(super) fn submit_body() -> Value {
    // Each admits no member of the others, so any of them is one of them; tools draw from anyOf more easily.
    let any = |names: &[&str]| {
        let names = names.iter().map(|name| json!({"$ref": format!("#/components/schemas/{name}")}));
        json!({"schema": {"anyOf": names.collect::<Vec<_>>()}})
    };
    // The page for trying the API shows a file chooser for this format.
    let document = json!({"schema": {"type": "string", "format": "binary"}});
    // It shows the first type first, and sends this example as it is: the answer has the count.
    let mut as_json = any(&["SubmitUrl", "SubmitText"]);
    as_json["example"] = json!({"text": "hello brave new world", "wait": 5});
    json!({
        "required": true,
        "description": "JSON or a form with one of url, text and file (a form with a file may have text or url instead); or the document itself with its own type. A \
            form without a field url or text is taken as the text itself, which is what a bare `curl -d 'some words'` \
            sends. Any other Content-Type is that of a document; those listed are examples. gzip, br, zstd and \
            deflate are undone.",
        "content": {
            "application/json": as_json,
            "application/x-www-form-urlencoded": any(&["FormText", "FormUrl", "FormOfNoKnownKind"]),
            "multipart/form-data": {"schema": {"$ref": "#/components/schemas/FormFile"}},
            "text/plain": document,
            "text/html": document,
            "application/pdf": document,
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document": document,
            "application/vnd.oasis.opendocument.text": document,
            "application/octet-stream": document
        }
    })
}
