//! Jobs, outcomes and bodies for tests. Numbers name them.
//!
//! The jobs are of a kind that no crate has: the engine and its adapters must accept any kind.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use tally_jobs::content::Content;
use tally_jobs::failure::{Failure, FailureType};
use tally_jobs::id::{JobId, RequestId, WorkerId};
use tally_jobs::key::{Binding, Fingerprint, IdempotencyKey};
use tally_jobs::options::{JobOptions, Label, Priority};
use tally_jobs::parts::{Attachment, AttachmentName, Output, Parts};
use tally_jobs::ports::ByteStream;
use tally_jobs::record::{Attribute, Kind, NewJob, Properties};
use tally_jobs::state::AttemptOutcome;
use tally_kernel::{OwnerId, Timestamp};
use uuid::Uuid;

/// When samples were created, plus their number in milliseconds: an hour before a `HandClock` starts.
pub const CREATED: Timestamp = Timestamp::from_ms(1_769_857_200_000);
/// The kind of all samples.
pub const KIND: Kind = Kind::of("fake");
/// The name of the attachment that successes have.
pub const ATTACHMENT: AttachmentName = AttachmentName::of("words");
/// A temporary failure.
pub const MAY_PASS: FailureType = FailureType {
    name: "source-unavailable",
    title: "The address cannot answer at the moment",
    retryable: true,
};

/// The id of the sample with this number: a UUID of version 7, which every API accepts.
#[must_use]
pub fn id(number: u64) -> JobId {
    let mut random = [0x5a; 10];
    random[2..].copy_from_slice(&number.to_be_bytes());
    JobId::new(uuid::Builder::from_unix_timestamp_millis(CREATED.as_ms().unsigned_abs(), &random).into_uuid())
}

/// A small job that may be claimed lazily, with the default options.
#[must_use]
pub fn small(number: u64) -> NewJob {
    let words = format!("the words of text number {number}");
    NewJob {
        id: id(number),
        owner: OwnerId::LOCAL,
        kind: KIND,
        options: JobOptions::default(),
        subject: None,
        attributes: Vec::new(),
        properties: Properties { cost: 1, bundled: true, lazy_claim: true },
        parts: Parts { source: Bytes::from_static(b"t"), ..Parts::default() },
        content_bytes: words.len() as u64,
        content: Some(Content::Inline(Bytes::from(words))),
        binding: None,
        generation: None,
        request: None,
        created_at: CREATED.after(Duration::from_millis(number)),
    }
}

/// A job about an address, which lists find by its host.
#[must_use]
pub fn at(number: u64, host: &str, path: &str) -> NewJob {
    NewJob {
        subject: Some(format!("https://{host}{path}").into()),
        attributes: vec![host_of(host)],
        properties: Properties { cost: 4, ..Properties::default() },
        parts: Parts { source: Bytes::from_static(b"u"), ..Parts::default() },
        content: None,
        content_bytes: 0,
        ..small(number)
    }
}

/// The attribute that [`at`] gives its jobs.
#[must_use]
pub fn host_of(host: &str) -> Attribute {
    Attribute { name: "host".into(), value: host.to_owned() }
}

/// A job whose every field differs from the default.
#[must_use]
pub fn full(number: u64) -> NewJob {
    let options = JobOptions {
        priority: Priority::High,
        deadline: Duration::from_millis(1_234_567),
        retention: Duration::from_millis(7_654_321),
        labels: vec![label("project", "Ω \"north\""), label("team", "docs")],
    };
    let content = Some(Content::Inline(Bytes::from_static(b"<p>not UTF-8\xff</p>")));
    NewJob {
        options,
        subject: Some("Bericht über 100%_Größe.html".into()),
        properties: Properties { cost: 17, bundled: false, lazy_claim: false },
        parts: Parts {
            spec: Bytes::from_static(b"{\"top\":7,\"not UTF-8\":\"\xff\"}"),
            source: Bytes::from_static(b"ftext/html; charset=\"utf-8\""),
            ..Parts::default()
        },
        content,
        content_bytes: 17,
        request: RequestId::parse("request-of-a-file"),
        ..small(number)
    }
}

/// A small job submitted with a key, for the request with this number.
#[must_use]
pub fn keyed(number: u64, request: u8) -> NewJob {
    let key = IdempotencyKey::parse(&format!("key-{number}")).expect("a sample key is one");
    NewJob { binding: Some(Binding { key, fingerprint: Fingerprint([request; 32]) }), ..small(number) }
}

/// The same job of another owner.
#[must_use]
pub fn owned_by(owner: &str, job: NewJob) -> NewJob {
    NewJob { owner: OwnerId::parse(owner).expect("a sample owner is one"), ..job }
}

/// A label.
#[must_use]
pub fn label(name: &str, value: &str) -> Label {
    Label::new(name, value).expect("a sample label is one")
}

/// A worker.
#[must_use]
pub fn worker(name: &str) -> WorkerId {
    WorkerId::from(name)
}

/// What an attempt leaves behind that found this many words and shows `top` of them: its detail and its attachment have
/// eight bytes for each.
#[must_use]
pub fn output(words: usize, top: usize) -> Output {
    let listed = |from: usize, until: usize| -> Bytes {
        (from..until).flat_map(|n| format!("wort{n:04}").into_bytes()).collect::<Vec<_>>().into()
    };
    let remaining = Attachment { name: ATTACHMENT, bytes: listed(top.min(words), words) };
    Output {
        source: None,
        summary: format!("{{\"words\":{words},\"title\":\"A \\\"title\\\"\"}}").into(),
        detail: listed(0, top.min(words)),
        attachments: if remaining.bytes.is_empty() { Vec::new() } else { vec![remaining] },
    }
}

/// The outcome of such an attempt.
#[must_use]
pub fn success(words: usize, top: usize) -> AttemptOutcome {
    AttemptOutcome::Succeeded(Box::new(output(words, top)))
}

/// A temporary failure.
#[must_use]
pub fn failure() -> Failure {
    let retry_after = Some(Duration::from_secs(3));
    Failure { retry_after, ..Failure::new(MAY_PASS, "it said 503; it may be back soon") }
}

/// A body of `pieces` pieces of `bytes` bytes each, different everywhere.
#[must_use]
pub fn body(pieces: usize, bytes: usize) -> (ByteStream, Vec<u8>) {
    let whole: Vec<u8> =
        (0..pieces * bytes).map(|n| (n as u32).wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    let shared = Bytes::from(whole.clone());
    let parts = (0..pieces).map(move |n| Ok(shared.slice(n * bytes..(n + 1) * bytes)));
    (Box::pin(stream::iter(parts.collect::<Vec<_>>())), whole)
}

/// An id that no sample has.
#[must_use]
pub fn stranger() -> JobId {
    JobId::new(Uuid::from_u128(0x0190_d5f4_7b1e_7c3a_9f00_0000_0000_0001))
}
