//! What the engine does over any store and queue, with a workload unknown to it.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tally_jobs::action::ApplyAction;
use tally_jobs::events::Events;
use tally_jobs::failure::FailureType;
use tally_jobs::history::AttemptEnd;
use tally_jobs::key::KeySecret;
use tally_jobs::ports::{ActionResult, Delivery, JobQuery, JobQueue};
use tally_jobs::record::{Job, Kind, NewJob};
use tally_jobs::relay::Relay;
use tally_jobs::runner::{Ran, Runner};
use tally_jobs::state::{JobAction, JobState};
use tally_jobs::submit::{Accepted, Publisher, Submit};
use tally_jobs::workload::{Workload, Workloads};
use tally_kernel::{Clock, Ids, OwnerId, Page};
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use crate::doubles::{CountedIds, HandClock, Recorded, Recorder};
use crate::fake::{FakeRun, FakeWorkload, PERMANENT, SOURCE_AT_END};
use crate::samples;
use crate::suite::{Check, Fixture, StoreFixture, run_all};

/// Runs every check, each on a store that `make` makes with the clock it is given. The store has a queue.
pub async fn engine<F>(make: impl Fn(Arc<HandClock>) -> F)
where
    F: Future<Output = StoreFixture>,
{
    let checks: &[Check<Engine>] = &[
        Check::new("a_success_has_its_parts_and_attachment", |e| Box::pin(succeeds(e))),
        Check::new("a_permanent_failure_is_final", |e| Box::pin(fails(e))),
        Check::new("a_temporary_failure_is_retried_when_it_is_due", |e| Box::pin(retries(e))),
        Check::new("a_deferral_is_not_charged", |e| Box::pin(defers(e))),
        Check::new("a_cancel_fences_the_run", |e| Box::pin(cancels(e))),
        Check::new("a_panic_fails_the_job_and_not_the_worker", |e| Box::pin(panics(e))),
        Check::new("a_job_of_an_unknown_kind_waits", |e| Box::pin(unknown_kind(e))),
        Check::new("attributes_find_the_job", |e| Box::pin(found_by_attribute(e))),
    ];
    run_all(checks, || async {
        let clock = Arc::new(HandClock::default());
        Engine::over(Fixture { stores: make(Arc::clone(&clock)).await, clock })
    })
    .await;
}

/// The use cases of a platform over one store.
struct Engine {
    fixture: Fixture,
    queue: Arc<dyn JobQueue>,
    submit: Submit,
    relay: Relay,
    runner: Runner,
    apply: ApplyAction,
    workload: Arc<FakeWorkload>,
    recorder: Arc<Recorder>,
}

impl Engine {
    fn over(fixture: Fixture) -> Self {
        let queue = fixture.stores.queue.clone().expect("a store of the engine has a queue");
        let (store, recorder) = (Arc::clone(&fixture.stores.store), Recorder::new());
        let (clock, ids): (Arc<dyn Clock>, Arc<dyn Ids>) =
            (Arc::clone(&fixture.clock) as _, Arc::new(CountedIds::with_chance(1.0)));
        let events: Arc<dyn Events> = Arc::clone(&recorder) as _;
        let (confirmed, workload) = (Arc::default(), FakeWorkload::new());
        let publisher = Publisher {
            queue: Arc::clone(&queue),
            confirmed: Arc::clone(&confirmed),
            clock: Arc::clone(&clock),
            events: Arc::clone(&events),
            tasks: TaskTracker::new(),
            in_flight: Arc::new(Semaphore::new(Publisher::IN_FLIGHT)),
        };
        let submit = Submit {
            store: Arc::clone(&store),
            publisher,
            clock: Arc::clone(&clock),
            ids: Arc::clone(&ids),
            events: Arc::clone(&events),
            secret: KeySecret::new([7; 32]).into_cell(),
        };
        let relay = Relay {
            store: Arc::clone(&store),
            queue: Arc::clone(&queue),
            clock: Arc::clone(&clock),
            events: Arc::clone(&events),
            confirmed,
        };
        let runner = Runner {
            store: Arc::clone(&store),
            workloads: Workloads::of([Arc::clone(&workload) as Arc<dyn Workload>]),
            clock: Arc::clone(&clock),
            ids,
            events: Arc::clone(&events),
            worker: samples::worker("engine"),
        };
        let apply = ApplyAction { store, queue: Arc::clone(&queue), clock, events };
        Self { fixture, queue, submit, relay, runner, apply, workload, recorder }
    }

    async fn submit(&self, new: NewJob) -> Job {
        let new = NewJob { created_at: self.fixture.now(), ..new };
        match self.submit.run(new).await {
            Ok(Accepted::New(job)) => job,
            other => panic!("not accepted: {other:?}"),
        }
    }

    /// Takes the next ticket and runs its job, as a slot of a worker does.
    async fn run_next(&self) -> Ran {
        let Ok(Delivery::Ticket(ticket, receipt)) = self.queue.next().await else { panic!("no ticket") };
        let claimed = self.runner.claim(ticket).await.expect("claim").expect("the ticket may be claimed");
        let ran = self.runner.run(&claimed).await.expect("run");
        self.queue.ack(receipt).await.expect("ack");
        ran
    }

    /// Lets time pass, and publishes what is due then.
    async fn pass(&self, time: Duration) -> usize {
        self.fixture.clock.advance(time);
        self.relay.step().await.expect("a step of the relay")
    }
}

async fn succeeds(engine: Arc<Engine>) {
    let job = engine.submit(FakeRun::Succeed.job(1)).await;
    assert_eq!(engine.run_next().await, Ran::Attempted);
    let found = engine.fixture.found(job.id).await;
    let output = samples::output(5, 3);
    assert_eq!((found.state, found.attempts, found.crashes), (JobState::Succeeded, 1, 0));
    assert_eq!((&found.parts.spec, &found.parts.source[..]), (&job.parts.spec, SOURCE_AT_END));
    assert_eq!((&found.parts.summary, &found.parts.detail), (&output.summary, &output.detail));
    let attachment = engine.fixture.attachment(job.id).await.expect("the attachment");
    let expected = output.attachments.into_iter().next().map(|one| one.bytes);
    assert_eq!(attachment, tally_jobs::ports::Lookup::Found(expected));
    let [attempt] = found.history.attempts() else { panic!("{:?}", found.history) };
    assert_eq!(&*attempt.worker.0, "engine");
    assert!(matches!(attempt.ended, Some((_, AttemptEnd::Succeeded))), "{attempt:?}");
    assert!(engine.recorder.all().iter().any(|one| matches!(one, Recorded::Ended(end) if end.id == job.id)));
}

async fn fails(engine: Arc<Engine>) {
    let job = engine.submit(FakeRun::Fail.job(1)).await;
    engine.run_next().await;
    let found = engine.fixture.found(job.id).await;
    let failure = found.failure.as_ref().expect("why it failed");
    assert_eq!(
        (found.state, &*failure.name, &*failure.title),
        (JobState::Failed, PERMANENT.name, PERMANENT.title)
    );
    assert_eq!(found.history.attempts()[0].ended.as_ref().map(|(_, end)| end.as_str()), Some(PERMANENT.name));
}

async fn retries(engine: Arc<Engine>) {
    let job = engine.submit(FakeRun::FailOnce.job(1)).await;
    engine.run_next().await;
    let waiting = engine.fixture.found(job.id).await;
    assert_eq!((waiting.state, waiting.attempts), (JobState::Queued, 1));
    assert_eq!(waiting.failure, Some(samples::failure()));
    let pause = waiting.due_at.since(engine.fixture.now());
    assert!(pause >= Duration::from_secs(3), "not before the far side asked to be called again: {pause:?}");
    assert_eq!(engine.pass(pause - Duration::from_millis(1)).await, 0, "not due yet");
    assert_eq!(engine.pass(Duration::from_millis(1)).await, 1);
    engine.run_next().await;
    let found = engine.fixture.found(job.id).await;
    assert_eq!((found.state, found.attempts, &found.failure), (JobState::Succeeded, 2, &None));
    let ends: Vec<_> =
        found.history.attempts().iter().map(|one| one.ended.clone().map(|(_, end)| end)).collect();
    let failed = AttemptEnd::Failed(samples::MAY_PASS.name.to_owned());
    assert_eq!(ends, [Some(failed), Some(AttemptEnd::Succeeded)]);
}

async fn defers(engine: Arc<Engine>) {
    let job = engine.submit(FakeRun::Defer.job(1)).await;
    assert_eq!(engine.run_next().await, Ran::Deferred);
    let waiting = engine.fixture.found(job.id).await;
    assert_eq!((waiting.state, waiting.attempts, waiting.started_at), (JobState::Queued, 0, None));
    assert!(waiting.history.attempts().is_empty());
    assert_eq!(engine.pass(Duration::from_secs(9)).await, 0);
    assert_eq!(engine.pass(Duration::from_secs(1)).await, 1);
    assert_eq!(engine.run_next().await, Ran::Attempted);
    let found = engine.fixture.found(job.id).await;
    assert_eq!((found.state, found.attempts), (JobState::Succeeded, 1));
}

async fn cancels(engine: Arc<Engine>) {
    let job = engine.submit(FakeRun::Hang.job(1)).await;
    let running = async {
        while engine.workload.begun.load(Ordering::Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        let result = engine.apply.run(&OwnerId::LOCAL, job.id, JobAction::Cancel).await.expect("cancel");
        assert!(matches!(result, ActionResult::Done { .. }), "{result:?}");
        engine.fixture.clock.somebody_sleeps().await;
        engine.fixture.clock.advance(Duration::from_millis(500));
    };
    let (ran, ()) = futures_util::future::join(engine.run_next(), running).await;
    assert_eq!(ran, Ran::Attempted);
    let found = engine.fixture.found(job.id).await;
    assert_eq!(found.state, JobState::Cancelled);
    assert!(matches!(found.history.attempts()[0].ended, Some((_, AttemptEnd::Cancelled))));
    assert!(engine.recorder.all().contains(&Recorded::Fenced(job.id)));
}

async fn panics(engine: Arc<Engine>) {
    let job = engine.submit(FakeRun::Panic.job(1)).await;
    engine.run_next().await;
    let failure = engine.fixture.found(job.id).await.failure.expect("why it failed");
    assert!(failure.is(FailureType::INTERNAL), "{failure:?}");
}

async fn unknown_kind(engine: Arc<Engine>) {
    let new = NewJob { kind: Kind::of("of-later"), ..FakeRun::Succeed.job(1) };
    let job = engine.submit(new).await;
    assert_eq!(engine.run_next().await, Ran::Deferred);
    let waiting = engine.fixture.found(job.id).await;
    assert_eq!((waiting.state, waiting.attempts, waiting.kind.as_str()), (JobState::Queued, 0, "of-later"));
    assert_eq!(engine.workload.begun.load(Ordering::Relaxed), 0);
}

async fn found_by_attribute(engine: Arc<Engine>) {
    let job = engine.submit(FakeRun::Succeed.job(1)).await;
    engine.run_next().await;
    let query = |host| JobQuery { attribute: Some(samples::host_of(host)), ..JobQuery::default() };
    let page = Page { limit: 10, cursor: None };
    let listed = engine.fixture.catalogue().list(&query("example.com"), &page).await.expect("list");
    assert_eq!(listed.items.iter().map(|one| one.id).collect::<Vec<_>>(), [job.id]);
    let none = engine.fixture.catalogue().list(&query("example.org"), &page).await.expect("list");
    assert!(none.items.is_empty());
}
