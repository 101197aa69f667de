//! Which answers are compressed. tower-http chooses the coding (zstd, then br, then gzip, among equal weights), encodes,
//! and sets `Content-Encoding` and `Vary`.

use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, Response};
use http_body::Body;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::Predicate;

/// Bodies up to this many bytes do not gain enough.
const LARGEST_PLAIN: u64 = 1 << 10;
/// The level at which each coding costs about as much as writing the JSON.
const LEVEL: CompressionLevel = CompressionLevel::Precise(3);

pub(crate) fn compression() -> CompressionLayer<LongText> {
    CompressionLayer::new().quality(LEVEL).compress_when(LongText)
}

/// Compresses texts of more than [`LARGEST_PLAIN`] bytes or of unknown length, but no event streams: an encoder would
/// hold their events back.
#[derive(Clone, Copy)]
pub(crate) struct LongText;

impl Predicate for LongText {
    fn should_compress<B: Body>(&self, response: &Response<B>) -> bool {
        let headers = response.headers();
        // The header first: the answer to HEAD has the length of GET's body and no body.
        let declared = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        let bytes = declared.or_else(|| response.body().size_hint().exact());
        bytes.is_none_or(|bytes| bytes > LARGEST_PLAIN) && is_text(headers)
    }
}

fn is_text(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim();
    let text = essence.starts_with("text/") && essence != "text/event-stream";
    text || ["json", "javascript", "xml", "ndjson"].iter().any(|end| essence.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compresses(content_type: &str, declared: Option<u64>, body: axum::body::Body) -> bool {
        let mut response = Response::builder().header(CONTENT_TYPE, content_type);
        if let Some(bytes) = declared {
            response = response.header(CONTENT_LENGTH, bytes);
        }
        LongText.should_compress(&response.body(body).unwrap())
    }

    #[test]
    fn compresses_long_texts_and_leaves_event_streams_alone() {
        let (none, long) = (axum::body::Body::empty, || axum::body::Body::from(vec![b' '; 1_025]));
        let unknown = || {
            axum::body::Body::from_stream(futures_util::stream::pending::<std::io::Result<bytes::Bytes>>())
        };
        assert!(compresses("application/json", None, long()));
        assert!(compresses("application/problem+json", Some(1_025), none()));
        assert!(compresses("text/csv; charset=utf-8", None, unknown()));
        assert!(!compresses("application/json", Some(1_024), none()));
        assert!(!compresses("text/event-stream", None, unknown()));
        assert!(!compresses("text/event-stream; charset=utf-8", Some(1 << 20), none()));
        assert!(!compresses("image/png", None, long()));
    }
}
