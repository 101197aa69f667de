//! Worker slots and the relay over test doubles, with faults between any two steps.
//!
//! The tests move the clock by hand and wait for events, so each takes milliseconds and gives the same result each time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::thread::ThreadId;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::ready;
use futures_util::stream::once;
use tally_contract::doubles::{
    Action, CRASH, CountedIds, Faulty, HandClock, ParserInProcess, Points, Recorded, Recorder, Script,
    ScriptedFetcher,
};
use tally_contract::memory::{MemoryBlobs, MemoryQueue, MemoryStore};
use tally_contract::{counts, samples};
use tally_jobs::confirmed_publishes::ConfirmedPublishes;
use tally_jobs::content::{Content, StoredBody};
use tally_jobs::events::{Event, Events, FanOut};
use tally_jobs::failure::FailureType;
use tally_jobs::id::JobId;
use tally_jobs::key::KeySecret;
use tally_jobs::ports::{Blobs, JobCatalogue, JobQueue, JobStore, Lookup};
use tally_jobs::record::{Job, NewJob, Ticket};
use tally_jobs::relay::Relay;
use tally_jobs::runner::Runner;
use tally_jobs::state::{JobAction, JobState};
use tally_jobs::submit::{Accepted, Publisher, Submit};
use tally_jobs::workload::{Workload, Workloads};
use tally_kernel::{Clock, FaultKind, Ids, OwnerId, PublicUrl, Timestamp};
use tally_outbound::{BreakerObserver, HostLimiter, LimitedFetcher};
use tally_wordcount::ports::Fetcher;
use tally_wordcount::report::Report;
use tally_wordcount::workload::CountLimits;
use tally_wordcount::{CountFailure, CountRecord, CountWorkload};
use tally_worker::{ShutdownTokens, WorkerSlot};
use tokio::runtime::{Builder, Handle};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::task::TaskTracker;

const PAGE: &str = "http://example.com/page";

/// A platform in memory.
struct Stage {
    clock: Arc<HandClock>,
    points: Arc<Points>,
    recorder: Arc<Recorder>,
    pages: Arc<ScriptedFetcher>,
    catalogue: Arc<dyn JobCatalogue>,
    store: Arc<dyn JobStore>,
    queue: Arc<dyn JobQueue>,
    runner: Runner,
    count: CountWorkload,
    confirmed: Arc<ConfirmedPublishes>,
    transitions: Arc<Transitions>,
    tasks: TaskTracker,
    in_flight: Arc<Semaphore>,
    shutdown: ShutdownTokens,
    slots: JoinSet<()>,
}

impl Stage {
    fn new() -> Self {
        let clock = Arc::new(HandClock::default());
        let points = Points::new();
        let recorder = Recorder::new();
        let pages = Arc::new(ScriptedFetcher::default());
        let blobs = MemoryBlobs::new(Arc::clone(&clock) as Arc<dyn Clock>);
        let memory = MemoryStore::new(Arc::clone(&blobs));
        let store: Arc<dyn JobStore> =
            Faulty::<dyn JobStore>::new(Arc::clone(&memory) as _, Arc::clone(&points));
        let queue: Arc<dyn JobQueue> =
            Faulty::<dyn JobQueue>::new(Arc::new(MemoryQueue::default()) as _, Arc::clone(&points));
        let ids: Arc<dyn Ids> = Arc::new(CountedIds::with_chance(1.0));
        let transitions = Arc::<Transitions>::default();
        let count = CountWorkload {
            blobs: blobs as Arc<dyn Blobs>,
            fetcher: limited(8, &pages, &clock, &ids, &transitions),
            limits: CountLimits::default(),
            parser: Arc::new(ParserInProcess),
            large: Arc::new(Semaphore::new(1)),
        };
        let runner = Runner {
            store: Arc::clone(&store),
            workloads: Workloads::default(),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            ids,
            events: Arc::clone(&recorder) as Arc<dyn Events>,
            worker: samples::worker("stage"),
        };
        Self {
            clock,
            points,
            recorder,
            pages,
            catalogue: memory,
            store,
            queue,
            runner,
            count,
            confirmed: Arc::default(),
            transitions,
            tasks: TaskTracker::new(),
            in_flight: Arc::new(Semaphore::new(Publisher::IN_FLIGHT)),
            shutdown: ShutdownTokens::default(),
            slots: JoinSet::new(),
        }
    }

    fn start_slots(&mut self, slots: usize) {
        self.start_slots_beside(slots, Handle::current());
    }

    fn start_slots_beside(&mut self, slots: usize, cpu_runtime: Handle) {
        let count: Arc<dyn Workload> = Arc::new(self.count.clone());
        let runner = Runner { workloads: Workloads::of([count]), ..self.runner.clone() };
        let slot = WorkerSlot::new(runner, Arc::clone(&self.queue), self.shutdown.clone(), cpu_runtime);
        for _ in 0..slots {
            self.slots.spawn(slot.clone().run());
        }
    }

    fn relay(&self) -> Relay {
        Relay {
            store: Arc::clone(&self.store),
            queue: Arc::clone(&self.queue),
            clock: Arc::clone(&self.runner.clock),
            events: Arc::clone(&self.runner.events),
            confirmed: Arc::clone(&self.confirmed),
        }
    }

    async fn submit(&self, new: NewJob) -> JobId {
        let publisher = Publisher {
            queue: Arc::clone(&self.queue),
            confirmed: Arc::clone(&self.confirmed),
            clock: Arc::clone(&self.runner.clock),
            events: Arc::clone(&self.runner.events),
            tasks: self.tasks.clone(),
            in_flight: Arc::clone(&self.in_flight),
        };
        let submit = Submit {
            store: Arc::clone(&self.store),
            publisher,
            clock: Arc::clone(&self.runner.clock),
            ids: Arc::clone(&self.runner.ids),
            events: Arc::clone(&self.runner.events),
            secret: KeySecret::new([7; 32]).into_cell(),
        };
        match submit.run(NewJob { created_at: self.clock.now(), ..new }).await {
            Ok(Accepted::New(job)) => job.id,
            other => panic!("not accepted: {other:?}"),
        }
    }

    /// Claims the job twice, as two workers that then crash.
    async fn crash_twice(&self, id: JobId) {
        let crashing = samples::worker("crashing");
        for crash in 1..=2 {
            let ticket = Ticket { redelivered: true, ..self.job(id).await.ticket() };
            let hold = self
                .store
                .claim(ticket, &crashing, self.clock.now())
                .await
                .expect("claim")
                .expect("a job to take");
            assert_eq!(hold.job.crashes, crash);
        }
        let ticket = Ticket { redelivered: true, ..self.job(id).await.ticket() };
        self.queue.publish(ticket).await.expect("publish");
    }

    /// Waits until every publish beside a submit has ended.
    async fn publishes_end(&self) {
        self.tasks.close();
        self.tasks.wait().await;
        self.tasks.reopen();
    }

    async fn job(&self, id: JobId) -> Job {
        match self.catalogue.find(&OwnerId::LOCAL, id).await {
            Ok(Lookup::Found(job)) => job,
            other => panic!("not found: {other:?}"),
        }
    }

    /// Advances the clock, slow pages and the relay step by step until this many jobs have ended.
    async fn until_ended(&self, jobs: usize) {
        for _ in 0..10_000 {
            if self.ended() >= jobs {
                return;
            }
            self.pages.let_go();
            self.pass(Duration::from_millis(250)).await;
        }
        panic!("{} of {jobs} jobs have ended", self.ended());
    }

    /// Advances the clock, then lets the relay and all tasks run.
    async fn pass(&self, time: Duration) {
        self.clock.advance(time);
        self.relay().step().await.expect("a step of the relay");
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
    }

    fn ended(&self) -> usize {
        self.recorder.all().iter().filter(|told| matches!(told, Recorded::Ended(_))).count()
    }

    fn postponed(&self) -> usize {
        self.recorder.all().iter().filter(|told| matches!(told, Recorded::Deferred(..))).count()
    }

    async fn end(self) {
        self.queue.close();
        self.slots.join_all().await;
    }
}

/// The hosts whose circuit opened, and those whose circuit closed.
#[derive(Default)]
struct Transitions(Mutex<(Vec<String>, Vec<String>)>);

impl BreakerObserver for Transitions {
    fn opened(&self, host: &str, _until: Timestamp) {
        self.0.lock().expect("no panic under the lock").0.push(host.to_owned());
    }
    fn closed(&self, host: &str) {
        self.0.lock().expect("no panic under the lock").1.push(host.to_owned());
    }
}

/// Fetches these pages, at most `per_host` at once from each host.
fn limited(
    per_host: u16,
    pages: &Arc<ScriptedFetcher>,
    clock: &Arc<HandClock>,
    ids: &Arc<dyn Ids>,
    transitions: &Arc<Transitions>,
) -> Arc<dyn Fetcher> {
    let limiter = HostLimiter::new(per_host, Arc::clone(clock) as _, Arc::clone(ids));
    Arc::new(LimitedFetcher::new(Arc::clone(pages) as _, limiter, Arc::clone(transitions) as _))
}

fn report(job: &Job) -> Report {
    CountRecord::of(job).expect("a readable record").report.expect("it succeeded")
}

fn failing(kind: CountFailure) -> Script {
    Script::Fails(kind.because("by script"))
}

#[tokio::test]
async fn counts_a_text() {
    let mut stage = Stage::new();
    stage.start_slots(2);
    let id = stage.submit(counts::text(1)).await;
    let job = stage.recorder.wait_for_end(id).await;
    assert_eq!((job.state, job.attempts, job.crashes), (JobState::Succeeded, 1, 0));
    assert!(report(&job).numbers.words.iter().any(|(_, words)| *words > 0));
    stage.end().await;
}

/// Records the thread on which each job ended.
#[derive(Default)]
struct Threads(Mutex<HashMap<JobId, ThreadId>>);

impl Events for Threads {
    fn emit(&self, event: Event<'_>) {
        if let Event::Ended { job, .. } = event {
            self.0.lock().expect("no panic under the lock").insert(job.id, std::thread::current().id());
        }
    }
}

#[tokio::test]
async fn counts_short_texts_in_the_slot_and_other_jobs_on_the_cpu_runtime() {
    let cpu_runtime = Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let mut stage = Stage::new();
    let threads = Arc::new(Threads::default());
    let both: Vec<Arc<dyn Events>> = vec![Arc::clone(&threads) as _, Arc::clone(&stage.recorder) as _];
    stage.runner.events = Arc::new(FanOut(both));
    stage.pages.script(PAGE, [Script::text("three plain words")]);
    stage.start_slots_beside(1, cpu_runtime.handle().clone());
    let (short, page) = (stage.submit(counts::text(1)).await, stage.submit(counts::url(2, PAGE)).await);
    for id in [short, page] {
        assert_eq!(stage.recorder.wait_for_end(id).await.state, JobState::Succeeded);
    }
    let there = cpu_runtime.spawn(async { std::thread::current().id() }).await.unwrap();
    let threads = threads.0.lock().unwrap().clone();
    assert_eq!(threads, HashMap::from([(short, std::thread::current().id()), (page, there)]));
    stage.end().await;
    cpu_runtime.shutdown_background();
}

#[tokio::test]
async fn retries_a_temporary_failure_when_it_is_due_and_not_before() {
    let mut stage = Stage::new();
    stage.pages.script(PAGE, [failing(CountFailure::SourceUnavailable), Script::text("three plain words")]);
    stage.start_slots(1);
    let id = stage.submit(counts::url(1, PAGE)).await;
    stage.recorder.wait_for(|told| matches!(told, Recorded::Retried(..))).await;
    let waiting = stage.job(id).await;
    assert_eq!((waiting.state, waiting.attempts), (JobState::Queued, 1));
    assert_eq!(waiting.due_at.since(stage.clock.now()), Duration::from_secs(2), "full chance, first failure");
    assert_eq!(stage.relay().step().await.unwrap(), 0, "not due yet");
    stage.clock.advance(Duration::from_secs(2));
    assert_eq!(stage.relay().step().await.unwrap(), 1);
    let job = stage.recorder.wait_for_end(id).await;
    assert_eq!((job.state, job.attempts), (JobState::Succeeded, 2));
    assert_eq!(stage.pages.asked().len(), 2);
    stage.end().await;
}

#[tokio::test]
async fn fails_a_document_that_kills_its_parser_three_times() {
    let mut stage = Stage::new();
    stage.pages.script(PAGE, [document("application/pdf", CRASH)]);
    stage.start_slots(1);
    let id = stage.submit(counts::url(1, PAGE)).await;
    for retries in 1..3 {
        while stage.job(id).await.attempts < retries || stage.job(id).await.state != JobState::Queued {
            tokio::task::yield_now().await;
        }
        stage.clock.advance(Duration::from_secs(10));
        assert_eq!(stage.relay().step().await.unwrap(), 1);
    }
    let job = stage.recorder.wait_for_end(id).await;
    assert_eq!((job.state, job.attempts, job.crashes), (JobState::Failed, 3, 0));
    assert_eq!(job.failure.as_ref().map(|failure| &*failure.name), Some(FailureType::CRASHED_WORKER.name));
    stage.end().await;
}

#[tokio::test]
async fn counts_a_parsed_document_by_region() {
    let mut stage = Stage::new();
    let xliff = b"<xliff><source>three plain words</source><target>nur zwei</target></xliff>";
    stage.pages.script(PAGE, [document("application/xliff+xml", xliff)]);
    stage.start_slots(1);
    let id = stage.submit(counts::url(1, PAGE)).await;
    let job = stage.recorder.wait_for_end(id).await;
    let report = report(&job);
    assert_eq!(report.numbers.words_by(report.definition), 3);
    let regions: Vec<_> = report.regions.iter().map(|(region, _)| region.as_str()).collect();
    assert_eq!(regions, ["body", "translation"]);
    assert_eq!(report.document.final_url.as_deref(), Some(PAGE));
    stage.end().await;
}

/// A document in small pieces, so that its type shows only after several of them.
fn document(content_type: &str, bytes: &'static [u8]) -> Script {
    Script::Page {
        content_type: Some(content_type.to_owned()),
        pieces: bytes.chunks(4).map(Bytes::from_static).collect(),
        final_url: None,
        breaks: None,
    }
}

#[tokio::test]
async fn does_not_retry_a_permanent_failure() {
    let mut stage = Stage::new();
    stage.pages.script(PAGE, [failing(CountFailure::SourceRefused)]);
    stage.start_slots(1);
    let id = stage.submit(counts::url(1, PAGE)).await;
    let job = stage.recorder.wait_for_end(id).await;
    assert_eq!(job.state, JobState::Failed);
    assert_eq!(
        job.failure.as_ref().map(|failure| &*failure.name),
        Some(CountFailure::SourceRefused.as_type().name)
    );
    assert_eq!(stage.pages.asked().len(), 1);
    stage.end().await;
}

#[tokio::test]
async fn fails_after_five_attempts() {
    let mut stage = Stage::new();
    stage.pages.script(PAGE, [failing(CountFailure::Unreachable)]);
    stage.start_slots(1);
    let id = stage.submit(counts::url(1, PAGE)).await;
    for attempt in 1..5 {
        stage.recorder.wait_for(|_| stage.pages.asked().len() == attempt).await;
        while stage.job(id).await.state != JobState::Queued {
            tokio::task::yield_now().await;
        }
        stage.clock.advance(Duration::from_secs(300));
        stage.relay().step().await.unwrap();
    }
    let job = stage.recorder.wait_for_end(id).await;
    assert_eq!((job.state, job.attempts), (JobState::Failed, 5));
    stage.end().await;
}

#[tokio::test]
async fn relays_a_job_whose_publish_failed() {
    let mut stage = Stage::new();
    stage.points.arm("publish", Action::FailBefore(FaultKind::Unavailable), 1);
    let id = stage.submit(counts::text(1)).await;
    stage.recorder.wait_for(|told| matches!(told, Recorded::NotPublished(_))).await;
    stage.start_slots(1);
    stage.clock.advance(Duration::from_secs(60));
    while stage.relay().step().await.unwrap() == 0 {
        stage.clock.advance(Duration::from_secs(1));
    }
    assert_eq!(stage.recorder.wait_for_end(id).await.state, JobState::Succeeded);
    stage.end().await;
}

#[tokio::test]
async fn writes_an_outcome_once_though_the_answer_was_lost() {
    let mut stage = Stage::new();
    stage.points.arm("complete", Action::FailAfter(FaultKind::Unknown), 1);
    stage.start_slots(1);
    let id = stage.submit(counts::text(1)).await;
    stage.recorder.wait_for(|told| matches!(told, Recorded::Released(_))).await;
    let job = stage.job(id).await;
    assert_eq!(
        (job.state, job.attempts),
        (JobState::Succeeded, 1),
        "it was written; giving it back changed nothing"
    );
    stage.end().await;
}

#[tokio::test]
async fn runs_a_job_again_uncharged_after_a_store_fault() {
    let mut stage = Stage::new();
    stage.points.arm("complete", Action::FailBefore(FaultKind::Unavailable), 1);
    stage.start_slots(1);
    let id = stage.submit(counts::text(1)).await;
    stage.recorder.wait_for(|told| matches!(told, Recorded::Released(_))).await;
    while stage.relay().step().await.unwrap() == 0 {
        stage.clock.advance(Duration::from_secs(1));
    }
    let job = stage.recorder.wait_for_end(id).await;
    assert_eq!((job.state, job.attempts, job.crashes), (JobState::Succeeded, 1, 0));
    stage.end().await;
}

#[tokio::test]
async fn stops_a_cancelled_run_at_the_next_heartbeat() {
    let mut stage = Stage::new();
    stage.pages.script(PAGE, [Script::Hangs]);
    stage.start_slots(1);
    let id = stage.submit(counts::url(1, PAGE)).await;
    stage.recorder.wait_for(|told| matches!(told, Recorded::Claimed(_))).await;
    stage.clock.somebody_sleeps().await;
    stage.store.apply(&OwnerId::LOCAL, id, JobAction::Cancel, stage.clock.now()).await.unwrap();
    stage.clock.advance(Duration::from_millis(500));
    stage.recorder.wait_for(|told| matches!(told, Recorded::Fenced(_))).await;
    assert_eq!(stage.job(id).await.state, JobState::Cancelled);
    stage.end().await;
}

#[tokio::test]
async fn fails_a_job_that_crashed_three_workers_without_running_it() {
    let mut stage = Stage::new();
    let new = counts::url(1, PAGE);
    let id = new.id;
    stage.store.admit(new).await.unwrap();
    for _ in 0..3 {
        let ticket = stage.job(id).await.ticket();
        let died = stage.store.claim(ticket, &samples::worker("died"), stage.clock.now()).await.unwrap();
        assert!(died.is_some());
        stage.clock.advance(Duration::from_secs(31));
    }
    stage.start_slots(1);
    assert_eq!(stage.relay().step().await.unwrap(), 1);
    let job = stage.recorder.wait_for_end(id).await;
    assert_eq!(job.failure.as_ref().map(|failure| &*failure.name), Some(FailureType::CRASHED_WORKER.name));
    assert_eq!(stage.pages.asked(), Vec::<String>::new(), "it was not read again");
    stage.end().await;
}

#[tokio::test]
async fn releases_running_jobs_when_the_shutdown_gives_up() {
    let mut stage = Stage::new();
    stage.pages.script(PAGE, [Script::Hangs]);
    stage.start_slots(1);
    let id = stage.submit(counts::url(1, PAGE)).await;
    stage.recorder.wait_for(|told| matches!(told, Recorded::Claimed(_))).await;
    stage.queue.close();
    stage.shutdown.give_up.cancel();
    stage.recorder.wait_for(|told| matches!(told, Recorded::Released(_))).await;
    let job = stage.job(id).await;
    assert_eq!((job.state, job.attempts, job.crashes), (JobState::Queued, 0, 0));
    stage.slots.join_all().await;
}

/// How a job ends whose stored body has other bytes than were submitted.
async fn outcome_of_stored(
    stage: &Stage,
    number: u64,
    expected: &'static [u8],
    stored: &'static [u8],
) -> Job {
    let body = |bytes: &'static [u8]| Box::pin(once(ready(Ok(Bytes::from_static(bytes)))));
    let submitted = stage.count.blobs.keep(body(expected)).await.expect("the body is kept");
    let kept = stage.count.blobs.keep(body(stored)).await.expect("the body is kept");
    let content = Content::Stored(StoredBody { id: kept.id, digest: Some(submitted.digest) });
    let content_bytes = submitted.bytes;
    let id = stage.submit(NewJob { content: Some(content), content_bytes, ..counts::text(number) }).await;
    (*stage.recorder.wait_for_end(id).await).clone()
}

#[tokio::test]
async fn a_stored_body_that_was_cut_changed_or_lengthened_is_lost_content() {
    let mut stage = Stage::new();
    stage.start_slots(1);
    let job = outcome_of_stored(&stage, 1, b"three small words", b"three small words").await;
    assert_eq!(job.state, JobState::Succeeded);
    // The last is not UTF-8 from its middle on, so its reader stops there.
    let damaged: [&[u8]; 5] =
        [b"three small", b"", b"three small wards", b"three small words more", b"three \xff small words"];
    for (number, stored) in (2..).zip(damaged) {
        let job = outcome_of_stored(&stage, number, b"three small words", stored).await;
        let name = job.failure.as_ref().map(|failure| &*failure.name);
        assert_eq!(name, Some(FailureType::CONTENT_LOST.name), "{stored:?}");
    }
    stage.end().await;
}

#[tokio::test]
async fn drops_a_ticket_without_a_job() {
    let mut stage = Stage::new();
    let stranger = Ticket { id: samples::stranger(), ..counts::text(1).into_job().ticket() };
    stage.queue.publish(stranger).await.unwrap();
    stage.start_slots(1);
    let id = stage.submit(counts::text(2)).await;
    assert_eq!(stage.recorder.wait_for_end(id).await.state, JobState::Succeeded);
    stage.end().await;
}

#[tokio::test]
async fn fails_a_hanging_job_at_its_deadline() {
    let mut stage = Stage::new();
    stage.pages.script(PAGE, [Script::Hangs]);
    stage.start_slots(1);
    let mut new = counts::url(1, PAGE);
    new.options.deadline = Duration::from_secs(3);
    let id = stage.submit(new).await;
    stage.recorder.wait_for(|told| matches!(told, Recorded::Claimed(_))).await;
    stage.clock.somebody_sleeps().await;
    stage.clock.advance(Duration::from_secs(3));
    let job = stage.recorder.wait_for_end(id).await;
    assert_eq!(job.failure.as_ref().map(|failure| &*failure.name), Some(FailureType::DEADLINE_EXCEEDED.name));
    stage.end().await;
}

#[tokio::test]
async fn a_job_that_waits_for_an_exclusive_run_is_not_charged() {
    let mut stage = Stage::new();
    let (neighbour, suspect) = ("http://example.com/neighbour", "http://example.com/suspect");
    stage.pages.script(neighbour, [Script::Hangs]);
    stage.start_slots(2);
    stage.submit(counts::url(1, neighbour)).await;
    stage.recorder.wait_for(|told| matches!(told, Recorded::Claimed(_))).await;
    // Not published at first: it crashes twice before a slot sees it.
    let id = counts::url(2, suspect).id;
    stage.store.admit(counts::url(2, suspect)).await.unwrap();
    stage.crash_twice(id).await;
    // It may not run beside the neighbour, so the slot that claimed it releases it.
    stage.recorder.wait_for(|told| matches!(told, Recorded::Released(_))).await;
    let waiting = stage.job(id).await;
    assert_eq!((waiting.state, waiting.crashes), (JobState::Queued, 2), "as before the claim");
    stage.shutdown.give_up.cancel();
    stage.end().await;
}

/// RabbitMQ before 4.3 drops a ticket that came back too often, so it must not come back once a second.
#[tokio::test]
async fn keeps_a_ticket_during_a_store_outage() {
    let mut stage = Stage::new();
    stage.points.arm("claim", Action::FailBefore(FaultKind::Unavailable), 5);
    stage.start_slots(2);
    let id = stage.submit(counts::text(1)).await;
    while stage.points.passed("claim") <= 5 {
        stage.clock.advance(Duration::from_secs(2));
        tokio::task::yield_now().await;
    }
    let job = stage.recorder.wait_for_end(id).await;
    assert_eq!((job.state, job.attempts), (JobState::Succeeded, 1));
    assert_eq!(stage.points.passed("nack"), 0);
    stage.end().await;
}

#[tokio::test]
async fn gives_a_ticket_back_at_once_when_it_drains_during_a_store_outage() {
    let mut stage = Stage::new();
    stage.points.arm("claim", Action::FailBefore(FaultKind::Unavailable), usize::MAX);
    stage.start_slots(1);
    stage.submit(counts::text(1)).await;
    stage.clock.somebody_sleeps().await;
    stage.queue.close();
    stage.shutdown.drain.cancel();
    stage.slots.join_all().await;
    assert_eq!(stage.points.passed("nack"), 1);
}

/// Otherwise a broker that never confirms a ticket would delay every client by its whole time limit.
#[tokio::test]
async fn a_silent_queue_delays_no_client() {
    let stage = Stage::new();
    stage.points.arm("publish", Action::Hang, 1);
    let id = stage.submit(counts::text(1)).await;
    stage.clock.somebody_sleeps().await;
    stage.clock.advance(Duration::from_secs(1));
    stage.recorder.wait_for(|told| matches!(told, Recorded::NotPublished(_))).await;
    assert_eq!(stage.job(id).await.state, JobState::Queued);
    assert_eq!(stage.relay().step().await.unwrap(), 1);
}

/// Backpressure: a slow broker slows down the submits, and what it does not confirm is left to the relay.
#[tokio::test]
async fn a_submit_waits_while_too_many_publishes_are_in_flight() {
    let stage = Stage { in_flight: Arc::new(Semaphore::new(1)), ..Stage::new() };
    stage.points.arm("publish", Action::Hang, 2);
    stage.submit(counts::text(1)).await;
    stage.clock.somebody_sleeps().await;
    let mut second = Box::pin(stage.submit(counts::text(2)));
    assert!((&mut second).now_or_never().is_none(), "it waits for its own publish");
    stage.clock.advance(Duration::from_secs(1));
    second.await;
    stage.publishes_end().await;
    assert_eq!(stage.relay().step().await.unwrap(), 2);
    stage.submit(counts::text(3)).now_or_never().expect("there is room again");
    stage.publishes_end().await;
}

/// Otherwise the lease of the lost claim would delay the job by half a minute.
#[tokio::test]
async fn a_slot_takes_over_its_own_claim_whose_answer_was_lost() {
    let mut stage = Stage::new();
    stage.points.arm("claim", Action::FailAfter(FaultKind::Unknown), 1);
    stage.start_slots(1);
    let id = stage.submit(counts::text(1)).await;
    stage.clock.somebody_sleeps().await;
    stage.clock.advance(Duration::from_secs(2));
    let job = stage.recorder.wait_for_end(id).await;
    assert_eq!((job.state, job.attempts, job.crashes), (JobState::Succeeded, 2, 0));
    stage.end().await;
}

#[tokio::test]
async fn asks_a_failing_queue_again_after_a_pause() {
    let mut stage = Stage::new();
    stage.points.arm("next", Action::FailBefore(FaultKind::Unavailable), 3);
    stage.start_slots(1);
    for asked in 1..=3 {
        stage.clock.somebody_sleeps().await;
        assert_eq!(stage.points.passed("next"), asked, "not before it has rested");
        stage.clock.advance(Duration::from_secs(2));
        while stage.points.passed("next") == asked {
            tokio::task::yield_now().await;
        }
    }
    let id = stage.submit(counts::text(1)).await;
    assert_eq!(stage.recorder.wait_for_end(id).await.state, JobState::Succeeded);
    stage.end().await;
}

#[tokio::test]
async fn writes_confirmed_publishes_again_after_a_store_fault() {
    let stage = Stage::new();
    let (relay, id) = (stage.relay(), stage.submit(counts::text(1)).await);
    stage.publishes_end().await;
    stage.clock.advance(Duration::from_secs(1));
    stage.points.arm("published", Action::FailBefore(FaultKind::Unavailable), 1);
    assert_eq!(relay.step().await.unwrap_err().kind, FaultKind::Unavailable);
    stage.clock.advance(Duration::from_secs(1));
    assert_eq!(relay.step().await.unwrap(), 0, "it was told before it asked what is overdue");
    assert_eq!(stage.points.passed("published"), 2);
    assert_eq!(stage.job(id).await.state, JobState::Queued);
    stage.end().await;
}

#[tokio::test]
async fn a_submit_records_its_publish_for_the_relay() {
    let stage = Stage::new();
    stage.points.arm("publish", Action::FailBefore(FaultKind::Unavailable), 1);
    let _left_to_the_relay = stage.submit(counts::text(1)).await;
    stage.publishes_end().await;
    let handed_out = stage.submit(counts::text(2)).await;
    stage.publishes_end().await;
    let later = stage.clock.now().after(Duration::from_secs(1));
    let (tickets, at) = stage.confirmed.due(later).expect("a note");
    assert_eq!(tickets.iter().map(|ticket| ticket.id).collect::<Vec<_>>(), [handed_out]);
    assert_eq!(at, stage.clock.now());
    stage.end().await;
}

/// A deferred job leaves its slot to jobs of other hosts, and is not charged.
#[tokio::test]
async fn many_jobs_of_one_host_do_not_delay_jobs_of_other_hosts() {
    let mut stage = Stage::new();
    let elsewhere = "http://example.org/page";
    stage.pages.script(PAGE, [Script::text("three plain words").slow()]);
    stage.pages.script(elsewhere, [Script::text("two words")]);
    stage.start_slots(12);
    for number in 1..=40 {
        stage.submit(counts::url(number, PAGE)).await;
    }
    stage.recorder.wait_for(|_| stage.postponed() == 32).await;
    assert_eq!(stage.pages.asked().len(), 8);
    let waiting = stage.job(samples::id(40)).await;
    assert_eq!((waiting.state, waiting.attempts, waiting.crashes), (JobState::Queued, 0, 0));
    assert!(waiting.due_at > stage.clock.now());
    let other = stage.submit(counts::url(41, elsewhere)).await;
    assert_eq!(stage.recorder.wait_for_end(other).await.state, JobState::Succeeded);
    assert_eq!(stage.ended(), 1, "all the others wait for their page");
    stage.until_ended(41).await;
    for number in 1..=40 {
        let job = stage.job(samples::id(number)).await;
        assert_eq!((job.state, job.attempts, job.crashes), (JobState::Succeeded, 1, 0), "{number}");
    }
    assert_eq!(stage.pages.most_at_once("example.com:80"), 8);
    assert_eq!(stage.pages.asked().len(), 41, "each page was asked for once");
    stage.end().await;
}

#[tokio::test]
async fn asks_a_failing_host_rarely_and_runs_its_jobs_once_it_answers() {
    let mut stage = Stage::new();
    stage.pages.script(PAGE, [failing(CountFailure::SourceUnavailable)]);
    stage.start_slots(12);
    for number in 1..=30 {
        stage.submit(counts::url(number, PAGE)).await;
    }
    stage.recorder.wait_for(|_| stage.postponed() == 25).await;
    assert_eq!(stage.pages.asked().len(), 5, "five failures in a row, and no more");
    for _ in 0..80 {
        stage.pass(Duration::from_millis(250)).await;
    }
    let during = stage.pages.asked().len();
    assert_eq!(during, 8, "in twenty seconds one more after 2 s, after 4 s, after 8 s");
    stage.pages.script(PAGE, [Script::text("three plain words")]);
    stage.until_ended(30).await;
    let mut attempts = 0;
    for number in 1..=30 {
        let job = stage.job(samples::id(number)).await;
        assert_eq!(job.state, JobState::Succeeded, "{number}");
        attempts += job.attempts as usize;
    }
    assert_eq!(attempts, during + 30, "charged for what was tried, and for nothing else");
    let host = || vec!["example.com:80".to_owned()];
    assert_eq!(*stage.transitions.0.lock().unwrap(), (host(), host()), "each is reported once");
    stage.end().await;
}

/// An example is a URL shortener: its targets fail, and it must still be asked.
#[tokio::test]
async fn a_failure_behind_a_redirect_is_not_charged_to_the_first_host() {
    let mut stage = Stage::new();
    let dead = PublicUrl::parse("http://dead.example.com/").unwrap();
    let failure = CountFailure::Unreachable.because("by script");
    stage.pages.script(PAGE, [Script::Leads(dead, failure)]);
    stage.start_slots(1);
    for number in 1..=12 {
        stage.submit(counts::url(number, PAGE)).await;
    }
    stage.until_ended(12).await;
    assert_eq!(stage.pages.asked().len(), 12 * 5, "each is tried as often as if it were alone");
    let told = stage.recorder.all();
    assert!(!told.iter().any(|told| matches!(told, Recorded::Deferred(..))), "{told:?}");
    assert_eq!(*stage.transitions.0.lock().unwrap(), Default::default());
    stage.end().await;
}

/// Its jobs do not wait for hours, and it is still asked rarely.
#[tokio::test]
async fn jobs_of_a_host_that_stays_down_fail_within_minutes() {
    let mut stage = Stage::new();
    stage.pages.script(PAGE, [failing(CountFailure::Unreachable)]);
    stage.start_slots(12);
    for number in 1..=30 {
        stage.submit(counts::url(number, PAGE)).await;
    }
    let began = stage.clock.now();
    stage.until_ended(30).await;
    assert!(stage.clock.now().since(began) < Duration::from_secs(15 * 60));
    for number in 1..=30 {
        let job = stage.job(samples::id(number)).await;
        assert_eq!((job.state, job.attempts), (JobState::Failed, 5), "{number}");
        assert_eq!(
            job.failure.as_ref().map(|failure| &*failure.name),
            Some(CountFailure::Unreachable.as_type().name)
        );
    }
    let asked = stage.pages.asked().len();
    assert!(asked < 30, "it was asked {asked} times");
    stage.end().await;
}

#[tokio::test]
async fn a_job_that_never_gets_a_permit_fails_at_its_deadline() {
    let mut stage = Stage::new();
    stage.pages.script(PAGE, [Script::Hangs]);
    stage.start_slots(9);
    for number in 1..=8 {
        stage.submit(counts::url(number, PAGE)).await;
    }
    stage.recorder.wait_for(|_| stage.pages.asked().len() == 8).await;
    let mut new = counts::url(9, PAGE);
    new.options.deadline = Duration::from_secs(3);
    let id = stage.submit(new).await;
    stage.until_ended(1).await;
    let job = stage.recorder.wait_for_end(id).await;
    assert_eq!(job.failure.as_ref().map(|failure| &*failure.name), Some(FailureType::DEADLINE_EXCEEDED.name));
    assert!(job.finished_at.is_some_and(|at| at.since(job.deadline_at()) < Duration::from_secs(1)));
    assert_eq!((job.attempts, stage.pages.asked().len()), (1, 8));
    stage.shutdown.give_up.cancel();
    stage.end().await;
}

/// A permit lives as long as the body, and is free again when a reader stops early.
#[tokio::test]
async fn every_end_of_a_fetch_frees_its_permit() {
    let mut stage = Stage::new();
    let broken = || Some(CountFailure::BrokenBody.because("it broke off"));
    let page = |content_type: &str, bytes: &'static [u8], breaks| Script::Page {
        content_type: Some(content_type.to_owned()),
        pieces: vec![Bytes::from_static(bytes)],
        final_url: None,
        breaks,
    };
    stage.count.fetcher = limited(1, &stage.pages, &stage.clock, &stage.runner.ids, &stage.transitions);
    stage.start_slots(1);
    let scripts = [
        page("image/png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", None),
        page("text/plain", b"it began well and", broken()),
        failing(CountFailure::SourceRefused),
        document("application/pdf", CRASH),
    ];
    for (script, number) in scripts.into_iter().zip(1..) {
        stage.pages.script(PAGE, [script]);
        let mut new = counts::url(number, PAGE);
        // Too short for a second attempt.
        new.options.deadline = Duration::from_secs(1);
        let id = stage.submit(new).await;
        assert_eq!(stage.recorder.wait_for_end(id).await.state, JobState::Failed, "{number}");
    }
    assert_eq!((stage.pages.asked().len(), stage.postponed()), (4, 0));
    stage.end().await;
}
