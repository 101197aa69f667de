//! What may be sent, as schemas: each accepts what the intake accepts, and nothing else.

use serde_json::{Value, json};
use tally_count::{Definition, Ngrams};
use tally_extract::Region;
use tally_jobs::options::{JobOptions, Label};
use tally_kernel::address::LONGEST_ADDRESS;
use tally_wordcount::CountOptions;

/// Text without control characters.
const PLAIN: &str = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$";

/// An option: its name, its schema in JSON, its schema as a parameter or form field when that is another, and what it
/// means.
pub(super) struct Choice {
    pub(super) name: &'static str,
    pub(super) json: Value,
    pub(super) text: Option<Value>,
    pub(super) means: &'static str,
}

fn regions() -> Vec<&'static str> {
    Region::ALL.iter().map(|region| region.as_str()).collect()
}

fn ngrams() -> Vec<usize> {
    (0..=Ngrams::LONGEST).filter(|words| CountOptions::is_ngram(*words)).collect()
}

fn ms(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Every option of a submit.
pub(super) fn choices() -> Vec<Choice> {
    let definitions: Vec<_> = Definition::ALL.iter().map(|definition| definition.as_str()).collect();
    let joined = regions().join("|");
    let listed = json!({"type": "string", "pattern": format!("^({joined})(,({joined}))*$")});
    let array = json!({"type": "array", "items": {"type": "string", "enum": regions()}, "minItems": 1});
    let wait = json!({"type": "string", "pattern": "^[0-9]{1,8}(\\.[0-9]{1,3})?(ms|s)?$"});
    let choice = |name, json, means| Choice { name, json, text: None, means };
    vec![
        choice(
            "definition",
            json!({"type": "string", "enum": definitions}),
            "The definition of the headline number; by the text's language when not given.",
        ),
        choice(
            "top",
            json!({"type": "integer", "minimum": 0, "maximum": CountOptions::MOST_TOP, "default": CountOptions::TOP}),
            "How many of the most frequent words the result shows.",
        ),
        choice(
            "case",
            json!({"type": "string", "enum": ["fold", "keep"], "default": "fold"}),
            "Whether words that differ in case only are one in the list of words.",
        ),
        choice(
            "why",
            json!({"type": "boolean", "default": false}),
            "Whether the result tells why the definitions differ, cause by cause.",
        ),
        choice(
            "ngrams",
            json!({"type": "integer", "enum": ngrams(), "default": 0}),
            "How many words stand in each of the most frequent rows of words that the result shows; 0 shows none.",
        ),
        Choice {
            name: "regions",
            json: json!({"anyOf": [array, listed]}),
            text: Some(listed),
            means: "The parts of a document that count: a list, or names joined by commas; what a reader sees when \
                    not given.",
        },
        choice(
            "language",
            json!({"type": "string", "default": "auto", "maxLength": 35,
                "pattern": "^(auto|[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*)$"}),
            "The text's language as a BCP 47 tag, where it is known; `auto` finds it out.",
        ),
        choice(
            "priority",
            json!({"type": "string", "enum": ["high", "normal", "low"], "default": "normal"}),
            "How urgent the job is.",
        ),
        choice(
            "deadline_ms",
            json!({"type": "integer", "minimum": 1, "maximum": ms(JobOptions::LONGEST_DEADLINE),
                "default": ms(JobOptions::DEADLINE)}),
            "How long after its acceptance the job may at most end, in milliseconds; then it fails.",
        ),
        choice(
            "retain_ms",
            json!({"type": "integer", "minimum": 0, "maximum": ms(JobOptions::LONGEST_RETENTION),
                "default": ms(JobOptions::RETENTION)}),
            "How long after its end the job is kept, in milliseconds; with an Idempotency-Key at least a day.",
        ),
        choice("labels", labels(), "Marks of your own, to find jobs by."),
        Choice {
            name: "wait",
            json: json!({"anyOf": [{"type": "number", "minimum": 0}, wait]}),
            text: Some(wait),
            means: "How long the answer may wait for the job's end: seconds, or a text such as `5s` or `500ms`; at \
                    most a minute, more is cut down to it.",
        },
    ]
}

fn labels() -> Value {
    json!({
        "type": "object",
        "maxProperties": Label::MOST,
        "propertyNames": {"minLength": 1, "maxLength": Label::LONGEST,
            "pattern": "^[^:\\u0000-\\u001f\\u007f-\\u009f]+$"},
        "additionalProperties": {"type": "string", "maxLength": Label::LONGEST, "pattern": PLAIN},
        "example": {"team": "docs"}
    })
}

/// The same in a form: JSON in a text. The pattern leaves out escapes and what is not ASCII, which are taken too.
fn labels_as_text() -> Value {
    let pair = "\"[A-Za-z0-9_. -]{1,64}\": ?\"[A-Za-z0-9_. -]{0,64}\"";
    json!({
        "type": "string", "contentMediaType": "application/json",
        "pattern": format!("^\\{{({pair}(, ?{pair}){{0,15}})?\\}}$"), "example": "{\"team\": \"docs\"}"
    })
}

/// One label in a query or a form.
pub(super) fn label() -> Value {
    json!({"type": "string", "pattern": "^[^:\\u0000-\\u001f\\u007f-\\u009f]{1,128}:[^\\u0000-\\u001f\\u007f-\\u009f]{0,128}$",
        "example": "team:docs"})
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

/// The named shapes of submits.
pub(super) fn schemas() -> Value {
    let file = json!({"type": "string", "format": "binary", "description": "The document."});
    json!({
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
    // Without a schema, as OpenAPI 3.1 has it for bodies that are bytes: any bytes are a document.
    let document = json!({});
    json!({
        "required": true,
        "description": "JSON or a form with one of url, text and file; or the document itself with its own type. A \
            form without a field url or text is taken as the text itself, which is what a bare `curl -d 'some words'` \
            sends. Any other Content-Type is that of a document; those listed are examples. gzip, br, zstd and \
            deflate are undone.",
        "content": {
            "application/json": any(&["SubmitUrl", "SubmitText"]),
            "application/x-www-form-urlencoded": any(&["FormText", "FormUrl", "FormOfNoKnownKind"]),
            "multipart/form-data": any(&["FormFile", "FormText", "FormUrl"]),
            "text/plain": document,
            "text/html": document,
            "application/pdf": document,
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document": document,
            "application/vnd.oasis.opendocument.text": document,
            "application/epub+zip": document,
            "application/octet-stream": document
        }
    })
}
