//! `POST /jobs`: every format, every option, waiting, keys.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use tally_count::{Case, Definition};
use tally_extract::Region;
use tally_jobs::options::{Label, Priority};
use tally_kernel::FaultKind;
use tally_wordcount::{CountRecord, Source};

use crate::test_api::TestApi;

#[tokio::test]
async fn a_json_text_is_accepted_with_everything_that_a_client_needs_to_go_on() {
    let api = TestApi::new();
    let response = api.post_json("/jobs", r#"{"text": "hello brave new world"}"#).await;
    assert_eq!(response.status, StatusCode::ACCEPTED);
    let id = response.id();
    assert_eq!(response.header("location"), format!("/jobs/{id}"));
    assert_eq!(response.header("retry-after"), "1");
    assert_eq!(response.header("content-type"), "application/json");
    assert_eq!(response.header("cache-control"), "no-store");
    assert_eq!(response.header("x-content-type-options"), "nosniff");
    assert_eq!(response.header("x-request-id").len(), 36);
    let job = response.json();
    assert_eq!(job["state"], "queued");
    assert_eq!(job["source"], serde_json::json!({"kind": "text", "bytes": 21, "media_type": "text/plain"}));
    assert_eq!(job["links"]["words"], format!("/jobs/{id}/words"));
    assert_eq!(&api.memory.bytes(id)[..], b"hello brave new world");
}

#[tokio::test]
async fn a_small_text_is_answered_in_one_round_trip() {
    let api = TestApi::new();
    api.start_working();
    let request =
        Request::post("/jobs").header("content-type", "application/json").header("prefer", "wait=10");
    let response = api.send(request.body(Body::from(r#"{"text": "to be or not to be"}"#)).unwrap()).await;
    assert_eq!(response.status, StatusCode::OK);
    assert_eq!(response.header("preference-applied"), "wait=10");
    assert!(response.headers.get("retry-after").is_none());
    let result = &response.json()["result"];
    assert_eq!(result["words"], 6);
    assert_eq!(result["definition"], Definition::Unicode.versioned());
    assert_eq!(result["definitions"]["wc"], 6);
    assert_eq!(result["unique_words"], 4);
    assert_eq!(result["histogram"], serde_json::json!({"complete": true, "left_out": 0}));
    let response = api.post("/jobs?wait=5s", "", "").await;
    response.refusal("");
    let response = api.post("/jobs?wait=5s", "text/plain", "three little words").await;
    assert_eq!((response.status, response.json()["result"]["words"].as_u64()), (StatusCode::OK, Some(3)));
    assert!(response.headers.get("preference-applied").is_none());
}

#[tokio::test]
async fn a_wait_that_was_too_short_is_a_202() {
    let api = TestApi::new();
    let response = api.post_json("/jobs?wait=20ms", r#"{"text": "nobody works"}"#).await;
    assert_eq!(response.status, StatusCode::ACCEPTED);
    assert_eq!(response.json()["state"], "queued");
}

#[tokio::test]
async fn a_wait_ends_when_the_process_drains() {
    let api = TestApi::new();
    api.draining.cancel();
    let response = api.post_json("/jobs?wait=60", r#"{"text": "nobody works"}"#).await;
    assert_eq!(response.status, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn parses_addresses_when_they_are_submitted() {
    let api = TestApi::new();
    let response = api.post_json("/jobs", r#"{"url": "HTTPS://Example.com/a/../b#part"}"#).await;
    assert_eq!(response.status, StatusCode::ACCEPTED);
    assert_eq!(response.json()["source"]["url"], "https://example.com/b");
    for (bad, hint) in [
        ("example.com", "absolute"),
        ("file:///etc/passwd", "http or https"),
        ("http://user:pw@example.com/", "credentials"),
        ("http://a b/", "white space"),
    ] {
        let response = api.post_json("/jobs", &serde_json::json!({"url": bad}).to_string()).await;
        let said = response.refusal("/url");
        assert!(said.contains(hint), "{bad}: {said}");
    }
}

#[tokio::test]
async fn a_bare_curl_submits_its_text_and_a_form_its_fields() {
    let api = TestApi::new();
    let form = "application/x-www-form-urlencoded";
    for (body, kept) in [
        ("hello brave new world", "hello brave new world"),
        ("a=b&c=d 100% sure", "a=b&c=d 100% sure"),
        ("text=hello+brave%20world&top=3", "hello brave world"),
        ("text=", ""),
    ] {
        let response = api.post("/jobs", form, body).await;
        assert_eq!(response.status, StatusCode::ACCEPTED, "{}", response.text());
        assert_eq!(response.json()["source"]["kind"], "text");
        assert_eq!(api.memory.bytes(response.id()), kept);
    }
    let response = api.post("/jobs", form, "url=https%3A%2F%2Fexample.com%2F&priority=low").await;
    assert_eq!(response.json()["source"]["url"], "https://example.com/");
    assert_eq!(response.json()["priority"], "low");
    let said = api.post("/jobs", form, "text=a&tpo=3").await.refusal("/tpo");
    assert!(said.contains("`top`"), "{said}");
    api.post("/jobs", form, "text=a&url=http%3A%2F%2Fb.example").await.refusal("");
    api.post("/jobs", form, "text=a&text=b").await.refusal("");
    api.post("/jobs", form, "").await.refusal("");
    api.post("/jobs", form, "top=3&label=a:b").await.refusal("");
    api.post("/jobs", form, "text=%FF").await.problem(400, "invalid-body");
    api.post("/jobs", form, b"na\xefve".to_vec()).await.problem(400, "invalid-body");
}

#[tokio::test]
async fn any_other_body_is_the_document() {
    let api = TestApi::new();
    let response = api.post("/jobs?filename=dir/page.html", "text/html", "<p>hello</p>").await;
    assert_eq!(response.status, StatusCode::ACCEPTED);
    let job = api.memory.job(response.id()).unwrap();
    let name = Some("page.html".to_owned());
    let source = CountRecord::of(&job).unwrap().source;
    assert_eq!(source, Source::File { name, content_type: Some("text/html".to_owned()), bytes: 12 });
    let request =
        Request::post("/jobs").header("content-disposition", "attachment; filename*=UTF-8''b%C3%BCch.epub");
    let response = api.send(request.body(Body::from("PK…")).unwrap()).await;
    let source = &response.json()["source"];
    assert_eq!((source["name"].as_str(), source.get("media_type")), (Some("büch.epub"), None));
    let empty = api.post("/jobs", "text/plain", "").await;
    assert_eq!(empty.status, StatusCode::ACCEPTED);
    let said = api.post("/jobs", "", "").await.refusal("");
    assert!(said.contains("file=@"), "{said}");
}

#[tokio::test]
async fn stores_a_large_body_beside_the_record() {
    let api = TestApi::new();
    let large = "word ".repeat(20_000);
    for (kind, body) in [
        ("text/plain", large.clone()),
        ("application/json", serde_json::json!({"text": large}).to_string()),
        ("application/x-www-form-urlencoded", large.clone()),
    ] {
        let response = api.post("/jobs", kind, body).await;
        assert_eq!(response.status, StatusCode::ACCEPTED, "{kind}: {}", response.text());
        assert!(api.memory.is_stored_beside(response.id()));
        assert_eq!(api.memory.bytes(response.id()), large);
        assert_eq!(response.json()["source"]["bytes"], 100_000);
    }
}

fn multipart(parts: &[(&str, &str)]) -> String {
    let part = |(head, body): &(&str, &str)| {
        format!("--X\r\nContent-Disposition: form-data; {head}\r\n\r\n{body}\r\n")
    };
    format!("{}--X--\r\n", parts.iter().map(part).collect::<String>())
}

#[tokio::test]
async fn reads_a_multipart_form_in_any_order() {
    let api = TestApi::new();
    let kind = "multipart/form-data; boundary=X";
    let file = r#"name="file"; filename="a/b/notes.md""#;
    let body =
        multipart(&[(r#"name="top""#, "5"), (file, "# Hi\n\nthere"), (r#"name="label""#, "team:docs")]);
    let response = api.post("/jobs", kind, body).await;
    assert_eq!(response.status, StatusCode::ACCEPTED, "{}", response.text());
    let job = api.memory.job(response.id()).unwrap();
    assert_eq!(response.json()["source"]["name"], "notes.md");
    assert_eq!(CountRecord::of(&job).unwrap().options.top, 5);
    assert_eq!(response.json()["labels"]["team"], "docs");
    assert_eq!(&api.memory.bytes(response.id())[..], b"# Hi\n\nthere");

    let large = "x".repeat(200_000);
    let response = api.post("/jobs", kind, multipart(&[(file, &large), (r#"name="priority""#, "low")])).await;
    assert!(api.memory.is_stored_beside(response.id()));
    assert_eq!(response.json()["priority"], "low");
    let response = api.post("/jobs", kind, multipart(&[(r#"name="text""#, "a b")])).await;
    assert_eq!(response.json()["source"]["kind"], "text");
    let response = api.post("/jobs", kind, multipart(&[(r#"name="url""#, "https://example.com/")])).await;
    assert_eq!(response.json()["source"]["kind"], "url");

    let said =
        api.post("/jobs", kind, multipart(&[(r#"name="flie"; filename="a""#, "x")])).await.refusal("/flie");
    assert!(said.contains("`file`"), "{said}");
    api.post("/jobs", kind, multipart(&[(file, "x"), (file, "y")])).await.refusal("");
    api.post("/jobs", kind, multipart(&[(r#"name="top""#, "5")])).await.refusal("");
    api.post("/jobs", kind, multipart(&[(file, "x"), (r#"name="top""#, "many")])).await.refusal("/top");
    api.post("/jobs", kind, "--X\r\nbroken").await.problem(400, "invalid-body");
    api.post("/jobs", "multipart/form-data", "x").await.problem(400, "invalid-body");
}

#[tokio::test]
async fn reads_every_option_from_json_forms_and_queries() {
    let api = TestApi::new();
    let json = r#"{"text": "a", "definition": "office", "top": 7, "case": "keep", "regions": ["main", "nav"],
        "language": "zh-Hant", "priority": "high", "deadline_ms": 60000, "retain_ms": 1000, "ngrams": 3,
        "labels": {"team": "docs", "a": ""}}"#;
    let query = "definition=office&top=7&case=keep&regions=nav,main&language=zh-Hant&priority=high&deadline_ms=60000\
        &retain_ms=1000&ngrams=3&label=team:docs&label=a:";
    let form = "application/x-www-form-urlencoded";
    let labels = query.replace("&label=team:docs&label=a:", r#"&labels={"a":"","team":"docs"}"#);
    let answers = [
        api.post_json("/jobs", json).await,
        api.post(&format!("/jobs?{query}"), form, "a").await,
        api.post("/jobs", form, format!("text=a&{query}")).await,
        api.post("/jobs", form, format!("text=a&{labels}")).await,
    ];
    for response in answers {
        assert_eq!(response.status, StatusCode::ACCEPTED, "{}", response.text());
        let job = api.memory.job(response.id()).unwrap();
        let count = CountRecord::of(&job).unwrap().options;
        assert_eq!(count.definition, Some(Definition::Office));
        assert_eq!((count.top, count.case, job.options.priority), (7, Case::Keep, Priority::High));
        assert_eq!((count.ngrams, &response.json()["options"]["ngrams"]), (3, &3.into()));
        assert_eq!(count.regions, Some(vec![Region::Main, Region::Nav]));
        assert_eq!(count.language.as_ref().unwrap().as_str(), "zh-Hant");
        assert_eq!(job.options.deadline, Duration::from_secs(60));
        assert_eq!(job.options.retention, Duration::from_secs(1));
        let label = |name, value| Label::new(name, value).unwrap();
        assert_eq!(job.options.labels, [label("a", ""), label("team", "docs")]);
        let options = &response.json()["options"];
        assert_eq!(options["regions"], serde_json::json!(["main", "nav"]));
        assert_eq!((&options["definition"], &options["case"]), (&"office".into(), &"keep".into()));
        assert_eq!((&options["deadline_ms"], &options["retain_ms"]), (&60_000.into(), &1_000.into()));
    }
}

#[tokio::test]
async fn body_values_override_query_parameters() {
    let api = TestApi::new();
    let response =
        api.post_json("/jobs?top=1&label=a:b&label=c:d", r#"{"text": "a", "top": 2, "labels": {"a": "x"}}"#);
    let job = response.await.json();
    assert_eq!(
        (&job["options"]["top"], &job["labels"]),
        (&2.into(), &serde_json::json!({"a": "x", "c": "d"}))
    );
}

#[tokio::test]
async fn the_error_of_an_option_says_what_is_valid() {
    let api = TestApi::new();
    for (option, pointer, hint) in [
        (r#""definition": "words""#, "/definition", "wc, unicode"),
        (r#""top": 10001"#, "/top", "0 to 10000"),
        (r#""top": -1"#, "/top", "0 to 10000"),
        (r#""top": null"#, "/top", "0 to 10000"),
        (r#""ngrams": 1"#, "/ngrams", "2 to 5"),
        (r#""ngrams": 6"#, "/ngrams", "2 to 5"),
        (r#""case": 5"#, "/case", "fold, keep"),
        (r#""regions": []"#, "/regions", "body, main"),
        (r#""regions": ["sidebar"]"#, "/regions", "body, main"),
        (r#""language": "en_US""#, "/language", "BCP 47"),
        (r#""priority": "urgent""#, "/priority", "high, normal, low"),
        (r#""deadline_ms": 0"#, "/deadline_ms", "from 1"),
        (r#""retain_ms": 1e300"#, "/retain_ms", "milliseconds"),
        (r#""labels": {"a": 1}"#, "/labels", "flat object"),
        (r#""labels": {"a:b": "c"}"#, "/labels", "without `:`"),
        (r#""wait": "soon""#, "/wait", "500ms"),
        (r#""webhook": "https://example.com/""#, "/webhook", "not available yet"),
        (r#""txet": "b""#, "/txet", "`text`"),
        (r#""a/b~c": 1"#, "/a~1b~0c", "unknown member"),
        (r#""text": "b""#, "/text", "more than once"),
        (r#""top": 1, "top": 2"#, "/top", "more than once"),
    ] {
        let response = api.post_json("/jobs", &format!(r#"{{"text": "a", {option}}}"#)).await;
        let said = response.refusal(pointer);
        assert!(said.contains(hint), "{option}: {said}");
    }
    let several = api.post_json("/jobs?tpo=1&wait=x", r#"{"text": "a", "case": "no"}"#).await;
    assert_eq!(several.json()["errors"].as_array().unwrap().len(), 3);
    assert!(several.refusal("?tpo").contains("`top`"));
    api.post_json("/jobs?top=x", r#"{"text": "a", "top": 2}"#).await.refusal("?top");
    api.post_json("/jobs?label=a:b&label=a:c", r#"{"text": "a"}"#).await.refusal("?label");
    api.post_json("/jobs?url=http://a.example/", r#"{"text": "a"}"#).await.refusal("?url");
    api.post_json("/jobs", r#"{"url": "http://a.example/", "text": "a"}"#).await.refusal("");
    api.post_json("/jobs", "{}").await.refusal("");
    api.post_json("/jobs", "[1]").await.refusal("");
    api.post_json("/jobs", r#"{"text": 5}"#).await.refusal("/text");
    api.post_json("/jobs", r#"{"url": null}"#).await.refusal("/url");
    assert_eq!(api.memory.count(), 0);
}

#[tokio::test]
async fn an_empty_json_text_is_a_text_of_no_words() {
    let api = TestApi::new();
    api.start_working();
    let response = api.post_json("/jobs?wait=10", r#"{"text": "", "top": 3.0}"#).await;
    assert_eq!((response.status, response.json()["result"]["words"].as_u64()), (StatusCode::OK, Some(0)));
}

#[tokio::test]
async fn broken_json_is_located() {
    let api = TestApi::new();
    let response = api.post_json("/jobs", "{\"text\":\n hello}").await;
    let body = response.problem(400, "invalid-json");
    assert!(body["detail"].as_str().unwrap().contains("line 2 column 2"), "{body}");
    api.post_json("/jobs", "").await.problem(400, "invalid-json");
    api.post_json("/jobs", r#"{"text": "a"} x"#).await.problem(400, "invalid-json");
    api.post_json("/jobs", r#"{"text": "\ud800"}"#).await.problem(400, "invalid-json");
    api.post("/jobs", "application/json", b"{\"text\": \"na\xefve\"}".to_vec())
        .await
        .problem(400, "invalid-json");
    let deep = format!("{{\"labels\": {}{}}}", "[".repeat(1_000), "]".repeat(1_000));
    api.post_json("/jobs", &deep).await.problem(400, "invalid-json");
    let deep = format!("{{\"x\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(api.post_json("/jobs", &deep).await.status.is_client_error());
    let utf16 = api.post("/jobs", "application/json; charset=utf-16", "{}").await;
    utf16.problem(415, "unsupported-charset");
}

async fn keyed(
    api: &TestApi,
    key: &str,
    path: &str,
    kind: &str,
    body: &str,
) -> crate::test_api::TestResponse {
    let request = Request::post(path).header("idempotency-key", key).header("content-type", kind);
    api.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

#[tokio::test]
async fn one_key_is_one_job_in_every_format() {
    let api = TestApi::new();
    let json = "application/json";
    let first = keyed(&api, "order-17", "/jobs", json, r#"{"text": "a b", "top": 5}"#).await;
    assert_eq!(first.status, StatusCode::ACCEPTED);
    assert!(first.headers.get("idempotency-replayed").is_none());
    let again = keyed(&api, "order-17", "/jobs?top=5", json, r#"{ "text" : "a\u0020b" }"#).await;
    assert_eq!((again.status, again.id()), (StatusCode::ACCEPTED, first.id()));
    assert_eq!(again.header("idempotency-replayed"), "true");
    api.work_off(first.id()).await;
    let ended = keyed(&api, "order-17", "/jobs", json, r#"{"text": "a b", "top": 5}"#).await;
    assert_eq!((ended.status, ended.json()["state"].as_str()), (StatusCode::OK, Some("succeeded")));
    for (path, body) in [("/jobs", r#"{"text": "a c", "top": 5}"#), ("/jobs?top=6", r#"{"text": "a b"}"#)] {
        keyed(&api, "order-17", path, json, body).await.problem(422, "key-reused");
    }
    assert_eq!(api.memory.count(), 1);
    keyed(&api, "no spaces", "/jobs", json, r#"{"text": "a"}"#).await.refusal("header:Idempotency-Key");
}

#[tokio::test]
async fn recognises_a_large_keyed_body_by_its_digest() {
    let api = TestApi::new();
    let large = "word ".repeat(50_000);
    let first = keyed(&api, "k", "/jobs", "text/plain", &large).await;
    let again = keyed(&api, "k", "/jobs", "text/plain", &large).await;
    assert_eq!((again.id(), again.header("idempotency-replayed")), (first.id(), "true"));
    let other = keyed(&api, "k", "/jobs", "text/plain", &large.to_uppercase()).await;
    other.problem(422, "key-reused");
    let kind = "multipart/form-data; boundary=X";
    let file = (r#"name="file"; filename="a""#, large.as_str());
    api.post("/jobs", kind, multipart(&[file, (r#"name="top""#, "many")])).await.refusal("/top");
    api.tasks.close();
    api.tasks.wait().await;
    assert_eq!(api.memory.blob_count(), 1, "bodies without a job are removed");
}

#[tokio::test]
async fn faults_of_the_store_say_what_the_client_can_do() {
    let api = TestApi::new();
    for (kind, status, slug) in [
        (FaultKind::Unavailable, 503, "unavailable"),
        (FaultKind::Overloaded, 503, "overloaded"),
        (FaultKind::Unknown, 503, "outcome-unknown"),
        (FaultKind::Corrupt, 500, "internal"),
    ] {
        api.memory.fail(Some(kind));
        let response = api.post_json("/jobs", r#"{"text": "a"}"#).await;
        let body = response.problem(status, slug);
        assert_eq!(response.header("retry-after"), if status == 503 { "3" } else { "" });
        if kind == FaultKind::Unknown {
            assert!(body["detail"].as_str().unwrap().contains("same Idempotency-Key"), "{body}");
        }
        let large = "word ".repeat(50_000);
        api.post("/jobs", "text/plain", large).await.problem(status, slug);
    }
    api.memory.fail(None);
    api.submitted("well again").await;
}

#[tokio::test]
async fn a_submit_goes_on_when_its_client_leaves() {
    let api = TestApi::new();
    let closed = api.memory.gate.lock().await;
    let asking = api.post_json("/jobs", r#"{"text": "left alone"}"#);
    assert!(tokio::time::timeout(Duration::from_millis(50), asking).await.is_err());
    drop(closed);
    api.tasks.close();
    api.tasks.wait().await;
    assert_eq!(api.memory.count(), 1);
}
