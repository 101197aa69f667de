//! Data that version 1 wrote, read by the version of today: its folder, its exports, its idempotency keys.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use http_body_util::BodyExt;
use serde_json::Value;
use tally_api::{ApiOptions, Deps, MetricsText, router};
use tally_contract::doubles::{CountedIds, HandClock};
use tally_embedded::{Embedded, FolderOptions};
use tally_jobs::action::ApplyAction;
use tally_jobs::events::FanOut;
use tally_jobs::key::KeySecret;
use tally_jobs::notifier::CompletionNotifier;
use tally_jobs::query::{PollSchedule, Query};
use tally_jobs::submit::{Publisher, Submit};
use tally_kernel::Clock;
use tempfile::TempDir;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::program::{run_command, tally};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/1").join(name)
}

fn json(name: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(golden(name)).unwrap()).unwrap()
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy_folder(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}

struct NoMetrics;

#[async_trait::async_trait]
impl MetricsText for NoMetrics {
    async fn text(&self) -> String {
        String::new()
    }
}

/// A folder with the API over it, and no worker: on a clock that stands before every retention is over.
struct OpenFolder {
    embedded: Embedded,
    router: Router,
}

impl OpenFolder {
    fn open(folder: &Path, options: FolderOptions) -> Self {
        let clock = Arc::new(HandClock::default());
        let ids = Arc::new(CountedIds::default());
        let embedded =
            tally_embedded::open(folder, options, Arc::clone(&clock) as Arc<dyn Clock>, ids.clone()).unwrap();
        let events = Arc::new(FanOut(Vec::new()));
        let publisher = Publisher {
            queue: embedded.queue(),
            confirmed: Arc::default(),
            clock: clock.clone(),
            events: events.clone(),
            tasks: TaskTracker::new(),
            in_flight: Arc::new(Semaphore::new(1)),
        };
        let deps = Deps {
            submit: Submit {
                store: embedded.store(),
                publisher,
                clock: clock.clone(),
                ids,
                events: events.clone(),
                secret: embedded.key_secret().into_cell(),
            },
            query: Query {
                catalogue: embedded.catalogue(),
                notifier: CompletionNotifier::new(),
                clock: clock.clone(),
                polls: PollSchedule::SAME_PROCESS,
            },
            apply: ApplyAction { store: embedded.store(), queue: embedded.queue(), clock, events },
            blobs: embedded.blobs(),
            probes: Vec::new(),
            metrics: Arc::new(NoMetrics),
            hosts: tally_api::AllowedHosts::default(),
            observer: None,
            tasks: TaskTracker::new(),
            draining: CancellationToken::new(),
        };
        Self { embedded, router: router(deps, ApiOptions::default()) }
    }

    async fn call(&self, mut request: Request<Body>) -> (u16, axum::http::HeaderMap, Value) {
        request.headers_mut().insert("host", axum::http::HeaderValue::from_static("localhost"));
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = answer.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        (head.status.as_u16(), head.headers, serde_json::from_slice(&bytes).unwrap())
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        let (status, _, body) = self.call(Request::get(path).body(Body::empty()).unwrap()).await;
        (status, body)
    }

    /// Every job answers as it did before. Jobs between two states may have moved on: `ran` names them.
    async fn answers_as(&self, before: &Value, ran: &[&str]) {
        let records = before["records"].as_object().unwrap();
        assert_eq!(records.len(), 30);
        for (name, entry) in records {
            let Some(id) = entry["record"]["id"].as_str() else {
                // The deleted one: its id is in no answer but in none of the others either.
                assert_eq!(entry["status"], 410, "{name}");
                continue;
            };
            let (status, record) = self.get(&format!("/jobs/{id}")).await;
            assert_eq!(status, 200, "{name}");
            if ran.contains(&name.as_str()) {
                assert_eq!(record["state"], "queued", "{name}");
                continue;
            }
            assert_eq!(record, entry["record"], "{name}");
            if let Some(words) = entry.get("words") {
                let (status, found) = self.get(&format!("/jobs/{id}/words?limit=100000")).await;
                assert_eq!((status, &found), (200, words), "{name}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_answers_as_before() {
    let place = TempDir::new().unwrap();
    copy_folder(&golden("folder"), place.path());
    let folder = OpenFolder::open(place.path(), FolderOptions::default());
    let before = json("folder.json");
    folder.answers_as(&before, &["running"]).await;
    let (status, list) = folder.get("/jobs?limit=100").await;
    assert_eq!(status, 200);
    let listed = |list: &Value| -> Vec<Value> {
        // The one that ran has changed its state.
        list["jobs"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|job| job["links"]["self"] != before["records"]["running"]["record"]["links"]["self"])
            .cloned()
            .collect()
    };
    assert_eq!(listed(&list), listed(&before["list"]), "lists show the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn exports_of_a_folder_and_of_a_database_are_imported() {
    for (export, answers, ran) in [
        ("export.jsonl", "folder.json", &["running"][..]),
        ("export-mongodb.jsonl", "mongodb.json", &["running"]),
    ] {
        let place = TempDir::new().unwrap();
        let data = place.path().join("data");
        let imported =
            run_command(tally().arg("import").arg(&data).arg("-i").arg(golden(export)), b"").ended(0);
        assert!(imported.stderr.contains("imported 29 jobs; 0 were here already"), "{imported:?}");
        {
            let folder = OpenFolder::open(&data, FolderOptions::default());
            folder.answers_as(&json(answers), ran).await;
            folder.embedded.close().await.unwrap();
        }
        // What today's version exports is imported again, and answers the same.
        let (lines, second) = (place.path().join("lines"), place.path().join("second"));
        run_command(tally().arg("export").arg(&data).arg("-o").arg(&lines), b"").ended(0);
        let again = run_command(tally().arg("import").arg(&second).arg("-i").arg(&lines), b"").ended(0);
        assert!(again.stderr.contains("imported 29 jobs; 0 were here already"), "{again:?}");
        OpenFolder::open(&second, FolderOptions::default()).answers_as(&json(answers), ran).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keyed_requests_have_the_ids_and_fingerprints_of_before() {
    let keyed = json("keyed-requests.json");
    let secret = keyed["key_secret"].as_str().unwrap();
    let secret: Vec<u8> =
        (0..32).map(|at| u8::from_str_radix(&secret[at * 2..at * 2 + 2], 16).unwrap()).collect();
    let place = TempDir::new().unwrap();
    let key_secret = Some(KeySecret::new(secret.try_into().unwrap()));
    let folder = OpenFolder::open(place.path(), FolderOptions { key_secret, ..FolderOptions::default() });
    let requests = keyed["requests"].as_array().unwrap();
    assert_eq!(requests.len(), 20);
    for request in requests {
        let text = |name: &str| request[name].as_str().unwrap();
        let post = || {
            Request::post(text("path"))
                .header("content-type", text("content_type"))
                .header("idempotency-key", text("key"))
                .body(Body::from(BASE64.decode(text("body")).unwrap()))
                .unwrap()
        };
        let (status, headers, record) = folder.call(post()).await;
        assert_eq!((status, &record["id"]), (202, &request["id"]), "{}", text("name"));
        assert!(!headers.contains_key("idempotency-replayed"));
        let (_, headers, again) = folder.call(post()).await;
        assert_eq!(
            (&again["id"], &headers["idempotency-replayed"]),
            (&request["id"], &"true".parse().unwrap())
        );
    }
    let exported = folder.embedded.archive().export(None, 100).await.unwrap();
    assert_eq!(exported.len(), 20);
    for one in exported {
        let id = one.job.id.to_string();
        let request = requests.iter().find(|request| request["id"] == *id).unwrap();
        let print: String = one.job.fingerprint.unwrap().0.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(request["fingerprint"], print, "{}", request["name"]);
    }
}
