//! A data folder that is dropped without close, damaged, full, or opened twice.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tally_contract::doubles::{CountedIds, HandClock};
use tally_contract::samples;
use tally_embedded::{Embedded, FolderOptions, OpenError, Recovery, open};
use tally_jobs::content::Content;
use tally_jobs::id::JobId;
use tally_jobs::key::{IdempotencyKey, KeySecret};
use tally_jobs::ports::{Admission, CompleteResult, Delivery, JobQuery, Lookup, StillHeld};
use tally_jobs::record::{ClaimedJob, Job, NewJob, Ticket};
use tally_jobs::state::{AttemptOutcome, JobAction, JobState};
use tally_kernel::{Clock, Fault, FaultKind, Lease, OwnerId, Page};

fn open_with(path: &Path, options: FolderOptions, clock: &Arc<HandClock>) -> Result<Embedded, OpenError> {
    open(path, options, Arc::clone(clock) as _, Arc::new(CountedIds::default()))
}

fn open_at(path: &Path, clock: &Arc<HandClock>) -> Embedded {
    open_with(path, FolderOptions::default(), clock).expect("the folder opens")
}

async fn admit(embedded: &Embedded, new: NewJob) -> Result<Job, Fault> {
    match embedded.store().admit(new).await? {
        Admission::New { job, .. } => Ok(job),
        other => panic!("not new: {other:?}"),
    }
}

async fn claim(embedded: &Embedded, ticket: Ticket, clock: &HandClock) -> ClaimedJob {
    let claimed = embedded.store().claim(ticket, &samples::worker("w"), clock.now()).await;
    claimed.expect("claim").expect("the ticket is good")
}

async fn found(embedded: &Embedded, id: JobId) -> Job {
    match embedded.catalogue().find(&OwnerId::LOCAL, id).await.expect("find") {
        Lookup::Found(job) => job,
        other => panic!("not found: {other:?}"),
    }
}

async fn next(embedded: &Embedded) -> Ticket {
    let delivered = tokio::time::timeout(Duration::from_secs(10), embedded.queue().next()).await;
    match delivered.expect("a ticket is queued").expect("next") {
        Delivery::Ticket(ticket, _) => ticket,
        Delivery::Closed => panic!("the queue is closed"),
    }
}

#[tokio::test]
async fn keeps_all_answered_changes_after_a_drop_without_close() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), Arc::new(HandClock::default()));
    let mut expected = Vec::new();
    {
        let embedded = open_at(folder.path(), &clock);
        for number in 0..40 {
            let job = admit(&embedded, samples::small(number)).await.unwrap();
            expected.push(job.clone());
            if number % 4 == 0 {
                continue;
            }
            let claimed = claim(&embedded, job.ticket(), &clock).await;
            let outcome = match number % 4 {
                1 => samples::success(number as usize, 5),
                2 => AttemptOutcome::Failed(samples::failure()),
                _ => AttemptOutcome::Retry {
                    failure: samples::failure(),
                    at: clock.now().after(Duration::from_secs(60)),
                },
            };
            let result = embedded.store().complete(&claimed.job, outcome, clock.now()).await.unwrap();
            let CompleteResult::Written(job) = result else { panic!("{result:?}") };
            *expected.last_mut().unwrap() = job;
        }
    }
    let embedded = open_at(folder.path(), &clock);
    assert_eq!(embedded.recovery(), Recovery { clean_shutdown: false, queued: 20, interrupted: 0 });
    for job in expected {
        assert_eq!(found(&embedded, job.id).await, job);
    }
    let census = embedded.catalogue().census().await.unwrap();
    assert_eq!((census.queued, census.running), (20, 0));
    for number in (0..40).step_by(4) {
        assert_eq!(next(&embedded).await.id, samples::id(number), "in the order of admission");
    }
    assert!(embedded.store().overdue(clock.now(), 100).await.unwrap().is_empty(), "retries are not due yet");
    clock.advance(Duration::from_secs(60));
    assert_eq!(embedded.store().overdue(clock.now(), 100).await.unwrap().len(), 10);
}

#[tokio::test]
async fn queues_interrupted_jobs_first_and_keeps_their_crash_counts() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), Arc::new(HandClock::default()));
    let mut previous = None;
    for crashes in 1..=3 {
        let embedded = open_at(folder.path(), &clock);
        if crashes == 1 {
            admit(&embedded, samples::small(1)).await.unwrap();
            admit(&embedded, samples::small(2)).await.unwrap();
        } else {
            let expected = Recovery { clean_shutdown: false, queued: 1, interrupted: 1 };
            assert_eq!(embedded.recovery(), expected);
        }
        if let Some(stale) = &previous {
            let renewed = embedded.store().renew(stale, clock.now(), Lease::from(clock.now())).await.unwrap();
            assert_eq!(renewed, StillHeld::No);
            let late = embedded.store().complete(stale, samples::success(3, 3), clock.now()).await.unwrap();
            assert!(matches!(late, CompleteResult::Fenced), "a claim ends with its process");
        }
        let ticket = next(&embedded).await;
        assert_eq!(ticket.id, samples::id(1));
        let claimed = claim(&embedded, ticket, &clock).await;
        assert_eq!((claimed.job.crashes, claimed.job.attempts), (crashes, crashes));
        assert_eq!(claimed.content, samples::small(1).content);
        previous = Some(claimed.job);
    }
}

#[tokio::test]
async fn close_records_a_clean_shutdown_and_rejects_later_writes() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), Arc::new(HandClock::default()));
    let embedded = open_at(folder.path(), &clock);
    assert!(embedded.recovery().clean_shutdown, "a new folder counts as closed cleanly");
    let job = admit(&embedded, samples::small(1)).await.unwrap();
    embedded.close().await.unwrap();
    assert!(matches!(embedded.queue().next().await.unwrap(), Delivery::Closed));
    let late = admit(&embedded, samples::small(2)).await.unwrap_err();
    assert!(matches!(late.kind, FaultKind::Unavailable | FaultKind::Unknown), "{late}");
    assert_eq!(found(&embedded, job.id).await, job, "reads still work");
    drop(embedded);
    let embedded = open_at(folder.path(), &clock);
    assert_eq!(embedded.recovery(), Recovery { clean_shutdown: true, queued: 1, interrupted: 0 });
    assert_eq!(embedded.catalogue().find(&OwnerId::LOCAL, samples::id(2)).await.unwrap(), Lookup::Unknown);
}

#[tokio::test]
async fn keeps_its_key_secret() {
    let clock = Arc::new(HandClock::default());
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let key = IdempotencyKey::parse("order-17").unwrap();
    let first = open_at(one.path(), &clock).key_secret().job_id(&OwnerId::LOCAL, &key);
    assert_eq!(open_at(one.path(), &clock).key_secret().job_id(&OwnerId::LOCAL, &key), first);
    assert_ne!(open_at(other.path(), &clock).key_secret().job_id(&OwnerId::LOCAL, &key), first);
}

#[tokio::test]
async fn a_new_folder_keeps_the_key_secret_of_its_first_open() {
    let folder = tempfile::tempdir().unwrap();
    for byte in [7, 8] {
        let options =
            FolderOptions { key_secret: Some(KeySecret::new([byte; 32])), ..FolderOptions::default() };
        let embedded = open_with(folder.path(), options, &Arc::default()).unwrap();
        assert_eq!(embedded.key_secret(), KeySecret::new([7; 32]));
    }
}

#[tokio::test]
async fn rejects_a_second_open_while_the_first_is_in_use() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), Arc::new(HandClock::default()));
    let first = open_at(folder.path(), &clock);
    let store = first.store();
    drop(first);
    let refused =
        open_with(folder.path(), FolderOptions::default(), &clock).err().expect("the store is still in use");
    assert!(matches!(refused, OpenError::Locked { .. }), "{refused:?}");
    assert!(refused.to_string().contains(&folder.path().display().to_string()), "{refused}");
    assert!(refused.to_string().contains("stop that one"), "{refused}");
    drop(store);
    open_at(folder.path(), &clock);
}

#[tokio::test]
async fn rejects_a_path_that_is_not_a_folder_and_files_of_other_programs() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), Arc::new(HandClock::default()));
    let file = folder.path().join("file");
    std::fs::write(&file, "not a folder").unwrap();
    let refused = |path: &Path| open_with(path, FolderOptions::default(), &clock).err().expect("refused");
    assert!(matches!(refused(&file), OpenError::NotWritable { .. }));

    let text = folder.path().join("text");
    std::fs::create_dir(&text).unwrap();
    std::fs::write(text.join("tally.db"), "this is a text and no database at all, however long it is")
        .unwrap();
    let error = refused(&text);
    assert!(matches!(error, OpenError::Corrupt { .. }), "{error:?}");
    assert!(error.to_string().contains("backup"), "{error}");

    let foreign = folder.path().join("foreign");
    std::fs::create_dir(&foreign).unwrap();
    let connection = rusqlite::Connection::open(foreign.join("tally.db")).unwrap();
    connection.execute_batch("CREATE TABLE songs (name TEXT)").unwrap();
    drop(connection);
    let error = refused(&foreign);
    assert!(matches!(error, OpenError::Corrupt { .. }), "{error:?}");
    assert!(error.to_string().contains("another program"), "{error}");
}

#[tokio::test]
async fn rejects_a_newer_format_and_leaves_the_file_unchanged() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), Arc::new(HandClock::default()));
    drop(open_at(folder.path(), &clock));
    let database = folder.path().join("tally.db");
    let connection = rusqlite::Connection::open(&database).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let error = open_with(folder.path(), FolderOptions::default(), &clock).err().expect("refused");
    assert!(matches!(error, OpenError::NewerVersion { found: 99, .. }), "{error:?}");
    assert!(error.to_string().contains("newer version"), "{error}");
    let connection = rusqlite::Connection::open(&database).unwrap();
    let format: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(format, 99);
}

#[tokio::test]
async fn rejects_submits_beyond_the_bounds_until_space_is_free() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), Arc::new(HandClock::default()));
    let options = FolderOptions { max_queued_jobs: 3, max_queued_bytes: 200, ..FolderOptions::default() };
    let embedded = open_with(folder.path(), options, &clock).unwrap();
    for number in 1..=2 {
        admit(&embedded, samples::small(number)).await.unwrap();
    }
    let keyed = admit(&embedded, samples::keyed(3, 7)).await.unwrap();
    let refused = admit(&embedded, samples::small(4)).await.unwrap_err();
    assert_eq!(refused.kind, FaultKind::Overloaded);
    let replay = embedded.store().admit(samples::keyed(3, 7)).await.unwrap();
    assert!(matches!(replay, Admission::Replay(ref job) if *job == keyed), "a replay needs no space");
    assert!(embedded.probes()[1].probe().await.is_err());

    let claimed = claim(&embedded, next(&embedded).await, &clock).await;
    admit(&embedded, samples::small(4)).await.unwrap();
    embedded.store().release(&claimed.job, clock.now()).await.unwrap();
    assert_eq!(admit(&embedded, samples::small(5)).await.unwrap_err().kind, FaultKind::Overloaded);
    for number in [1, 2] {
        embedded
            .store()
            .apply(&OwnerId::LOCAL, samples::id(number), JobAction::Cancel, clock.now())
            .await
            .unwrap();
    }
    admit(&embedded, samples::small(5)).await.unwrap();

    let large = NewJob { content_bytes: 150, ..samples::small(6) };
    assert_eq!(admit(&embedded, large.clone()).await.unwrap_err().kind, FaultKind::Overloaded);
    embedded.store().apply(&OwnerId::LOCAL, samples::id(4), JobAction::Delete, clock.now()).await.unwrap();
    embedded.store().apply(&OwnerId::LOCAL, samples::id(5), JobAction::Cancel, clock.now()).await.unwrap();
    admit(&embedded, large).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_rejects_submits_and_still_reads_and_deletes() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), Arc::new(HandClock::default()));
    let options = FolderOptions { max_database_bytes: Some(1 << 20), ..FolderOptions::default() };
    let embedded = open_with(folder.path(), options, &clock).unwrap();
    let large = |number| {
        let content = Some(Content::Inline(vec![b'x'; 60_000].into()));
        NewJob { content, ..samples::small(number) }
    };
    let mut admitted = Vec::new();
    let fault = loop {
        match admit(&embedded, large(admitted.len() as u64)).await {
            Ok(job) => admitted.push(job),
            Err(fault) => break fault,
        }
    };
    assert_eq!(fault.kind, FaultKind::Overloaded, "{fault}");
    assert!(admitted.len() > 5 && admitted.len() < 20, "{}", admitted.len());
    assert!(embedded.probes()[0].probe().await.is_err(), "not ready");
    for job in &admitted {
        assert_eq!(found(&embedded, job.id).await, *job);
    }
    // Deletes still work, and free the space for new submits.
    for job in &admitted {
        embedded.store().apply(&OwnerId::LOCAL, job.id, JobAction::Delete, clock.now()).await.unwrap();
    }
    admit(&embedded, large(99)).await.unwrap();
    embedded.probes()[0].probe().await.unwrap();
    assert_eq!(embedded.catalogue().census().await.unwrap().queued, 1);
}

#[tokio::test]
async fn a_change_that_cannot_be_written_fails_alone() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), Arc::new(HandClock::default()));
    let options = FolderOptions { max_database_bytes: Some(2 << 20), ..FolderOptions::default() };
    let embedded = open_with(folder.path(), options, &clock).unwrap();
    let store = embedded.store();
    let too_large =
        NewJob { content: Some(Content::Inline(vec![b'x'; 4 << 20].into())), ..samples::small(1) };
    // Polled together, so that they are in one batch.
    let admits = [samples::small(2), too_large, samples::small(3)].map(|new| store.admit(new));
    let answers = futures_util::future::join_all(admits).await;
    assert!(matches!(answers[0], Ok(Admission::New { .. })), "{:?}", answers[0]);
    assert_eq!(answers[1].as_ref().unwrap_err().kind, FaultKind::Overloaded);
    assert!(matches!(answers[2], Ok(Admission::New { .. })), "{:?}", answers[2]);
    assert_eq!(embedded.catalogue().find(&OwnerId::LOCAL, samples::id(1)).await.unwrap(), Lookup::Unknown);
    assert_eq!(embedded.catalogue().census().await.unwrap().queued, 2);
}

#[tokio::test]
async fn removes_incomplete_bodies_at_the_start() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), Arc::new(HandClock::default()));
    let embedded = open_at(folder.path(), &clock);
    let (body, _) = samples::body(2, 70_000);
    let kept = embedded.blobs().keep(body).await.unwrap();
    drop(embedded);
    let left_over = folder.path().join("blobs/incoming/left-over");
    std::fs::write(&left_over, "half").unwrap();
    let embedded = open_at(folder.path(), &clock);
    assert!(!left_over.exists());
    assert!(embedded.blobs().open(kept.id).await.unwrap().is_some());
}

#[tokio::test]
async fn a_deleted_job_is_gone_for_thirty_days_then_unknown() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), Arc::new(HandClock::default()));
    let embedded = open_at(folder.path(), &clock);
    let job = admit(&embedded, samples::small(1)).await.unwrap();
    embedded.store().apply(&OwnerId::LOCAL, job.id, JobAction::Delete, clock.now()).await.unwrap();
    let day = Duration::from_secs(24 * 3600);
    for (days, expected) in [(0, Lookup::Gone), (29, Lookup::Gone), (1, Lookup::Unknown)] {
        clock.advance(day * days);
        embedded.store().sweep(clock.now(), 10).await.unwrap();
        assert_eq!(embedded.catalogue().find(&OwnerId::LOCAL, job.id).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn removes_the_body_of_a_job_that_succeeds() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), Arc::new(HandClock::default()));
    let embedded = open_at(folder.path(), &clock);
    let (body, _) = samples::body(2, 70_000);
    let blob = embedded.blobs().keep(body).await.unwrap().id;
    let new = NewJob { content: Some(Content::Stored(blob.into())), ..samples::full(1) };
    let job = admit(&embedded, new).await.unwrap();
    let claimed = claim(&embedded, job.ticket(), &clock).await.job;
    embedded.store().complete(&claimed, samples::success(3, 3), clock.now()).await.unwrap();
    let removed = async {
        while embedded.blobs().open(blob).await.unwrap().is_some() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), removed).await.expect("the body is removed");
    assert_eq!(found(&embedded, job.id).await.state, JobState::Succeeded);
}

#[tokio::test]
async fn a_job_that_is_not_due_is_left_to_the_relay() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), Arc::new(HandClock::default()));
    let embedded = open_at(folder.path(), &clock);
    // The clock jumps back between the submit and the claim: the job is not due, and its ticket is consumed.
    let job = admit(&embedded, samples::small(1)).await.unwrap();
    clock.jump_to(samples::CREATED);
    assert!(
        embedded
            .store()
            .claim(next(&embedded).await, &samples::worker("w"), clock.now())
            .await
            .unwrap()
            .is_none()
    );
    assert!(embedded.store().overdue(clock.now(), 10).await.unwrap().is_empty());
    clock.advance(Duration::from_millis(1));
    assert_eq!(embedded.store().overdue(clock.now(), 10).await.unwrap(), [job.ticket()]);
}

#[tokio::test]
async fn a_claim_carries_the_digest_of_its_stored_body() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), Arc::new(HandClock::default()));
    let (body, _) = samples::body(2, 70_000);
    let (ticket, expected) = {
        let embedded = open_at(folder.path(), &clock);
        let expected = Content::Stored(embedded.blobs().keep(body).await.unwrap().into());
        let new = NewJob { content: Some(expected.clone()), ..samples::full(1) };
        (admit(&embedded, new).await.unwrap().ticket(), expected)
    };
    let embedded = open_at(folder.path(), &clock);
    assert!(matches!(&expected, Content::Stored(body) if body.digest.is_some()));
    assert_eq!(claim(&embedded, ticket, &clock).await.content, Some(expected));
}

/// Lets `damage` change the database of a folder that nothing has open.
fn damage_database(folder: &Path, damage: &str) {
    let connection = rusqlite::Connection::open(folder.join("tally.db")).expect("the database opens");
    connection.execute_batch(damage).expect("it is changed");
}

#[tokio::test]
async fn a_list_leaves_out_rows_that_cannot_be_read_and_a_probe_tells_of_them() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), Arc::new(HandClock::default()));
    {
        let embedded = open_at(folder.path(), &clock);
        for number in 1..=4 {
            admit(&embedded, samples::small(number)).await.unwrap();
        }
        embedded.close().await.unwrap();
    }
    damage_database(
        folder.path(),
        "UPDATE jobs SET asked = '{' WHERE seq = 2; UPDATE jobs SET id = x'00' WHERE seq = 3",
    );
    let embedded = open_at(folder.path(), &clock);
    let failing = async || {
        let mut failing = Vec::new();
        for probe in embedded.probes() {
            if let Err(fault) = probe.probe().await {
                failing.push((probe.name(), fault.kind, probe.is_required()));
            }
        }
        failing
    };
    assert_eq!(failing().await, []);
    let page = Page { limit: 10, cursor: None };
    let listed = embedded.catalogue().list(&JobQuery::default(), &page).await.unwrap();
    let ids: Vec<_> = listed.items.iter().map(|job| job.id).collect();
    assert_eq!((ids, listed.unreadable), (vec![samples::id(4), samples::id(1)], 2));
    assert_eq!(failing().await, [("records", FaultKind::Corrupt, false)]);
}

#[tokio::test]
async fn a_crash_charges_a_job_only_if_no_other_ran() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), Arc::new(HandClock::default()));
    let [first, second] = [1, 2].map(samples::id);
    {
        let embedded = open_at(folder.path(), &clock);
        for number in [1, 2] {
            admit(&embedded, samples::small(number)).await.unwrap();
        }
    }
    for crash in 1..=4 {
        let embedded = open_at(folder.path(), &clock);
        for id in [first, second] {
            let job = claim(&embedded, found(&embedded, id).await.ticket(), &clock).await.job;
            assert_eq!((job.attempts, job.crashes), (1, 1), "crash {crash} is not charged");
            assert_eq!(job.history.crashes_in_a_row(), crash - 1, "but it is known");
        }
    }
    for crash in 1..=3 {
        let embedded = open_at(folder.path(), &clock);
        let job = claim(&embedded, found(&embedded, first).await.ticket(), &clock).await.job;
        assert_eq!((job.attempts, job.crashes), (crash, crash), "it ran alone");
    }
    let embedded = open_at(folder.path(), &clock);
    assert_eq!((found(&embedded, first).await.crashes, found(&embedded, second).await.crashes), (3, 0));
}
