//! Validators: a strong `ETag` of the bytes that are sent, and `If-None-Match` (RFC 9110, 8.8 and 13.1.2).
//!
//! A strong tag names bytes, so each content coding has its own: `"…"`, `"…-gzip"`.

use std::convert::Infallible;
use std::hash::BuildHasher;

use axum::body::Body;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use foldhash::quality::FixedState;
use futures_util::stream;

/// The tag of a body: two hashes under fixed seeds, the same in every process, so that a client may ask another process
/// next time. They need to withstand chance only: a client that forges a body of the same tag misleads itself.
pub(crate) fn tag(body: &[u8]) -> HeaderValue {
    let [first, second] = [0, 1].map(|seed| FixedState::with_seed(seed).hash_one(body));
    HeaderValue::from_str(&format!("\"{first:016x}{second:016x}\""))
        .expect("quotes and hex digits are visible ASCII")
}

/// The versions that a client has already.
pub(crate) struct IfNoneMatch(Vec<HeaderValue>);

impl IfNoneMatch {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        Self(headers.get_all(IF_NONE_MATCH).iter().cloned().collect())
    }

    /// The weak comparison of RFC 9110, 8.8.3.2.
    fn matches(&self, tag: &HeaderValue) -> bool {
        let tags = self.0.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
        tags.map(str::trim)
            .any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known).as_bytes() == tag)
    }
}

/// Completes the answer to a GET or HEAD: the tag of its content coding, and 304 if the client has it already.
pub(crate) fn answer(mut response: Response, known: &IfNoneMatch) -> Response {
    if response.status() != StatusCode::OK {
        return response;
    }
    let headers = response.headers();
    let Some(tag) = headers.get(ETAG) else { return response };
    let coding = headers.get(CONTENT_ENCODING).and_then(|coding| coding.to_str().ok());
    let tag = coding.map_or_else(|| tag.clone(), |coding| of_coding(tag, coding));
    let is_known = known.matches(&tag);
    response.headers_mut().insert(ETAG, tag);
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        // A body of unknown length: for an empty one axum writes `Content-Length: 0`, which is not that of the 200.
        *response.body_mut() = Body::from_stream(stream::empty::<Result<Bytes, Infallible>>());
        for name in [CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE] {
            response.headers_mut().remove(name);
        }
    }
    response
}

fn of_coding(tag: &HeaderValue, coding: &str) -> HeaderValue {
    let text = tag.to_str().unwrap_or_default().trim_end_matches('"');
    HeaderValue::from_str(&format!("{text}-{coding}\"")).unwrap_or_else(|_| tag.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(text: &str) -> IfNoneMatch {
        let mut headers = HeaderMap::new();
        headers.insert(IF_NONE_MATCH, HeaderValue::from_str(text).unwrap());
        IfNoneMatch::of(&headers)
    }

    #[test]
    fn compares_tags_weakly_and_names_their_coding() {
        let tag = tag(b"a job");
        let text = tag.to_str().unwrap();
        assert_eq!(text.len(), 34);
        assert!(known(text).matches(&tag));
        assert!(known(&format!("\"other\", W/{text}")).matches(&tag));
        assert_ne!(text[1..17], text[17..33], "two hashes, not one twice");
        assert!(known("*").matches(&tag));
        assert!(!known("\"other\"").matches(&tag));
        assert_eq!(of_coding(&tag, "br").to_str().unwrap(), format!("{}-br\"", &text[..33]));
    }
}
