//! The life of a job over the doubles: a slot and the relay at work, with faults between any two steps.
//!
//! Time is moved by hand and every wait is for an event, so each test runs in milliseconds and always alike.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::thread::ThreadId;
use std::time::Duration;

use bytes::Bytes;
use tally_contract::doubles::{
    Action, CRASH, CountedIds, Faulty, HandClock, ParserInProcess, Points, Recorder, Script, ScriptedFetcher,
    Told,
};
use tally_contract::memory::{MemoryBlobs, MemoryQueue, MemoryStore};
use tally_contract::samples;
use tally_jobs::address::PublicUrl;
use tally_jobs::events::{Chorus, Event, Events};
use tally_jobs::failure::{Failure, FailureKind};
use tally_jobs::key::KeySecret;
use tally_jobs::model::{Job, JobId, NewJob, Ticket};
use tally_jobs::notes::Notes;
use tally_jobs::ports::{Blobs, Fetcher, JobCatalogue, JobQueue, JobStore, Lookup};
use tally_jobs::relay::Relay;
use tally_jobs::state::{Order, State};
use tally_jobs::submit::{Accepted, Submission, Submit};
use tally_jobs::work::{Work, WorkLimits};
use tally_kernel::{Clock, FaultKind, Ids};
use tally_outbound::{HostLimiter, LimitedFetcher};
use tally_worker::{Pump, Stops};
use tokio::runtime::{Builder, Handle};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

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
    work: Work,
    notes: Arc<Notes>,
    stops: Stops,
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
        let work = Work {
            store: Arc::clone(&store),
            blobs: blobs as Arc<dyn Blobs>,
            fetcher: limited(8, &pages, &clock, &ids, &recorder),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            ids,
            events: Arc::clone(&recorder) as Arc<dyn Events>,
            me: samples::worker("stage"),
            limits: WorkLimits::default(),
            parser: Arc::new(ParserInProcess),
            large: Arc::new(Semaphore::new(1)),
        };
        let stops = Stops::default();
        let slots = JoinSet::new();
        let notes = Arc::default();
        Self { clock, points, recorder, pages, catalogue: memory, store, queue, work, notes, stops, slots }
    }

    fn start_slots(&mut self, slots: usize) {
        self.start_slots_beside(slots, Handle::current());
    }

    fn start_slots_beside(&mut self, slots: usize, workshop: Handle) {
        let (work, queue, stops) = (self.work.clone(), Arc::clone(&self.queue), self.stops.clone());
        let pump = Pump::new(work, queue, stops, workshop);
        for _ in 0..slots {
            self.slots.spawn(pump.clone().run());
        }
    }

    fn relay(&self) -> Relay {
        Relay {
            store: Arc::clone(&self.store),
            queue: Arc::clone(&self.queue),
            clock: Arc::clone(&self.work.clock),
            events: Arc::clone(&self.work.events),
            notes: Arc::clone(&self.notes),
        }
    }

    async fn submit(&self, new: NewJob) -> JobId {
        let submit = Submit {
            store: Arc::clone(&self.store),
            queue: Arc::clone(&self.queue),
            clock: Arc::clone(&self.work.clock),
            ids: Arc::clone(&self.work.ids),
            events: Arc::clone(&self.work.events),
            secret: KeySecret::new([7; 32]).at_hand(),
            notes: Arc::clone(&self.notes),
        };
        let NewJob { id, source, content, settings, binding, request, .. } = new;
        match submit.run(Submission { id, source, content, settings, binding, request }).await {
            Ok(Accepted::New(job)) => job.id,
            other => panic!("not accepted: {other:?}"),
        }
    }

    /// Claims the job twice, and is never heard of again.
    async fn crash_twice(&self, id: JobId) {
        let who = samples::worker("of short life");
        for crash in 1..=2 {
            let ticket = Ticket { redelivered: true, ..self.job(id).await.ticket() };
            let hold = self
                .store
                .claim(ticket, &who, self.clock.now())
                .await
                .expect("claim")
                .expect("a job to take");
            assert_eq!(hold.job.crashes, crash);
        }
        let ticket = Ticket { redelivered: true, ..self.job(id).await.ticket() };
        self.queue.offer(ticket).await.expect("offer");
    }

    async fn job(&self, id: JobId) -> Job {
        match self.catalogue.find(id).await {
            Ok(Lookup::Found(job)) => job,
            other => panic!("not found: {other:?}"),
        }
    }

    /// Lets time pass, slow pages go on and the relay look, a step at a time, until so many jobs have ended.
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

    /// Lets this time pass, and all who can do something in it.
    async fn pass(&self, time: Duration) {
        self.clock.advance(time);
        self.relay().step().await.expect("a step of the relay");
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
    }

    fn ended(&self) -> usize {
        self.recorder.all().iter().filter(|told| matches!(told, Told::Ended(_))).count()
    }

    fn postponed(&self) -> usize {
        self.recorder.all().iter().filter(|told| matches!(told, Told::Postponed(..))).count()
    }

    async fn end(self) {
        self.queue.close();
        self.slots.join_all().await;
    }
}

/// Fetches these pages, at most `per_host` at once from each host.
fn limited(
    per_host: u16,
    pages: &Arc<ScriptedFetcher>,
    clock: &Arc<HandClock>,
    ids: &Arc<dyn Ids>,
    events: &Arc<Recorder>,
) -> Arc<dyn Fetcher> {
    let limiter = HostLimiter::new(per_host, Arc::clone(clock) as _, Arc::clone(ids));
    Arc::new(LimitedFetcher::new(Arc::clone(pages) as _, limiter, Arc::clone(events) as _))
}

fn failing(kind: FailureKind) -> Script {
    Script::Fails(Failure::new(kind, "by script"))
}

#[tokio::test]
async fn a_text_is_counted() {
    let mut stage = Stage::new();
    stage.start_slots(2);
    let id = stage.submit(samples::text(1)).await;
    let job = stage.recorder.wait_for_end(id).await;
    assert_eq!((job.state, job.attempts, job.crashes), (State::Succeeded, 1, 0));
    assert!(
        job.report.as_ref().is_some_and(|report| report.numbers.words.iter().any(|(_, words)| *words > 0))
    );
    stage.end().await;
}

/// Remembers by what thread each job was brought to its end.
#[derive(Default)]
struct Threads(Mutex<HashMap<JobId, ThreadId>>);

impl Events for Threads {
    fn tell(&self, event: Event<'_>) {
        if let Event::Ended { job, .. } = event {
            self.0.lock().expect("nobody panics with it").insert(job.id, std::thread::current().id());
        }
    }
}

#[tokio::test]
async fn a_short_text_is_counted_where_its_ticket_arrives_and_all_else_in_the_workshop() {
    let workshop = Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let mut stage = Stage::new();
    let threads = Arc::new(Threads::default());
    let both: Vec<Arc<dyn Events>> = vec![Arc::clone(&threads) as _, Arc::clone(&stage.recorder) as _];
    stage.work.events = Arc::new(Chorus(both));
    stage.pages.script(PAGE, [Script::text("three plain words")]);
    stage.start_slots_beside(1, workshop.handle().clone());
    let (short, page) = (stage.submit(samples::text(1)).await, stage.submit(samples::url(2, PAGE)).await);
    for id in [short, page] {
        assert_eq!(stage.recorder.wait_for_end(id).await.state, State::Succeeded);
    }
    let there = workshop.spawn(async { std::thread::current().id() }).await.unwrap();
    let threads = threads.0.lock().unwrap().clone();
    assert_eq!(threads, HashMap::from([(short, std::thread::current().id()), (page, there)]));
    stage.end().await;
    workshop.shutdown_background();
}

#[tokio::test]
async fn what_may_pass_is_tried_again_when_it_is_due_and_not_before() {
    let mut stage = Stage::new();
    stage.pages.script(PAGE, [failing(FailureKind::SourceUnavailable), Script::text("three plain words")]);
    stage.start_slots(1);
    let id = stage.submit(samples::url(1, PAGE)).await;
    stage.recorder.wait_for(|told| matches!(told, Told::Retried(..))).await;
    let waiting = stage.job(id).await;
    assert_eq!((waiting.state, waiting.attempts), (State::Queued, 1));
    assert_eq!(waiting.due_at.since(stage.clock.now()), Duration::from_secs(2), "full chance, first failure");
    assert_eq!(stage.relay().step().await.unwrap(), 0, "not due yet");
    stage.clock.advance(Duration::from_secs(2));
    assert_eq!(stage.relay().step().await.unwrap(), 1);
    let job = stage.recorder.wait_for_end(id).await;
    assert_eq!((job.state, job.attempts), (State::Succeeded, 2));
    assert_eq!(stage.pages.asked().len(), 2);
    stage.end().await;
}

#[tokio::test]
async fn a_document_that_kills_its_parser_three_times_is_failed_with_that_reason() {
    let mut stage = Stage::new();
    stage.pages.script(PAGE, [document("application/pdf", CRASH)]);
    stage.start_slots(1);
    let id = stage.submit(samples::url(1, PAGE)).await;
    for retries in 1..3 {
        while stage.job(id).await.attempts < retries || stage.job(id).await.state != State::Queued {
            tokio::task::yield_now().await;
        }
        stage.clock.advance(Duration::from_secs(10));
        assert_eq!(stage.relay().step().await.unwrap(), 1);
    }
    let job = stage.recorder.wait_for_end(id).await;
    assert_eq!((job.state, job.attempts, job.crashes), (State::Failed, 3, 0));
    assert_eq!(job.failure.as_ref().map(|failure| failure.kind), Some(FailureKind::CrashedWorker));
    stage.end().await;
}

#[tokio::test]
async fn a_document_that_is_read_as_a_whole_comes_into_the_numbers_region_by_region() {
    let mut stage = Stage::new();
    let xliff = b"<xliff><source>three plain words</source><target>nur zwei</target></xliff>";
    stage.pages.script(PAGE, [document("application/xliff+xml", xliff)]);
    stage.start_slots(1);
    let id = stage.submit(samples::url(1, PAGE)).await;
    let job = stage.recorder.wait_for_end(id).await;
    let report = job.report.as_ref().expect("it went well");
    assert_eq!(report.numbers.words_by(report.definition), 3);
    let regions: Vec<_> = report.regions.iter().map(|(region, _)| region.as_str()).collect();
    assert_eq!(regions, ["body", "translation"]);
    assert_eq!(report.document.final_url.as_deref(), Some(PAGE));
    stage.end().await;
}

/// A document in small pieces, so that what it is shows only after some.
fn document(content_type: &str, bytes: &'static [u8]) -> Script {
    Script::Page {
        content_type: Some(content_type.to_owned()),
        pieces: bytes.chunks(4).map(Bytes::from_static).collect(),
        final_url: None,
        breaks: None,
    }
}

#[tokio::test]
async fn what_will_not_pass_is_asked_once() {
    let mut stage = Stage::new();
    stage.pages.script(PAGE, [failing(FailureKind::SourceRefused)]);
    stage.start_slots(1);
    let id = stage.submit(samples::url(1, PAGE)).await;
    let job = stage.recorder.wait_for_end(id).await;
    assert_eq!(job.state, State::Failed);
    assert_eq!(job.failure.as_ref().map(|failure| failure.kind), Some(FailureKind::SourceRefused));
    assert_eq!(stage.pages.asked().len(), 1);
    stage.end().await;
}

#[tokio::test]
async fn a_failure_that_stays_ends_after_five_attempts() {
    let mut stage = Stage::new();
    stage.pages.script(PAGE, [failing(FailureKind::Unreachable)]);
    stage.start_slots(1);
    let id = stage.submit(samples::url(1, PAGE)).await;
    for attempt in 1..5 {
        stage.recorder.wait_for(|_| stage.pages.asked().len() == attempt).await;
        while stage.job(id).await.state != State::Queued {
            tokio::task::yield_now().await;
        }
        stage.clock.advance(Duration::from_secs(300));
        stage.relay().step().await.unwrap();
    }
    let job = stage.recorder.wait_for_end(id).await;
    assert_eq!((job.state, job.attempts), (State::Failed, 5));
    stage.end().await;
}

#[tokio::test]
async fn a_job_whose_offer_fails_is_accepted_and_relayed() {
    let mut stage = Stage::new();
    stage.points.arm("offer", Action::FailBefore(FaultKind::Unavailable), 1);
    let id = stage.submit(samples::text(1)).await;
    assert!(stage.recorder.all().iter().any(|told| matches!(told, Told::NotOffered(_))));
    stage.start_slots(1);
    stage.clock.advance(Duration::from_secs(60));
    while stage.relay().step().await.unwrap() == 0 {
        stage.clock.advance(Duration::from_secs(1));
    }
    assert_eq!(stage.recorder.wait_for_end(id).await.state, State::Succeeded);
    stage.end().await;
}

#[tokio::test]
async fn an_end_whose_answer_is_lost_is_not_written_twice() {
    let mut stage = Stage::new();
    stage.points.arm("settle", Action::FailAfter(FaultKind::Unknown), 1);
    stage.start_slots(1);
    let id = stage.submit(samples::text(1)).await;
    stage.recorder.wait_for(|told| matches!(told, Told::Released(_))).await;
    let job = stage.job(id).await;
    assert_eq!(
        (job.state, job.attempts),
        (State::Succeeded, 1),
        "it was written; giving it back changed nothing"
    );
    stage.end().await;
}

#[tokio::test]
async fn a_job_given_back_after_a_store_fault_runs_again_uncharged() {
    let mut stage = Stage::new();
    stage.points.arm("settle", Action::FailBefore(FaultKind::Unavailable), 1);
    stage.start_slots(1);
    let id = stage.submit(samples::text(1)).await;
    stage.recorder.wait_for(|told| matches!(told, Told::Released(_))).await;
    while stage.relay().step().await.unwrap() == 0 {
        stage.clock.advance(Duration::from_secs(1));
    }
    let job = stage.recorder.wait_for_end(id).await;
    assert_eq!((job.state, job.attempts, job.crashes), (State::Succeeded, 1, 0));
    stage.end().await;
}

#[tokio::test]
async fn a_cancelled_run_stops_at_the_next_heartbeat() {
    let mut stage = Stage::new();
    stage.pages.script(PAGE, [Script::Hangs]);
    stage.start_slots(1);
    let id = stage.submit(samples::url(1, PAGE)).await;
    stage.recorder.wait_for(|told| matches!(told, Told::Claimed(_))).await;
    stage.clock.somebody_sleeps().await;
    stage.store.amend(id, Order::Cancel, stage.clock.now()).await.unwrap();
    stage.clock.advance(Duration::from_millis(500));
    stage.recorder.wait_for(|told| matches!(told, Told::Fenced(_))).await;
    assert_eq!(stage.job(id).await.state, State::Cancelled);
    stage.end().await;
}

#[tokio::test]
async fn a_job_that_took_its_worker_along_three_times_is_failed_without_another_look() {
    let mut stage = Stage::new();
    let new = samples::url(1, PAGE);
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
    assert_eq!(job.failure.as_ref().map(|failure| failure.kind), Some(FailureKind::CrashedWorker));
    assert_eq!(stage.pages.asked(), Vec::<String>::new(), "it was not read again");
    stage.end().await;
}

#[tokio::test]
async fn at_the_end_of_patience_a_drain_gives_running_jobs_back() {
    let mut stage = Stage::new();
    stage.pages.script(PAGE, [Script::Hangs]);
    stage.start_slots(1);
    let id = stage.submit(samples::url(1, PAGE)).await;
    stage.recorder.wait_for(|told| matches!(told, Told::Claimed(_))).await;
    stage.queue.close();
    stage.stops.give_up.cancel();
    stage.recorder.wait_for(|told| matches!(told, Told::Released(_))).await;
    let job = stage.job(id).await;
    assert_eq!((job.state, job.attempts, job.crashes), (State::Queued, 0, 0));
    stage.slots.join_all().await;
}

#[tokio::test]
async fn a_ticket_that_means_nothing_is_dropped() {
    let mut stage = Stage::new();
    let stranger = Ticket { id: samples::stranger(), ..samples::text(1).into_job().ticket() };
    stage.queue.offer(stranger).await.unwrap();
    stage.start_slots(1);
    let id = stage.submit(samples::text(2)).await;
    assert_eq!(stage.recorder.wait_for_end(id).await.state, State::Succeeded);
    stage.end().await;
}

#[tokio::test]
async fn a_deadline_ends_a_job_that_hangs() {
    let mut stage = Stage::new();
    stage.pages.script(PAGE, [Script::Hangs]);
    stage.start_slots(1);
    let mut new = samples::url(1, PAGE);
    new.settings.deadline = Duration::from_secs(3);
    let id = stage.submit(new).await;
    stage.recorder.wait_for(|told| matches!(told, Told::Claimed(_))).await;
    stage.clock.somebody_sleeps().await;
    stage.clock.advance(Duration::from_secs(3));
    let job = stage.recorder.wait_for_end(id).await;
    assert_eq!(job.failure.as_ref().map(|failure| failure.kind), Some(FailureKind::DeadlineExceeded));
    stage.end().await;
}

#[tokio::test]
async fn a_suspect_that_waits_for_its_turn_is_not_charged_with_a_crash() {
    let mut stage = Stage::new();
    let (neighbour, suspect) = ("http://example.com/neighbour", "http://example.com/suspect");
    stage.pages.script(neighbour, [Script::Hangs]);
    stage.start_slots(2);
    stage.submit(samples::url(1, neighbour)).await;
    stage.recorder.wait_for(|told| matches!(told, Told::Claimed(_))).await;
    // Not by way of the queue at first: it crashes before anybody sees it.
    let id = samples::url(2, suspect).id;
    stage.store.admit(samples::url(2, suspect)).await.unwrap();
    stage.crash_twice(id).await;
    // It may not run beside the neighbour; whoever claimed it gives it back until it may.
    stage.recorder.wait_for(|told| matches!(told, Told::Released(_))).await;
    let waiting = stage.job(id).await;
    assert_eq!((waiting.state, waiting.crashes), (State::Queued, 2), "as if nobody had claimed it");
    stage.stops.give_up.cancel();
    stage.end().await;
}

/// Brokers before 4.3 drop a ticket that came back too often, so it must not come back once a second.
#[tokio::test]
async fn while_the_store_is_away_a_ticket_stays_in_hand() {
    let mut stage = Stage::new();
    stage.points.arm("claim", Action::FailBefore(FaultKind::Unavailable), 5);
    stage.start_slots(2);
    let id = stage.submit(samples::text(1)).await;
    while stage.points.passed("claim") <= 5 {
        stage.clock.advance(Duration::from_secs(2));
        tokio::task::yield_now().await;
    }
    let job = stage.recorder.wait_for_end(id).await;
    assert_eq!((job.state, job.attempts), (State::Succeeded, 1));
    assert_eq!(stage.points.passed("give_back"), 0);
    stage.end().await;
}

#[tokio::test]
async fn a_drain_while_the_store_is_away_gives_the_ticket_back_at_once() {
    let mut stage = Stage::new();
    stage.points.arm("claim", Action::FailBefore(FaultKind::Unavailable), usize::MAX);
    stage.start_slots(1);
    stage.submit(samples::text(1)).await;
    stage.clock.somebody_sleeps().await;
    stage.queue.close();
    stage.stops.drain.cancel();
    stage.slots.join_all().await;
    assert_eq!(stage.points.passed("give_back"), 1);
}

/// A broker that takes the ticket and never confirms it would hold every client up for its whole limit.
#[tokio::test]
async fn a_queue_that_does_not_answer_holds_no_client_up() {
    let stage = Stage::new();
    stage.points.arm("offer", Action::Hang, 1);
    let mut submit = std::pin::pin!(stage.submit(samples::text(1)));
    let id = tokio::select! {
        id = &mut submit => id,
        () = async {
            stage.clock.somebody_sleeps().await;
            stage.clock.advance(Duration::from_secs(1));
            std::future::pending::<()>().await;
        } => unreachable!("it waits for the submit"),
    };
    assert!(stage.recorder.all().iter().any(|told| matches!(told, Told::NotOffered(_))));
    assert_eq!(stage.job(id).await.state, State::Queued);
    assert_eq!(stage.relay().step().await.unwrap(), 1);
}

/// Its lease would hold the job up for half a minute, in the name of a slot that waits.
#[tokio::test]
async fn a_claim_whose_answer_is_lost_is_taken_over_by_its_own_slot() {
    let mut stage = Stage::new();
    stage.points.arm("claim", Action::FailAfter(FaultKind::Unknown), 1);
    stage.start_slots(1);
    let id = stage.submit(samples::text(1)).await;
    stage.clock.somebody_sleeps().await;
    stage.clock.advance(Duration::from_secs(2));
    let job = stage.recorder.wait_for_end(id).await;
    assert_eq!((job.state, job.attempts, job.crashes), (State::Succeeded, 2, 0));
    stage.end().await;
}

#[tokio::test]
async fn a_queue_that_fails_while_the_store_is_there_is_asked_again_after_a_rest() {
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
    let id = stage.submit(samples::text(1)).await;
    assert_eq!(stage.recorder.wait_for_end(id).await.state, State::Succeeded);
    stage.end().await;
}

#[tokio::test]
async fn what_the_store_could_not_be_told_is_told_again() {
    let stage = Stage::new();
    let (relay, id) = (stage.relay(), stage.submit(samples::text(1)).await);
    stage.clock.advance(Duration::from_secs(1));
    stage.points.arm("offered", Action::FailBefore(FaultKind::Unavailable), 1);
    assert_eq!(relay.step().await.unwrap_err().kind, FaultKind::Unavailable);
    stage.clock.advance(Duration::from_secs(1));
    assert_eq!(relay.step().await.unwrap(), 0, "it was told before it asked what is overdue");
    assert_eq!(stage.points.passed("offered"), 2);
    assert_eq!(stage.job(id).await.state, State::Queued);
    stage.end().await;
}

#[tokio::test]
async fn what_a_submit_handed_out_is_noted_for_the_relay() {
    let stage = Stage::new();
    stage.points.arm("offer", Action::FailBefore(FaultKind::Unavailable), 1);
    let _left_to_the_relay = stage.submit(samples::text(1)).await;
    let handed_out = stage.submit(samples::text(2)).await;
    let later = stage.clock.now().after(Duration::from_secs(1));
    let (tickets, at) = stage.notes.due(later).expect("a note");
    assert_eq!(tickets.iter().map(|ticket| ticket.id).collect::<Vec<_>>(), [handed_out]);
    assert_eq!(at, stage.clock.now());
    stage.end().await;
}

/// W15: whoever finds no place gives his slot to jobs of other hosts, and is charged nothing for it.
#[tokio::test]
async fn a_crowd_at_one_host_is_let_in_by_and_by_and_holds_nobody_else_up() {
    let mut stage = Stage::new();
    let elsewhere = "http://example.org/page";
    stage.pages.script(PAGE, [Script::text("three plain words").slow()]);
    stage.pages.script(elsewhere, [Script::text("two words")]);
    stage.start_slots(12);
    for number in 1..=40 {
        stage.submit(samples::url(number, PAGE)).await;
    }
    stage.recorder.wait_for(|_| stage.postponed() == 32).await;
    assert_eq!(stage.pages.asked().len(), 8);
    let waiting = stage.job(samples::id(40)).await;
    assert_eq!((waiting.state, waiting.attempts, waiting.crashes), (State::Queued, 0, 0));
    assert!(waiting.due_at > stage.clock.now());
    let other = stage.submit(samples::url(41, elsewhere)).await;
    assert_eq!(stage.recorder.wait_for_end(other).await.state, State::Succeeded);
    assert_eq!(stage.ended(), 1, "all the others wait for their page");
    stage.until_ended(41).await;
    for number in 1..=40 {
        let job = stage.job(samples::id(number)).await;
        assert_eq!((job.state, job.attempts, job.crashes), (State::Succeeded, 1, 0), "{number}");
    }
    assert_eq!(stage.pages.most_at_once("example.com:80"), 8);
    assert_eq!(stage.pages.asked().len(), 41, "each page was asked for once");
    stage.end().await;
}

#[tokio::test]
async fn a_host_that_is_away_is_not_hammered_and_what_waited_for_it_is_done_when_it_is_back() {
    let mut stage = Stage::new();
    stage.pages.script(PAGE, [failing(FailureKind::SourceUnavailable)]);
    stage.start_slots(12);
    for number in 1..=30 {
        stage.submit(samples::url(number, PAGE)).await;
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
        assert_eq!(job.state, State::Succeeded, "{number}");
        attempts += job.attempts as usize;
    }
    assert_eq!(attempts, during + 30, "charged for what was tried, and for nothing else");
    let told = stage.recorder.all();
    let of_the_host = |told: &&Told| matches!(told, Told::BreakerOpened(..) | Told::BreakerClosed(_));
    let news: Vec<_> = told.iter().filter(of_the_host).collect();
    assert!(
        matches!(news[..], [Told::BreakerOpened(..), Told::BreakerClosed(_)]),
        "each is told once: {news:?}"
    );
    stage.end().await;
}

/// Such as a shortener of addresses: what it leads to fails, and it goes on to be asked.
#[tokio::test]
async fn a_host_that_leads_to_hosts_that_are_away_is_not_away_itself() {
    let mut stage = Stage::new();
    let dead = PublicUrl::parse("http://dead.example.com/").unwrap();
    let failure = Failure::new(FailureKind::Unreachable, "by script");
    stage.pages.script(PAGE, [Script::Leads(dead, failure)]);
    stage.start_slots(1);
    for number in 1..=12 {
        stage.submit(samples::url(number, PAGE)).await;
    }
    stage.until_ended(12).await;
    assert_eq!(stage.pages.asked().len(), 12 * 5, "each is tried as often as if it were alone");
    let told = stage.recorder.all();
    assert!(
        !told.iter().any(|told| matches!(told, Told::BreakerOpened(..) | Told::Postponed(..))),
        "{told:?}"
    );
    stage.end().await;
}

/// A host that never comes back keeps nobody for hours, and is not hammered for that.
#[tokio::test]
async fn those_who_want_a_host_that_stays_away_fail_in_minutes() {
    let mut stage = Stage::new();
    stage.pages.script(PAGE, [failing(FailureKind::Unreachable)]);
    stage.start_slots(12);
    for number in 1..=30 {
        stage.submit(samples::url(number, PAGE)).await;
    }
    let began = stage.clock.now();
    stage.until_ended(30).await;
    assert!(stage.clock.now().since(began) < Duration::from_secs(15 * 60));
    for number in 1..=30 {
        let job = stage.job(samples::id(number)).await;
        assert_eq!((job.state, job.attempts), (State::Failed, 5), "{number}");
        assert_eq!(job.failure.map(|failure| failure.kind), Some(FailureKind::Unreachable));
    }
    let asked = stage.pages.asked().len();
    assert!(asked < 30, "it was asked {asked} times");
    stage.end().await;
}

#[tokio::test]
async fn a_job_that_never_finds_a_place_ends_by_its_deadline() {
    let mut stage = Stage::new();
    stage.pages.script(PAGE, [Script::Hangs]);
    stage.start_slots(9);
    for number in 1..=8 {
        stage.submit(samples::url(number, PAGE)).await;
    }
    stage.recorder.wait_for(|_| stage.pages.asked().len() == 8).await;
    let mut new = samples::url(9, PAGE);
    new.settings.deadline = Duration::from_secs(3);
    let id = stage.submit(new).await;
    stage.until_ended(1).await;
    let job = stage.recorder.wait_for_end(id).await;
    assert_eq!(job.failure.as_ref().map(|failure| failure.kind), Some(FailureKind::DeadlineExceeded));
    assert!(job.finished_at.is_some_and(|at| at.since(job.deadline_at()) < Duration::from_secs(1)));
    assert_eq!((job.attempts, stage.pages.asked().len()), (1, 8));
    stage.stops.give_up.cancel();
    stage.end().await;
}

/// A place is held for as long as the body comes, and given back by whoever stops reading.
#[tokio::test]
async fn however_a_fetch_ends_its_place_is_free_again() {
    let mut stage = Stage::new();
    let broken = || Some(Failure::new(FailureKind::BrokenBody, "it broke off"));
    let page = |content_type: &str, bytes: &'static [u8], breaks| Script::Page {
        content_type: Some(content_type.to_owned()),
        pieces: vec![Bytes::from_static(bytes)],
        final_url: None,
        breaks,
    };
    stage.work.fetcher = limited(1, &stage.pages, &stage.clock, &stage.work.ids, &stage.recorder);
    stage.start_slots(1);
    let scripts = [
        page("image/png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", None),
        page("text/plain", b"it began well and", broken()),
        failing(FailureKind::SourceRefused),
        document("application/pdf", CRASH),
    ];
    for (script, number) in scripts.into_iter().zip(1..) {
        stage.pages.script(PAGE, [script]);
        let mut new = samples::url(number, PAGE);
        // So that it is not tried again.
        new.settings.deadline = Duration::from_secs(1);
        let id = stage.submit(new).await;
        assert_eq!(stage.recorder.wait_for_end(id).await.state, State::Failed, "{number}");
    }
    assert_eq!((stage.pages.asked().len(), stage.postponed()), (4, 0));
    stage.end().await;
}
