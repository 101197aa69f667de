//! Converts a data folder of format 1 and compares every job with what version 1 answered.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use tally_contract::doubles::{CountedIds, HandClock};
use tally_embedded::{ConversionProgress, Embedded, FolderOptions, open_with_progress};
use tally_jobs::id::JobId;
use tally_jobs::ports::{JobQuery, Lookup};
use tally_jobs::state::JobState;
use tally_kernel::{OwnerId, Page, Timestamp};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/1").join(name)
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn open(folder: &Path, progress: &mut dyn FnMut(ConversionProgress)) -> Embedded {
    let clock = Arc::new(HandClock::default());
    open_with_progress(folder, FolderOptions::default(), clock, Arc::new(CountedIds::default()), progress)
        .unwrap()
}

/// The answers of the API of version 1, by the name of the request.
fn records() -> serde_json::Map<String, Value> {
    let text = fs::read_to_string(golden("folder.json")).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    all["records"].as_object().unwrap().clone()
}

#[tokio::test]
async fn converts_a_folder_of_format_1_and_keeps_a_copy() {
    let folder = tempfile::tempdir().unwrap();
    copy_folder(&golden("folder"), folder.path());
    let mut steps = Vec::new();
    let embedded = open(folder.path(), &mut |step| steps.push(step));
    let size = fs::metadata(golden("folder/tally.db")).unwrap().len();
    assert_eq!(steps.first(), Some(&ConversionProgress::Copying { done: size, total: size }));
    assert!(
        matches!(steps.last(), Some(ConversionProgress::Converting { done, total }) if done == total),
        "{steps:?}"
    );
    let copy = fs::read(folder.path().join("tally.db.format-1")).unwrap();
    assert!(copy == fs::read(golden("folder/tally.db")).unwrap(), "the copy equals the original file");

    let (mut compared, catalogue) = (0, embedded.catalogue());
    for (name, entry) in records() {
        let id = entry["record"]["id"].as_str().and_then(JobId::parse);
        let Some(id) = id else { continue };
        let found = catalogue.find(&OwnerId::LOCAL, id).await.unwrap();
        let Lookup::Found(job) = found else { panic!("{name}: {found:?}") };
        let expected = &entry["record"];
        // The job that ran when its server was killed is queued again.
        let state = if name == "running" { "queued" } else { expected["state"].as_str().unwrap() };
        assert_eq!(job.state.as_str(), state, "{name}");
        assert_eq!(job.attempts, expected["attempts"].as_u64().unwrap() as u32, "{name}");
        assert_eq!(job.created_at, Timestamp::parse(expected["created_at"].as_str().unwrap()).unwrap());
        assert_eq!(job.options.priority.as_str(), expected["priority"], "{name}");
        let labels: Vec<_> = expected["labels"].as_object().unwrap().iter().collect();
        assert_eq!(job.options.labels.len(), labels.len(), "{name}");
        assert!(job.options.labels.iter().all(|label| expected["labels"][&label.name] == label.value));
        assert_eq!(job.kind.as_str(), "count");
        assert_eq!(job.parts.summary.is_empty(), expected["result"].is_null(), "{name}");
        assert_eq!(
            job.subject.as_deref(),
            expected["source"]["url"].as_str().or(expected["source"]["name"].as_str())
        );
        compared += 1;
    }
    assert_eq!(compared, 29);
    let host = JobQuery {
        attribute: Some(tally_contract::samples::host_of("127.0.0.1")),
        state: Some(JobState::Cancelled),
        ..JobQuery::default()
    };
    let listed = catalogue.list(&host, &Page { limit: 10, cursor: None }).await.unwrap();
    assert_eq!(listed.items.len(), 1, "found by its host attribute");
    let tombstones = embedded.archive().export_tombstones(None, 10).await.unwrap();
    assert_eq!(tombstones.len(), 1, "the deleted job stays deleted");
}

#[tokio::test]
async fn converts_once() {
    let folder = tempfile::tempdir().unwrap();
    copy_folder(&golden("folder"), folder.path());
    open(folder.path(), &mut |_| {}).close().await.unwrap();
    let mut steps = 0;
    open(folder.path(), &mut |_| steps += 1);
    assert_eq!(steps, 0);
}
