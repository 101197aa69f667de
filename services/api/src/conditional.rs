//! Validators: a strong `ETag` of the bytes that are sent, and `If-None-Match` (RFC 9110, 8.8 and 13.1.2).
//!
//! A strong tag names bytes, so each content coding has its own: `"…"`, `"…-gzip"`.

use std::hash::BuildHasher;

use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use foldhash::quality::FixedState;

use crate::compress::{self, Offer};

/// The tag of a body: two hashes of it under fixed seeds, the same in every process, so that a client may ask another
/// one next time. Chance is all that they must withstand: who could forge a body of the same tag would mislead himself.
pub(crate) fn tag(body: &[u8]) -> HeaderValue {
    let [first, second] = [0, 1].map(|seed| FixedState::with_seed(seed).hash_one(body));
    HeaderValue::from_str(&format!("\"{first:016x}{second:016x}\""))
        .expect("quotes and hex digits are visible ASCII")
}

/// The versions that a client has already.
pub(crate) struct Known(Vec<HeaderValue>);

impl Known {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        Self(headers.get_all(IF_NONE_MATCH).iter().cloned().collect())
    }

    /// The weak comparison of RFC 9110, 8.8.3.2.
    fn has(&self, tag: &HeaderValue) -> bool {
        let tags = self.0.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
        tags.map(str::trim)
            .any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known).as_bytes() == tag)
    }
}

/// The answer to a GET or HEAD: its tag as its coding wants it, and 304 when the client has it already.
pub(crate) fn answer(mut response: Response, known: &Known, offer: Offer) -> Response {
    if response.status() != StatusCode::OK {
        return response;
    }
    let coding = compress::choose(&response, offer);
    let Some(tag) = response.headers().get(ETAG) else { return response };
    let tag = coding.map_or_else(|| tag.clone(), |coding| of_coding(tag, coding.as_str()));
    let is_known = known.has(&tag);
    response.headers_mut().insert(ETAG, tag);
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        // Of no known length: the framework would write `Content-Length: 0`, which is not that of the 200.
        *response.body_mut() = compress::without_length();
        response.headers_mut().remove(CONTENT_LENGTH);
        response.headers_mut().remove(CONTENT_TYPE);
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

    fn known(text: &str) -> Known {
        let mut headers = HeaderMap::new();
        headers.insert(IF_NONE_MATCH, HeaderValue::from_str(text).unwrap());
        Known::of(&headers)
    }

    #[test]
    fn tags_are_compared_as_the_standard_says() {
        let tag = tag(b"a job");
        let text = tag.to_str().unwrap();
        assert_eq!(text.len(), 34);
        assert!(known(text).has(&tag));
        assert!(known(&format!("\"other\", W/{text}")).has(&tag));
        assert_ne!(text[1..17], text[17..33], "two hashes, not one twice");
        assert!(known("*").has(&tag));
        assert!(!known("\"other\"").has(&tag));
        assert_eq!(of_coding(&tag, "br").to_str().unwrap(), format!("{}-br\"", &text[..33]));
    }
}
