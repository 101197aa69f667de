//! The whole API over a store in memory, with a worker, and a client that reads answers.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::header::HOST;
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use tally_api::{AllowedHosts, ApiOptions, Deps, MetricsText, router};
use tally_extract::{Declared, Limits, sniff};
use tally_jobs::action::ApplyAction;
use tally_jobs::events::{Event, Events};
use tally_jobs::failure::Failure;
use tally_jobs::id::{JobId, WorkerId};
use tally_jobs::key::KeySecret;
use tally_jobs::notifier::CompletionNotifier;
use tally_jobs::ports::{CompleteResult, Delivery, JobQueue, JobStore};
use tally_jobs::query::{PollSchedule, Query};
use tally_jobs::record::{ClaimedJob, Job, Ticket};
use tally_jobs::state::AttemptOutcome;
use tally_jobs::submit::{Publisher, Submit};
use tally_kernel::Clock;
use tally_wordcount::analysis::Analysis;
use tally_wordcount::failure::of_extraction;
use tally_wordcount::report::CountResult;
use tally_wordcount::workload::output;
use tally_wordcount::{CountFailure, CountRecord, Source};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::memory_store::{CountedIds, MemoryStore, RuntimeClock};

/// The API with its store and worker.
pub struct TestApi {
    pub memory: Arc<MemoryStore>,
    pub router: Router,
    pub worker: Worker,
    pub draining: CancellationToken,
    pub tasks: TaskTracker,
}

/// Runs jobs.
#[derive(Clone)]
pub struct Worker {
    pub memory: Arc<MemoryStore>,
    clock: Arc<RuntimeClock>,
    events: Arc<dyn Events>,
}

impl Worker {
    pub async fn work(&self, ticket: Ticket) {
        let now = self.clock.now();
        let me = WorkerId::from("test");
        let Some(ClaimedJob { job, .. }) = self.memory.claim(ticket, &me, now).await.unwrap() else { return };
        let outcome = match self.count(&job) {
            Ok(result) => AttemptOutcome::Succeeded(Box::new(output(&result))),
            Err(failure) => AttemptOutcome::Failed(failure),
        };
        if let CompleteResult::Written(job) = self.memory.complete(&job, outcome, now).await.unwrap() {
            self.events.emit(Event::Ended { job: &Arc::new(job), run: Duration::ZERO });
        }
    }

    fn count(&self, job: &Job) -> Result<CountResult, Failure> {
        let bytes = self.memory.bytes(job.id);
        let CountRecord { source, options, .. } = CountRecord::of(job).unwrap();
        let declared = match &source {
            Source::File { name, content_type, .. } => {
                Declared { content_type: content_type.as_deref(), name: name.as_deref() }
            }
            Source::Text { .. } => {
                let mut analysis = Analysis::of_text(&options);
                analysis.push(&bytes)?;
                return analysis.finish();
            }
            Source::Url(_) => {
                return Err(CountFailure::SourceRefused.because("nothing is fetched here"));
            }
        };
        let media_type = sniff(&bytes, &declared).map_err(|error| of_extraction(&error))?;
        let mut analysis = Analysis::of_document(media_type, &declared, Limits::default(), &options);
        analysis.push(&bytes)?;
        analysis.finish()
    }
}

struct NoMetrics;

#[async_trait::async_trait]
impl MetricsText for NoMetrics {
    async fn text(&self) -> String {
        "tally_jobs_admitted_total 7\n# EOF\n".to_owned()
    }
}

impl TestApi {
    pub fn new() -> Self {
        Self::with(ApiOptions::default())
    }

    pub fn with(options: ApiOptions) -> Self {
        let memory = Arc::new(MemoryStore::default());
        let clock = RuntimeClock::new();
        let ids = Arc::new(CountedIds::default());
        let notifier = CompletionNotifier::new();
        let events: Arc<dyn Events> = notifier.clone();
        let draining = CancellationToken::new();
        let tasks = TaskTracker::new();
        let publisher = Publisher {
            queue: memory.clone(),
            confirmed: Arc::default(),
            clock: clock.clone(),
            events: events.clone(),
            tasks: tasks.clone(),
            in_flight: Arc::new(Semaphore::new(Publisher::IN_FLIGHT)),
        };
        let submit = Submit {
            store: memory.clone(),
            publisher,
            clock: clock.clone(),
            ids,
            events: events.clone(),
            secret: KeySecret::new([7; 32]).into_cell(),
        };
        let deps = Deps {
            submit,
            query: Query {
                catalogue: memory.clone(),
                notifier,
                clock: clock.clone(),
                polls: PollSchedule::SAME_PROCESS,
            },
            apply: ApplyAction {
                store: memory.clone(),
                queue: memory.clone(),
                clock: clock.clone(),
                events: events.clone(),
            },
            blobs: memory.clone(),
            probes: vec![memory.clone()],
            metrics: Arc::new(NoMetrics),
            hosts: AllowedHosts::default(),
            observer: None,
            tasks: tasks.clone(),
            draining: draining.clone(),
        };
        let worker = Worker { memory: memory.clone(), clock, events };
        Self { memory, router: router(deps, options), worker, draining, tasks }
    }

    /// Starts a worker that takes every ticket.
    pub fn start_working(&self) {
        let worker = self.worker.clone();
        self.tasks.spawn(async move {
            while let Ok(Delivery::Ticket(ticket, _)) = worker.memory.next().await {
                worker.work(ticket).await;
            }
        });
    }

    /// Runs a job to its end.
    pub async fn work_off(&self, id: JobId) {
        self.worker.work(self.memory.job(id).unwrap().ticket()).await;
    }

    /// Sends a request, and reads the whole answer.
    pub async fn send(&self, mut request: Request<Body>) -> TestResponse {
        request.headers_mut().entry(HOST).or_insert(HeaderValue::from_static("localhost"));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        TestResponse { status: head.status, headers: head.headers, body }
    }

    pub async fn get(&self, path: &str) -> TestResponse {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, path: &str, content_type: &str, body: impl Into<Body>) -> TestResponse {
        let mut request = Request::post(path);
        if !content_type.is_empty() {
            request = request.header("content-type", content_type);
        }
        self.send(request.body(body.into()).unwrap()).await
    }

    pub async fn post_json(&self, path: &str, body: &str) -> TestResponse {
        self.post(path, "application/json", body.to_owned()).await
    }

    /// A text job that was accepted.
    pub async fn submitted(&self, text: &str) -> JobId {
        let response = self.post_json("/jobs", &serde_json::json!({"text": text}).to_string()).await;
        assert_eq!(response.status, StatusCode::ACCEPTED);
        response.id()
    }

    /// A text job that was counted.
    pub async fn counted(&self, text: &str) -> JobId {
        let id = self.submitted(text).await;
        self.work_off(id).await;
        id
    }
}

/// An answer.
pub struct TestResponse {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl TestResponse {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn id(&self) -> JobId {
        JobId::parse(self.json()["id"].as_str().unwrap()).unwrap()
    }

    /// Checks that it is this problem with all its members, and returns its body.
    #[track_caller]
    pub fn problem(&self, status: u16, slug: &str) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        let body = self.json();
        assert_eq!(body["type"], format!("/problems/{slug}"), "{body}");
        assert_eq!(body["status"], status);
        assert_eq!(body["request_id"], self.header("x-request-id"));
        assert!(body["title"].as_str().is_some_and(|title| !title.is_empty()), "{body}");
        assert!(body["detail"].as_str().is_some_and(|detail| detail.len() > 10), "{body}");
        assert!(!self.text().contains("secret"), "{body}");
        body
    }

    /// Checks that it is a 422 with an error at `pointer`, and returns the error's detail.
    #[track_caller]
    pub fn refusal(&self, pointer: &str) -> String {
        let body = self.problem(422, "invalid-input");
        let errors = body["errors"].as_array().unwrap();
        let here = errors.iter().find(|error| error["pointer"] == pointer);
        let here = here.unwrap_or_else(|| panic!("nothing at {pointer}: {body}"));
        here["detail"].as_str().unwrap().to_owned()
    }
}
