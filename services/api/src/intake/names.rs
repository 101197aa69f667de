//! Names and types of documents, as clients give them.

use axum::http::HeaderMap;
use axum::http::header::CONTENT_DISPOSITION;
use tally_kernel::disposition_file_name;

/// The longest media type that is kept.
const LONGEST_TYPE: usize = 127;

/// The type that a client declared; `None` when it is no plausible one.
pub(super) fn media_type(given: &str) -> Option<String> {
    let plausible =
        given.len() <= LONGEST_TYPE && given.contains('/') && !given.chars().any(char::is_control);
    plausible.then(|| given.to_owned())
}

/// The name in the `Content-Disposition` of a body.
pub(super) fn disposition_name(headers: &HeaderMap) -> Option<String> {
    disposition_file_name(headers.get(CONTENT_DISPOSITION)?.as_bytes())
}
