//! The contract of every parser.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, stream};
use tally_extract::{Declared, Region};
use tally_jobs::failure::Failure;
use tally_jobs::ports::{ByteStream, StreamError};
use tally_wordcount::CountFailure;
use tally_wordcount::ports::{ParseRequest, Parser};
use tally_wordcount::report::Document;

use crate::suite::{Check, run_all};

/// Runs every check, each on a parser that `make` makes.
pub async fn parser(make: impl Fn() -> Arc<dyn Parser>) {
    let checks: &[Check<Arc<dyn Parser>>] = &[
        Check::new("the_text_comes_region_by_region", |p| Box::pin(region_by_region(p))),
        Check::new("a_large_text_comes_whole", |p| Box::pin(large(p))),
        Check::new("reports_a_broken_document_with_its_reason", |p| Box::pin(broken(p))),
        Check::new("a_document_over_its_size_is_too_large", |p| Box::pin(too_large(p))),
        Check::new("reports_a_broken_stream_as_it_was", |p| Box::pin(breaks_off(p))),
        Check::new("a_cancelled_call_leaves_nothing_behind", |p| Box::pin(goes_away(p))),
    ];
    run_all(checks, || async { make() }).await;
}

const XLIFF: &str = "<xliff version='1.2'><file><body><trans-unit><source>the \u{e4}pple</source>\
    <target>der Apfel</target></trans-unit><trans-unit><source>&lost; is</source></trans-unit></body></file></xliff>";

fn about(document_bytes: u64) -> ParseRequest<'static> {
    let declared = Declared { content_type: Some("application/xliff+xml"), name: Some("book.xlf") };
    ParseRequest { declared, document_bytes }
}

fn body(document: &str) -> ByteStream {
    let pieces: Vec<_> =
        document.as_bytes().chunks(50_000).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    Box::pin(stream::iter(pieces))
}

async fn read(
    parser: &dyn Parser,
    document: &str,
    most: u64,
) -> Result<(Document, Vec<(Region, String)>), StreamError> {
    let mut texts: Vec<(Region, String)> = Vec::new();
    let mut sink = |region: Region, text: &str| match texts.iter_mut().find(|(known, _)| *known == region) {
        Some((_, known)) => known.push_str(text),
        None => texts.push((region, text.to_owned())),
    };
    let document = parser.parse(&about(most), body(document), &mut sink).await?;
    Ok((document, texts))
}

fn failure(told: Result<(Document, Vec<(Region, String)>), StreamError>) -> Failure {
    match told {
        Err(StreamError::Failed(failure)) => failure,
        other => panic!("should have failed: {other:?}"),
    }
}

async fn region_by_region(parser: Arc<Arc<dyn Parser>>) {
    let (document, texts) = read(&**parser, XLIFF, 10_000).await.unwrap();
    let expected =
        [(Region::Body, "the \u{e4}pple\n\nis".to_owned()), (Region::Translation, "der Apfel".to_owned())];
    assert_eq!(texts, expected);
    assert_eq!((document.media_type.as_str(), document.bytes), ("application/xliff+xml", XLIFF.len() as u64));
    assert_eq!((document.charset.as_str(), document.final_url, document.title), ("utf-8", None, None));
    let codes: Vec<_> = document.warnings.iter().map(|warning| warning.code.as_str()).collect();
    assert_eq!(codes, ["unresolved_entities"]);
}

async fn large(parser: Arc<Arc<dyn Parser>>) {
    let words = "w\u{f6}rds of a long source ".repeat(40_000);
    let document = format!("<xliff><source>{words}</source></xliff>");
    let (_, texts) = read(&**parser, &document, 10_000_000).await.unwrap();
    assert!(texts[0].1 == words.trim_end(), "{} bytes of {}", texts[0].1.len(), words.len());
}

async fn broken(parser: Arc<Arc<dyn Parser>>) {
    let failure = failure(read(&**parser, "<xliff><source>", 10_000).await);
    assert_eq!(CountFailure::of(&failure), Some(CountFailure::UnreadableDocument));
    assert!(failure.detail.contains("XLIFF") && failure.detail.contains("broken"), "{}", failure.detail);
}

async fn too_large(parser: Arc<Arc<dyn Parser>>) {
    let too_large = Some(CountFailure::TooLarge);
    assert_eq!(CountFailure::of(&failure(read(&**parser, XLIFF, 100).await)), too_large);
    // Many times what a pipe holds.
    let long = format!("<xliff>{}</xliff>", " ".repeat(1_000_000));
    assert_eq!(CountFailure::of(&failure(read(&**parser, &long, 100).await)), too_large);
}

async fn breaks_off(parser: Arc<Arc<dyn Parser>>) {
    let said = CountFailure::BrokenBody.because("it broke off; send it again");
    let pieces = [Ok(Bytes::from_static(b"<xliff>")), Err(StreamError::Failed(said.clone()))];
    let mut sink = |_: Region, _: &str| {};
    let told = parser.parse(&about(10_000), Box::pin(stream::iter(pieces)), &mut sink).await;
    assert!(matches!(told, Err(StreamError::Failed(ref told)) if *told == said), "{told:?}");
}

async fn goes_away(parser: Arc<Arc<dyn Parser>>) {
    let endless = stream::iter([Ok(Bytes::from_static(b"<xliff>"))]).chain(stream::pending());
    let mut sink = |_: Region, _: &str| {};
    let known = about(10_000);
    let mut parsing = parser.parse(&known, Box::pin(endless), &mut sink);
    assert!((&mut parsing).now_or_never().is_none());
    drop(parsing);
    read(&**parser, XLIFF, 10_000).await.unwrap();
}
