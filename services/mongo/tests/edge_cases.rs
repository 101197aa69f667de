//! Edge cases of a database: unreadable documents, crashes between writes, stale processes, servers that never
//! answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bson::{Document, doc};
use bytes::Bytes;
use futures_util::TryStreamExt;
use futures_util::future::join_all;
use mongodb::{Client, Collection};
use tally_contract::doubles::{CountedIds, HandClock};
use tally_contract::samples;
use tally_jobs::id::JobId;
use tally_jobs::key::{IdempotencyKey, KeySecret};
use tally_jobs::ports::{Admission, CompleteResult, JobQuery, Lookup};
use tally_jobs::record::{NewJob, Ticket};
use tally_jobs::state::{JobAction, JobState};
use tally_kernel::{Clock, FaultKind, OwnerId, Page};
use tally_mongo::{Mongo, Options, connect};
use tally_tests::services::Service;
use tally_tests::services::mongodb::{shared, with_database};
use tokio::net::TcpListener;

struct Fixture {
    mongo: Mongo,
    raw: Collection<Document>,
    clock: Arc<HandClock>,
    _server: Arc<Service>,
}

impl Fixture {
    async fn new(name: &str) -> Self {
        let server = shared().await;
        let uri = with_database(&server.uri, &format!("odd_{name}_{}", std::process::id()));
        let client = Client::with_uri_str(&uri).await.expect("an address");
        let raw = client.default_database().expect("it names one").collection("jobs");
        let clock = Arc::new(HandClock::default());
        let mongo = connect(Options::at(uri), Arc::clone(&clock) as _, ids()).await.expect("an address");
        mongo.key_secret().await.expect("its format is known");
        Self { mongo, raw, clock, _server: server }
    }

    async fn admit(&self, number: u64) -> Ticket {
        match self.mongo.store().admit(samples::small(number)).await.expect("admit") {
            Admission::New { job, .. } => job.ticket(),
            other => panic!("{other:?}"),
        }
    }

    /// The attachment of a job.
    async fn words(&self, id: JobId) -> Option<Bytes> {
        let catalogue = self.mongo.catalogue();
        let found = catalogue.find_with_attachment(&OwnerId::LOCAL, id, &samples::ATTACHMENT).await;
        match found.expect("words") {
            Lookup::Found(found) => found.bytes,
            other => panic!("{other:?}"),
        }
    }

    /// The ids of the completions: one byte longer than those of open documents.
    async fn completions(&self) -> Vec<bson::Bson> {
        let found = self.raw.find(doc! {}).projection(doc! { "_id": 1 }).await.expect("find");
        let all: Vec<Document> = found.try_collect().await.expect("find");
        let ids = all.into_iter().filter_map(|mut document| document.remove("_id"));
        ids.filter(|id| matches!(id, bson::Bson::Binary(id) if id.bytes.len() == 17)).collect()
    }

    /// The parts of long attachments.
    fn parts(&self) -> Collection<Document> {
        self.raw.client().database(&self.raw.namespace().db).collection("words")
    }

    async fn overwrite(&self, number: u64, change: Document) {
        let id = bson::Uuid::from_bytes(*samples::id(number).uuid().as_bytes());
        let done = self.raw.update_one(doc! { "_id": id }, doc! { "$set": change }).await.expect("overwrite");
        assert_eq!(done.matched_count, 1);
    }
}

/// Earlier versions used documents as ids of parts.
#[tokio::test(flavor = "multi_thread")]
async fn reads_and_removes_parts_under_former_ids() {
    let fixture = Fixture::new("former").await;
    let (store, now) = (fixture.mongo.store(), fixture.clock.now());
    let ticket = fixture.admit(1).await;
    let hold = store.claim(ticket, &samples::worker("w"), now).await.expect("claim").expect("it waits");
    store.complete(&hold.job, samples::success(9_000, 10), now).await.expect("complete");
    let expected = fixture.words(ticket.id).await;
    assert!(expected.is_some());

    let mut part = fixture.parts().find_one(doc! {}).await.expect("find").expect("a part");
    let id = bson::Uuid::from_bytes(*ticket.id.uuid().as_bytes());
    let epoch = i64::try_from(hold.job.epoch).expect("small");
    fixture.parts().delete_one(doc! { "_id": part.get("_id") }).await.expect("delete");
    part.insert("_id", doc! { "job": id, "epoch": epoch, "n": 0 });
    fixture.parts().insert_one(&part).await.expect("insert");
    assert_eq!(fixture.words(ticket.id).await, expected);

    store.apply(&OwnerId::LOCAL, ticket.id, JobAction::Delete, now).await.expect("delete");
    assert_eq!(fixture.parts().count_documents(doc! {}).await.expect("count"), 0);
}

/// A worker died between the two writes of a completion: the completion exists, and so does the open job.
#[tokio::test(flavor = "multi_thread")]
async fn a_completion_counts_once_the_open_job_is_deleted() {
    let fixture = Fixture::new("ends").await;
    let (store, catalogue, now) = (fixture.mongo.store(), fixture.mongo.catalogue(), fixture.clock.now());
    let me = samples::worker("w");
    let tickets = join_all((0..16).map(|number| fixture.admit(number))).await;
    let open: Vec<Document> =
        fixture.raw.find(doc! {}).await.expect("find").try_collect().await.expect("find");
    let run_all = async |redelivered: bool| {
        let tickets = tickets.iter().map(|ticket| Ticket { redelivered, ..*ticket });
        let holds = join_all(tickets.map(|ticket| store.claim_lazily(ticket, &me, now))).await;
        let ends = holds.into_iter().map(|hold| hold.expect("claim").expect("it waits")).map(|hold| {
            let store = Arc::clone(&store);
            async move { store.complete(&hold.job, samples::success(3, 3), now).await.expect("complete") }
        });
        for end in join_all(ends).await {
            assert!(matches!(end, CompleteResult::Written(_)));
        }
    };
    run_all(false).await;
    let completions = fixture.completions().await;
    assert!(completions.len() > 1, "they are batched");

    // Undo the second write.
    let ends = completions.len() as u64;
    fixture.raw.delete_many(doc! { "_id": { "$nin": completions } }).await.expect("delete");
    fixture.raw.insert_many(&open).await.expect("insert");
    let all = Page { limit: 100, cursor: None };
    let states = async || {
        let listed = catalogue.list(&JobQuery::default(), &all).await.expect("list").items;
        for job in &listed {
            let Lookup::Found(found) = catalogue.find(&OwnerId::LOCAL, job.id).await.expect("find") else {
                panic!("{}", job.id)
            };
            assert_eq!(found.state, job.state);
        }
        listed.into_iter().map(|job| job.state).collect::<Vec<_>>()
    };
    assert_eq!(states().await, [JobState::Queued; 16]);

    run_all(true).await;
    // A job whose completion id was taken completed in its open document. Each other job has one document.
    let documents = fixture.raw.count_documents(doc! {}).await.expect("count");
    assert_eq!(documents, 16 + ends, "the first completion stays beside the job that completed again");
    assert_eq!(states().await, [JobState::Succeeded; 16]);
    let mut seen = Vec::new();
    while let Some(exported) =
        fixture.mongo.archive().export(seen.last().copied(), 1).await.expect("export").pop()
    {
        assert_eq!(exported.job.state, JobState::Succeeded);
        seen.push(exported.job.id);
    }
    assert_eq!(seen.len(), 16);

    // Deleting a job deletes both its documents.
    store.apply(&OwnerId::LOCAL, tickets[3].id, JobAction::Delete, now).await.expect("delete");
    assert_eq!(catalogue.find(&OwnerId::LOCAL, tickets[3].id).await.expect("find"), Lookup::Gone);
    let of_it = doc! { "seq": place_of(&open, tickets[3]) };
    assert_eq!(fixture.raw.count_documents(of_it).await.expect("count"), 0);
    for _ in 0..2 {
        fixture.clock.advance(Duration::from_secs(400 * 24 * 3600));
        while store.sweep(fixture.clock.now(), 100).await.expect("sweep") > 0 {}
    }
    assert_eq!(fixture.raw.count_documents(doc! {}).await.expect("count"), 0, "no mark is left");
}

/// The position in the order of admission of a message's job.
fn place_of(open: &[Document], ticket: Ticket) -> bson::Bson {
    let id = bson::Uuid::from_bytes(*ticket.id.uuid().as_bytes()).into();
    let job = open.iter().find(|job| job.get("_id") == Some(&id)).expect("it was there");
    job.get("seq").cloned().expect("a position")
}

fn ids() -> Arc<CountedIds> {
    Arc::default()
}

#[tokio::test(flavor = "multi_thread")]
async fn quarantines_unreadable_documents_and_serves_all_others() {
    let fixture = Fixture::new("unreadable").await;
    let (store, catalogue) = (fixture.mongo.store(), fixture.mongo.catalogue());
    let good = fixture.admit(1).await;
    let (newer, unknown, damaged) = (fixture.admit(2).await, fixture.admit(3).await, fixture.admit(4).await);
    fixture.overwrite(2, doc! { "v": 4, "due": "some day" }).await;
    fixture.overwrite(3, doc! { "asked": { "priority": "of-2030" } }).await;
    fixture.overwrite(4, doc! { "epoch": "one" }).await;
    fixture.raw.insert_one(doc! { "_id": "foreign", "state": "queued", "wake": 0 }).await.expect("insert");
    let wake = bson::DateTime::from_millis(0);
    fixture.raw.insert_one(doc! { "_id": 17, "state": "queued", "wake": wake }).await.expect("insert");
    let now = fixture.clock.now();

    for bad in [newer, unknown, damaged] {
        assert!(store.claim(bad, &samples::worker("w"), now).await.expect("an answer").is_none());
        assert!(store.claim(bad, &samples::worker("w"), now).await.expect("an answer").is_none());
        assert_eq!(
            catalogue.find(&OwnerId::LOCAL, bad.id).await.expect_err("no job").kind,
            FaultKind::Corrupt
        );
    }
    // The relay meets the documents with foreign ids.
    let overdue = store.overdue(now, 100).await.expect("overdue");
    assert!(overdue.contains(&good), "{overdue:?}");
    // Documents are marked as quarantined in the background.
    while store.overdue(now, 100).await.expect("overdue") != [good] {
        tokio::task::yield_now().await;
    }
    assert_eq!(fixture.mongo.quarantined()(), 4);
    let page = Page { limit: 10, cursor: None };
    let listed = catalogue.list(&JobQuery::default(), &page).await.expect("list");
    assert_eq!(listed.items.iter().map(|job| job.id).collect::<Vec<_>>(), [good.id]);
    let hold = store.claim(good, &samples::worker("w"), now).await.expect("claim").expect("it waits");
    let end = store.complete(&hold.job, samples::success(3, 3), now).await.expect("complete");
    assert!(matches!(end, CompleteResult::Written(_)));
    store.sweep(now.after(Duration::from_secs(400 * 24 * 3600)), 10).await.expect("sweep");
    assert_eq!(catalogue.find(&OwnerId::LOCAL, good.id).await.expect("find"), Lookup::Gone);
}

#[tokio::test(flavor = "multi_thread")]
async fn export_skips_foreign_documents() {
    let fixture = Fixture::new("export").await;
    for number in 0..5 {
        fixture.raw.insert_one(doc! { "_id": number, "state": "queued" }).await.expect("insert");
    }
    let (first, second) = (fixture.admit(1).await.id, fixture.admit(2).await.id);
    let archive = fixture.mongo.archive();
    let mut seen = Vec::new();
    while let Some(exported) = archive.export(seen.last().copied(), 1).await.expect("export").pop() {
        seen.push(exported.job.id);
    }
    seen.sort();
    let mut all = [first, second];
    all.sort();
    assert_eq!(seen, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_relays_share_the_overdue_messages() {
    let fixture = Fixture::new("relays").await;
    let uri = with_database(&fixture._server.uri, &format!("odd_relays_{}", std::process::id()));
    let other = connect(Options::at(uri), Arc::clone(&fixture.clock) as _, ids()).await.expect("an address");
    for number in 0..6 {
        fixture.admit(number).await;
    }
    let now = fixture.clock.now();
    let mine = fixture.mongo.store().overdue(now, 4).await.expect("overdue");
    let theirs = other.store().overdue(now, 100).await.expect("overdue");
    assert_eq!((mine.len(), theirs.len()), (4, 2), "a relay that is stuck leaves the next page to others");
    fixture.clock.advance(Duration::from_secs(5));
    let all = other.store().overdue(fixture.clock.now(), 100).await.expect("overdue");
    assert_eq!(all.len(), 6, "after the reservation expires, its own page as well");
}

/// When the watermark of a process stops moving, another process publishes what it may not have published.
#[tokio::test(flavor = "multi_thread")]
async fn publishes_the_jobs_of_a_stale_process() {
    let fixture = Fixture::new("silent").await;
    let uri = with_database(&fixture._server.uri, &format!("odd_silent_{}", std::process::id()));
    let other = connect(Options::at(uri), Arc::clone(&fixture.clock) as _, ids()).await.expect("an address");
    let (mine, theirs) = (fixture.mongo.store(), other.store());
    let admit = async |number: u64| {
        fixture.clock.advance(Duration::from_millis(100));
        let new = NewJob { created_at: fixture.clock.now(), ..samples::small(number) };
        match mine.admit(new).await.expect("admit") {
            Admission::New { job, .. } => job.ticket(),
            other => panic!("{other:?}"),
        }
    };
    let confirmed = admit(1).await;
    mine.published(&[confirmed], fixture.clock.now()).await.expect("published");
    let waits =
        fixture.raw.find_one(doc! { "by": { "$exists": true } }).await.expect("find").expect("it is noted");
    assert!(
        waits.get_datetime("wake").expect("a time").timestamp_millis()
            >= fixture.clock.now().as_ms() + 59_000
    );
    let open = [admit(2).await, admit(3).await];
    assert_eq!(
        mine.overdue(fixture.clock.now(), 9).await.expect("overdue"),
        [],
        "they are left to their own process"
    );

    // The process stores its watermark by itself; the first unconfirmed message holds it back.
    let processes =
        fixture.raw.client().database(&fixture.raw.namespace().db).collection::<Document>("processes");
    let first_open = fixture.clock.now().as_ms() - 100;
    loop {
        let stored =
            processes.find_one(doc! {}).await.expect("find").expect("it is stored before a job is admitted");
        if stored.get_datetime("until").expect("a time").timestamp_millis() == first_open - 1 {
            break;
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(theirs.overdue(fixture.clock.now(), 9).await.expect("overdue"), []);
    fixture.clock.advance(Duration::from_millis(1_600));
    let now = fixture.clock.now();
    assert_eq!(theirs.overdue(now, 9).await.expect("overdue"), open);
    assert_eq!(mine.overdue(now, 9).await.expect("overdue"), [], "the other one has them");
    theirs.published(&open, now).await.expect("published");
    assert_eq!(theirs.overdue(now, 9).await.expect("overdue"), []);
    fixture.clock.advance(Duration::from_secs(61));
    let now = fixture.clock.now();
    assert_eq!(theirs.overdue(now, 9).await.expect("overdue"), [confirmed, open[0], open[1]], "long ago");
}

/// A living process publishes its own unconfirmed messages again.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_publishes_its_unconfirmed_messages_again() {
    let fixture = Fixture::new("unconfirmed").await;
    let store = fixture.mongo.store();
    let new = NewJob { created_at: fixture.clock.now(), ..samples::small(1) };
    let Admission::New { job, .. } = store.admit(new).await.expect("admit") else { panic!("it is new") };
    fixture.clock.advance(Duration::from_millis(1_400));
    assert_eq!(store.overdue(fixture.clock.now(), 9).await.expect("overdue"), []);
    fixture.clock.advance(Duration::from_millis(100));
    assert_eq!(store.overdue(fixture.clock.now(), 9).await.expect("overdue"), [job.ticket()]);
    store.published(&[job.ticket()], fixture.clock.now()).await.expect("published");
    assert_eq!(store.overdue(fixture.clock.now(), 9).await.expect("overdue"), []);
    fixture.clock.advance(Duration::from_secs(60));
    assert_eq!(store.overdue(fixture.clock.now(), 9).await.expect("overdue"), [job.ticket()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_processes_share_one_secret() {
    let fixture = Fixture::new("secret").await;
    let uri = with_database(&fixture._server.uri, &format!("odd_secret_{}", std::process::id()));
    let other = connect(Options::at(uri), Arc::clone(&fixture.clock) as _, ids()).await.expect("an address");
    let key = IdempotencyKey::parse("order-17").expect("a key");
    assert_eq!(
        fixture.mongo.key_secret().await.expect("its format is known").job_id(&OwnerId::LOCAL, &key),
        other.key_secret().await.expect("its format is known").job_id(&OwnerId::LOCAL, &key)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_database_keeps_the_first_secret_it_is_given() {
    let server = shared().await;
    let uri = with_database(&server.uri, &format!("odd_given_{}", std::process::id()));
    for given in [7, 8] {
        let options = Options { key_secret: Some(KeySecret::new([given; 32])), ..Options::at(uri.clone()) };
        let mongo = connect(options, Arc::<HandClock>::default(), ids()).await.expect("an address");
        assert_eq!(mongo.key_secret().await, Ok(KeySecret::new([7; 32])));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_store_rejects_new_jobs_but_replays_known_ones() {
    let server = shared().await;
    let uri = with_database(&server.uri, &format!("odd_full_{}", std::process::id()));
    let options = Options { max_queued_jobs: 2, ..Options::at(uri) };
    let mongo = connect(options, Arc::<HandClock>::default(), ids()).await.expect("an address");
    mongo.key_secret().await.expect("its format is known");
    for number in 0..2 {
        let admitted = mongo.store().admit(samples::keyed(number, 7)).await.expect("there is room");
        assert!(matches!(admitted, Admission::New { .. }));
    }
    let refused = mongo.store().admit(samples::small(2)).await.expect_err("there is no room");
    assert_eq!(refused.kind, FaultKind::Overloaded);
    assert_eq!(mongo.probes()[0].probe().await.expect_err("it is full").kind, FaultKind::Overloaded);
    let again = mongo.store().admit(samples::keyed(1, 7)).await.expect("it is here");
    assert!(matches!(again, Admission::Replay(_)), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn stores_a_long_attachment_in_parts_and_deletes_it_with_its_job() {
    let fixture = Fixture::new("long").await;
    let store = fixture.mongo.store();
    let now = fixture.clock.now();
    let hold = store.claim(fixture.admit(1).await, &samples::worker("w"), now).await.expect("claim");
    let words = samples::output(1_100_000, 100).attachments.remove(0).bytes;
    let hold = hold.expect("it waits").job;
    let ended = store.complete(&hold, samples::success(1_100_000, 100), now).await.expect("complete");
    assert!(matches!(ended, CompleteResult::Written(_)));
    assert_eq!(fixture.words(hold.id).await, Some(words));
    let id = bson::Uuid::from_bytes(*hold.id.uuid().as_bytes());
    let record = fixture.raw.find_one(doc! { "_id": id }).await.expect("find").expect("it is there");
    assert!(record.get_i32("parts").expect("it has its own documents") > 1, "{record:?}");
    store.apply(&OwnerId::LOCAL, hold.id, JobAction::Delete, now).await.expect("delete");
    let parts = fixture.raw.clone_with_type::<Document>();
    let parts = parts.client().default_database().expect("it names one").collection::<Document>("words");
    assert_eq!(parts.count_documents(doc! {}).await.expect("count"), 0);
}

/// A server that accepts connections and never replies.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_never_answers_causes_a_timely_fault() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("it is bound").port();
    let silent = async move {
        let mut held = Vec::new();
        loop {
            held.extend(listener.accept().await);
        }
    };
    let calls = async {
        let options = Options {
            server_timeout: Duration::from_millis(300),
            call_timeout: Duration::from_millis(600),
            ..Options::at(format!("mongodb://me:hunter2@127.0.0.1:{port}/"))
        };
        assert!(!format!("{options:?}").contains("hunter2"));
        let mongo =
            connect(options, Arc::<HandClock>::default(), ids()).await.expect("it does not fail for that");
        let began = Instant::now();
        let admitted = mongo.store().admit(samples::small(1)).await.expect_err("no answer");
        assert!(matches!(admitted.kind, FaultKind::Unavailable | FaultKind::Unknown), "{admitted:?}");
        let found = mongo.catalogue().find(&OwnerId::LOCAL, samples::id(1)).await.expect_err("no answer");
        assert_eq!(found.kind, FaultKind::Unavailable);
        mongo.probes()[0].probe().await.expect_err("it is not ready");
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    };
    tokio::select! {
        () = silent => {}
        () = calls => {}
    }
}
