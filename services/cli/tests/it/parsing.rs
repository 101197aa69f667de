//! Documents that are read in a process of their own: by the same promises as in this one, and what becomes of those
//! that are made to hurt.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use tally_boot::SystemClock;
use tally_extract::{Declared, Region};
use tally_jobs::failure::{Failure, FailureType};
use tally_jobs::ports::StreamError;
use tally_wordcount::CountFailure;
use tally_wordcount::ports::{ParseRequest, Parser};
use tally_worker::{Sandbox, SandboxLimits};

use crate::program::{run_command, tally};

fn sandbox(limits: SandboxLimits) -> Arc<dyn Parser> {
    Arc::new(Sandbox::new(env!("CARGO_BIN_EXE_tally"), Arc::new(SystemClock), limits))
}

#[tokio::test(flavor = "multi_thread")]
async fn parser() {
    tally_contract::parser(|| sandbox(SandboxLimits::default())).await;
}

/// How reading a document fails.
async fn failure(parser: Arc<dyn Parser>, name: &str, document: Vec<u8>) -> Failure {
    let declared = Declared { content_type: None, name: Some(name) };
    let about = ParseRequest { declared, document_bytes: 100_000_000 };
    let mut sink = |_: Region, _: &str| {};
    let body = Box::pin(stream::iter([Ok(Bytes::from(document))]));
    match parser.parse(&about, body, &mut sink).await {
        Err(StreamError::Failed(failure)) => failure,
        other => panic!("should have failed: {other:?}"),
    }
}

/// A PDF whose only page is drawn by forms, each of which draws the next one so many times.
fn bush(forms: usize, times: usize) -> Vec<u8> {
    page("", "/X Do", forms, times)
}

/// The same with another page, packed or not, which may draw the first form as `/X`.
fn page(packing: &str, content: &str, forms: usize, times: usize) -> Vec<u8> {
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Count 1 /Kids [3 0 R] >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /Contents 5 0 R /MediaBox [0 0 9 9] /Resources << /Font << /F 4 0 R >> /XObject \
         << /X 6 0 R >> >> >>"
            .to_owned(),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
        format!("<< {packing} /Length {} >>\nstream\n{content}\nendstream", content.len()),
    ];
    for form in 0..forms {
        let content = if form + 1 == forms {
            "BT /F 9 Tf (a few words) Tj ET".to_owned()
        } else {
            "/X Do ".repeat(times)
        };
        objects.push(format!(
            "<< /Type /XObject /Subtype /Form /Length {} /Resources << /Font << /F 4 0 R >> /XObject << /X {} 0 R >> \
             >> >>\nstream\n{content}\nendstream",
            content.len(),
            form + 7,
        ));
    }
    objects.push("null".to_owned());
    let mut file = b"%PDF-1.4\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (number, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.extend(format!("{} 0 obj\n{object}\nendobj\n", number + 1).bytes());
    }
    let start = file.len();
    let end = format!("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n", objects.len() + 1);
    file.extend(table.bytes().chain(end.bytes()));
    file
}

/// A PDF whose only page shows so many lines.
fn long(lines: usize) -> Vec<u8> {
    page("", &format!("BT /F 9 Tf {} ET", "0 20 Td (a few words) Tj ".repeat(lines)), 0, 0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_never_ends_is_stopped_by_its_processor_time() {
    let limits = SandboxLimits { cpu: Duration::from_secs(1), ..SandboxLimits::default() };
    let failure = failure(sandbox(limits), "a.pdf", long(2_500_000)).await;
    assert_eq!(CountFailure::of(&failure), Some(CountFailure::UnreadableDocument), "{}", failure.detail);
    assert!(failure.detail.contains("more than 1 s of processor time"), "{}", failure.detail);
}

#[tokio::test(flavor = "multi_thread")]
async fn or_by_the_clock() {
    let limits = SandboxLimits { wall: Duration::ZERO, ..SandboxLimits::default() };
    let failure = failure(sandbox(limits), "a.pdf", long(100_000)).await;
    assert_eq!(CountFailure::of(&failure), Some(CountFailure::UnreadableDocument));
    assert!(failure.detail.contains("takes more than 0 s"), "{}", failure.detail);
}

#[tokio::test(flavor = "multi_thread")]
async fn or_by_how_much_it_says() {
    let limits = SandboxLimits { text_bytes: 100_000, ..SandboxLimits::default() };
    let failure = failure(sandbox(limits), "a.pdf", long(20_000)).await;
    assert_eq!(CountFailure::of(&failure), Some(CountFailure::UnreadableDocument));
    assert!(failure.detail.contains("more than 100000 bytes of text"), "{}", failure.detail);
}

#[tokio::test(flavor = "multi_thread")]
async fn or_by_its_memory() {
    let limits = SandboxLimits { memory_bytes: 1 << 30, ..SandboxLimits::default() };
    // Packed once: each pair of bytes makes 128.
    let packing = "/Filter [/ASCIIHexDecode /RunLengthDecode]";
    let document = page(packing, &("8120".repeat(10_000_000) + "80>"), 0, 0);
    let failure = failure(sandbox(limits), "a.pdf", document).await;
    assert_eq!(CountFailure::of(&failure), Some(CountFailure::UnreadableDocument), "{}", failure.detail);
    assert!(failure.detail.contains("bytes of memory"), "{}", failure.detail);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_draws_or_unpacks_too_much_is_counted_with_a_warning() {
    // Packed six times: each unpacking makes 128 bytes of two, of which the next makes 128 of two. Behind them stand
    // the ends of all six.
    let packing = format!("/Filter [/ASCIIHexDecode {}]", "/RunLengthDecode ".repeat(6));
    let packed = page(&packing, "81818181 0806040200 808080808080>", 1, 1);
    for document in [bush(20, 100), packed] {
        let limits = SandboxLimits {
            cpu: Duration::from_secs(10),
            memory_bytes: 512 << 20,
            ..SandboxLimits::default()
        };
        let about = ParseRequest { declared: Declared::default(), document_bytes: 100_000 };
        let body = Box::pin(stream::iter([Ok(Bytes::from(document))]));
        let read = sandbox(limits).parse(&about, body, &mut |_: Region, _: &str| {}).await.unwrap();
        assert_eq!(read.warnings[0].code, "unread_part");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parser_that_dies_is_told_apart_from_one_that_was_stopped() {
    let dies: Arc<dyn Parser> =
        Arc::new(Sandbox::new("/bin/false", Arc::new(SystemClock), SandboxLimits::default()));
    let failure = failure(dies, "a.pdf", bush(1, 1)).await;
    assert!(failure.is(FailureType::CRASHED_WORKER));
    assert!(failure.detail.contains("exit status: 1"), "{}", failure.detail);
}

#[test]
fn the_argument_that_makes_a_parser_is_in_no_help() {
    let ran = run_command(tally().arg("--help"), b"").ended(0);
    assert!(!ran.stdout.contains("parse-document"), "{ran:?}");
    // Without a parent it reads nothing and says nothing.
    let ran = run_command(tally().arg("parse-document"), b"words").ended(1);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
}

#[test]
fn documents_are_counted_like_texts() {
    let folder = tempfile::TempDir::new().unwrap();
    let write = |name: &str, content: &[u8]| std::fs::write(folder.path().join(name), content).unwrap();
    write("a.pdf", &bush(1, 1));
    write("b.xlf", b"<xliff><source>two words</source><target>ein zwei drei</target></xliff>");
    write("c.srt", b"1\n00:00:01,000 --> 00:00:02,000\n<i>four</i> words of film\n");
    write("d.pdf", b"%PDF-1.4 and no more");
    let ran = run_command(
        tally().args(["count", "a.pdf", "b.xlf", "c.srt", "d.pdf", "-d", "wc"]).current_dir(folder.path()),
        b"",
    )
    .ended(1);
    let counts: Vec<&str> =
        ran.stdout.lines().skip(1).filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(counts, ["3", "2", "4", "9"], "{ran:?}");
    assert!(ran.stderr.contains("error: d.pdf: the PDF document is broken"), "{ran:?}");
    let other = run_command(
        tally().args(["count", "b.xlf", "--regions", "translation", "-o", "json"]).current_dir(folder.path()),
        b"",
    )
    .ended(0);
    assert_eq!(other.json()["files"][0]["result"]["words"], 3);
}
