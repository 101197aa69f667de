//! The parts of which the descriptions of routes are made.

use serde_json::{Value, json};

/// The description of a route, which adds to each answer the headers that every answer has.
pub(super) struct RouteDescription(Value);

impl RouteDescription {
    pub(super) fn new(tag: &str, id: &str, summary: &str, description: &str) -> Self {
        Self(json!({
            "tags": [tag], "operationId": id, "summary": summary, "description": description,
            "parameters": [request_id()], "responses": {}
        }))
    }

    pub(super) fn parameters(mut self, more: impl IntoIterator<Item = Value>) -> Self {
        if let Some(parameters) = self.0["parameters"].as_array_mut() {
            parameters.extend(more);
        }
        self
    }

    pub(super) fn body(mut self, body: Value) -> Self {
        self.0["requestBody"] = body;
        self
    }

    /// Adds an answer with these headers.
    pub(super) fn answer(mut self, status: u16, means: &str, content: Value, headers: &[&str]) -> Self {
        let mut answer =
            json!({"description": means, "headers": {"X-Request-Id": header("X-Request-Id", true)}});
        for name in headers {
            answer["headers"][name] = header(name, false);
        }
        if !content.is_null() {
            answer["content"] = content;
        }
        self.0["responses"][status.to_string()] = answer;
        self
    }

    pub(super) fn problem(self, status: u16, means: &str) -> Self {
        let headers: &[&str] = if status == 503 { &["Retry-After"] } else { &[] };
        let content = json!({"application/problem+json": schema_ref("Problem")});
        self.answer(status, means, content, headers)
    }

    /// Adds the problems that any route may have.
    pub(super) fn usual_problems(self) -> Self {
        self.problem(400, "The request breaks the rules of HTTP.")
            .problem(421, "The server does not answer to this host.")
            .problem(500, "A defect in Tally.")
            .problem(503, "Too much to do, or a part that Tally leans on does not answer.")
    }

    /// Adds links from an answer to other operations.
    pub(super) fn links(mut self, status: u16, operations: &[&str]) -> Self {
        for operation in operations {
            let link = json!({"operationId": operation, "parameters": {"id": "$response.body#/id"}});
            self.0["responses"][status.to_string()]["links"][operation] = link;
        }
        self
    }

    pub(super) fn done(self) -> Value {
        self.0
    }
}

/// JSON content of the named schema.
pub(super) fn json_of(name: &str) -> Value {
    json!({"application/json": schema_ref(name)})
}

fn schema_ref(name: &str) -> Value {
    json!({"schema": {"$ref": format!("#/components/schemas/{name}")}})
}

fn request_id() -> Value {
    parameter(
        "header",
        "X-Request-Id",
        json!({"type": "string"}),
        "An id of yours for this request: up to 128 visible ASCII characters. It is echoed; anything else is replaced.",
    )
}

pub(super) fn parameter(place: &str, name: &str, schema: Value, means: &str) -> Value {
    json!({"in": place, "name": name, "required": place == "path", "schema": schema, "description": means})
}

pub(super) fn job_id() -> Value {
    parameter("path", "id", json!({"type": "string", "format": "uuid"}), "The job's id.")
}

pub(super) fn if_none_match() -> Value {
    let means = "ETags of versions that you have; 304 when the present one is among them.";
    parameter("header", "If-None-Match", json!({"type": "string"}), means)
}

pub(super) fn prefer() -> Value {
    let means = "`wait=N` waits for the job's end for up to N seconds, 60 at most (RFC 7240). The option wait goes before.";
    let mut parameter = parameter("header", "Prefer", json!({"type": "string"}), means);
    parameter["example"] = json!("wait=10");
    parameter
}

fn header(name: &str, required: bool) -> Value {
    let (schema, means) = match name {
        "Retry-After" => (json!({"type": "integer", "minimum": 1}), "Seconds after which to ask again."),
        "Location" => (json!({"type": "string"}), "The job's path."),
        "ETag" => (json!({"type": "string"}), "The version of these bytes."),
        "Link" => (json!({"type": "string"}), "The next page, as rel=\"next\"."),
        "Preference-Applied" => (json!({"type": "string"}), "The wait that was granted."),
        "Idempotency-Replayed" => {
            (json!({"type": "string", "enum": ["true"]}), "The key was known: the first job.")
        }
        _ => (json!({"type": "string"}), "The request's id, under which the log has what happened."),
    };
    json!({"required": required, "schema": schema, "description": means})
}
