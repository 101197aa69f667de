//! A database that version 1 wrote is refused until it is migrated; then every job in it reads as before.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;
use mongodb::{Client, Database};
use serde_json::{Map, Value};
use tally_contract::doubles::{CountedIds, HandClock};
use tally_jobs::id::JobId;
use tally_jobs::ports::{JobCatalogue, JobQuery, Lookup};
use tally_jobs::record::{Attribute, Job};
use tally_jobs::state::JobState;
use tally_kernel::{FaultKind, OwnerId, Page, Timestamp};
use tally_mongo::{FormatError, Migrated, Mongo, Options, connect, migrate};
use tally_tests::services::Service;
use tally_tests::services::mongodb::{shared, with_database};
use tally_wordcount::{CountRecord, legacy};

/// The jobs and tombstones of the golden database.
const ALL: u64 = 30;

fn golden(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/1").join(name);
    fs::read_to_string(path).expect("the golden data is in the repository")
}

struct Golden {
    uri: String,
    database: Database,
    _server: Arc<Service>,
}

impl Golden {
    /// A fresh database with the golden documents.
    async fn load(name: &str) -> Self {
        let server = shared().await;
        let uri = with_database(&server.uri, &format!("migrate_{name}_{}", std::process::id()));
        let client = Client::with_uri_str(&uri).await.expect("an address");
        let database = client.default_database().expect("it names one");
        for line in golden("mongodb.jsonl").lines() {
            let line: Map<String, Value> = serde_json::from_str(line).expect("JSON");
            let document = Bson::try_from(line["document"].clone()).expect("Extended JSON");
            let Bson::Document(document) = document else { panic!("{document}") };
            let collection = database.collection::<Document>(line["collection"].as_str().expect("a name"));
            collection.insert_one(document).await.expect("insert");
        }
        Self { uri, database, _server: server }
    }

    async fn connect(&self) -> Mongo {
        let clock = Arc::new(HandClock::default());
        connect(Options::at(&self.uri), clock, Arc::<CountedIds>::default()).await.expect("an address")
    }

    async fn migrate(&self, steps: &mut Vec<(u64, u64)>) -> Migrated {
        let progress = |done, total| steps.push((done, total));
        let clock = Arc::new(HandClock::default());
        let done = migrate(Options::at(&self.uri), clock, legacy::read_document, progress).await;
        done.expect("it migrates")
    }

    async fn documents(&self) -> Vec<Document> {
        let jobs = self.database.collection::<Document>("jobs");
        let found = jobs.find(doc! {}).sort(doc! { "_id": 1 }).await.expect("find");
        found.try_collect().await.expect("find")
    }
}

/// What the API answered before, by the name of the request.
fn answers() -> Map<String, Value> {
    let all: Value = serde_json::from_str(&golden("mongodb.json")).expect("JSON");
    all["records"].as_object().expect("records").clone()
}

fn compare(name: &str, job: &Job, before: &Value) {
    assert_eq!(job.state.as_str(), before["state"].as_str().expect("a state"), "{name}");
    assert_eq!(Value::from(job.attempts), before["attempts"], "{name}");
    assert_eq!(job.options.priority.as_str(), before["priority"], "{name}");
    assert_eq!(job.kind.as_str(), "count", "{name}");
    for (moment, before) in [
        (Some(job.created_at), &before["created_at"]),
        (job.started_at, &before["started_at"]),
        (job.finished_at, &before["finished_at"]),
        (job.expires_at(), &before["expires_at"]),
    ] {
        assert_eq!(moment, before.as_str().and_then(Timestamp::parse), "{name}");
    }
    let labels = before["labels"].as_object().expect("labels");
    assert_eq!(job.options.labels.len(), labels.len(), "{name}");
    assert!(job.options.labels.iter().all(|label| labels[&label.name] == label.value), "{name}");
    let report = CountRecord::of(job).expect("a count").report;
    assert_eq!(report.is_none(), before["result"].is_null(), "{name}");
    let Some(report) = report else { return };
    let counted = before["result"]["definitions"].as_object().expect("definitions");
    assert_eq!(report.numbers.words.len(), counted.len(), "{name}");
    for (definition, words) in &report.numbers.words {
        assert_eq!(Value::from(*words), counted[definition.as_str()], "{name}: {definition:?}");
    }
}

async fn compare_words(name: &str, catalogue: &dyn JobCatalogue, id: JobId, before: &Value) {
    let attachment = tally_wordcount::stored::REMAINING_WORDS;
    let found = catalogue.find_with_attachment(&OwnerId::LOCAL, id, &attachment).await.expect("words");
    let Lookup::Found(found) = found else { panic!("{name}") };
    let shown = before["result"]["top_words"].as_array().map_or(0, Vec::len);
    let unique = before["result"]["unique_words"].as_u64().unwrap_or(0);
    let is_more = unique > shown as u64;
    assert_eq!(found.bytes.is_some(), is_more, "{name}: {unique} words, {shown} shown");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_format_1_is_refused() {
    let golden = Golden::load("refused").await;
    let mongo = golden.connect().await;
    let why = mongo.ready().await.expect_err("it is refused");
    assert_eq!(why, FormatError::Older(1));
    assert!(why.to_string().contains("`tally migrate`"), "{why}");
    let fault = mongo.catalogue().census().await.expect_err("it is refused");
    assert_eq!(fault.kind, FaultKind::Unavailable);
    let cause = std::error::Error::source(&fault).expect("a cause").to_string();
    assert!(cause.contains("`tally migrate`"), "{cause}");
    mongo.probes()[0].probe().await.expect_err("it is not ready");
    mongo.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_migration_every_job_reads_as_before() {
    let golden = Golden::load("all").await;
    let before = golden.documents().await;
    let mut steps = Vec::new();
    assert_eq!(golden.migrate(&mut steps).await, Migrated { converted: ALL, unchanged: 0 });
    assert_eq!((steps.first(), steps.last()), (Some(&(0, ALL)), Some(&(ALL, ALL))));
    let after = golden.documents().await;
    for (before, after) in before.iter().zip(&after) {
        for same in ["_id", "seq", "wake", "by"] {
            assert_eq!(before.get(same), after.get(same), "{same}");
        }
    }

    let mongo = golden.connect().await;
    mongo.ready().await.expect("it is migrated");
    let (catalogue, mut compared) = (mongo.catalogue(), 0);
    for (name, entry) in answers() {
        let Some(id) = entry["record"]["id"].as_str().and_then(JobId::parse) else { continue };
        let found = catalogue.find(&OwnerId::LOCAL, id).await.expect("find");
        let Lookup::Found(job) = found else { panic!("{name}: {found:?}") };
        compare(&name, &job, &entry["record"]);
        compare_words(&name, &*catalogue, id, &entry["record"]).await;
        compared += 1;
    }
    assert_eq!(compared, ALL - 1);
    let host = Attribute { name: tally_wordcount::stored::input::HOST.into(), value: "127.0.0.1".to_owned() };
    let host = JobQuery { attribute: Some(host), ..JobQuery::default() };
    let listed = catalogue.list(&host, &Page { limit: 50, cursor: None }).await.expect("list").items;
    assert!(!listed.is_empty(), "addresses are found by their host");
    assert!(listed.iter().all(|job| job.subject.is_some() && job.parts.detail.is_empty()));
    let tombstones = mongo.archive().export_tombstones(None, 10).await.expect("export");
    assert_eq!(tombstones.len(), 1, "the deleted job stays deleted");
    assert_eq!(mongo.quarantined()(), 0);
    mongo.close().await;

    let mut steps = Vec::new();
    assert_eq!(golden.migrate(&mut steps).await, Migrated { converted: 0, unchanged: ALL });
    assert_eq!(golden.documents().await, after, "a second migration changes nothing");
    assert_eq!(steps.last(), Some(&(0, 0)));
}

/// A worker died before the migration: its lease ends, and the next claim counts the crash.
#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_ran_is_claimed_again_after_its_lease() {
    let golden = Golden::load("running").await;
    golden.migrate(&mut Vec::new()).await;
    let mongo = golden.connect().await;
    let running = JobQuery { state: Some(JobState::Running), ..JobQuery::default() };
    let listed =
        mongo.catalogue().list(&running, &Page { limit: 9, cursor: None }).await.expect("list").items;
    let [job] = &listed[..] else { panic!("{listed:?}") };
    let late = job.lease.expect("it is stored").until.after(Duration::from_secs(60));
    let overdue = mongo.store().overdue(late, 100).await.expect("overdue");
    assert!(overdue.iter().any(|ticket| ticket.id == job.id), "the relay publishes it");
    let worker = tally_contract::samples::worker("w");
    let claimed = mongo.store().claim(job.ticket(), &worker, late).await.expect("claim").expect("it waits");
    assert_eq!((claimed.job.attempts, claimed.job.crashes), (2, 2));
}

/// A migration that broke off left some documents in the former format, and no setting.
#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_broke_off_is_resumed() {
    let golden = Golden::load("resumed").await;
    let before = golden.documents().await;
    golden.migrate(&mut Vec::new()).await;
    let jobs = golden.database.collection::<Document>("jobs");
    for document in &before[..10] {
        jobs.replace_one(doc! { "_id": document.get("_id") }, document).await.expect("replace");
    }
    let settings = golden.database.collection::<Document>("settings");
    settings.delete_one(doc! { "_id": "format" }).await.expect("delete");
    let mongo = golden.connect().await;
    mongo.ready().await.expect_err("it is refused");
    mongo.close().await;
    assert_eq!(golden.migrate(&mut Vec::new()).await, Migrated { converted: 10, unchanged: ALL - 10 });
    golden.connect().await.ready().await.expect("it is migrated");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_cannot_be_converted_stops_the_migration() {
    let golden = Golden::load("damaged").await;
    let jobs = golden.database.collection::<Document>("jobs");
    let damage = doc! { "$set": { "source": { "kind": "fax" } } };
    let queued = doc! { "state": "queued" };
    assert_eq!(jobs.update_one(queued, damage).await.expect("update").modified_count, 1);
    let done =
        migrate(Options::at(&golden.uri), Arc::<HandClock>::default(), legacy::read_document, |_, _| {});
    let why = done.await.expect_err("one is damaged");
    let cause = std::error::Error::source(&why).expect("a cause").to_string();
    assert!(why.to_string().contains("cannot be converted") && cause.contains("source"), "{why}: {cause}");
    golden.connect().await.ready().await.expect_err("it is still refused");
}
