//! Answers to requests that never reached a route: broken heads, heads that are too large or too slow.
//!
//! The HTTP library answers such a request with a bare status; a client deserves a problem here too.

use crate::problem::{Problem, ProblemKind};

/// Stands for the id of a request that could not be read.
const NO_ID: &str = "unread";

/// The problem that takes the place of the library's bare answer. `None` when these bytes are no such answer: every
/// answer of a route carries a request id, and no body of ours is a whole bare head.
pub(super) fn instead_of(written: &[u8]) -> Option<Vec<u8>> {
    let text = str::from_utf8(written.strip_prefix(b"HTTP/1.1 4")?).ok()?;
    let is_bare = text.ends_with("\r\n\r\n")
        && text.contains("content-length: 0\r\n")
        && !text.contains("x-request-id");
    if !is_bare {
        return None;
    }
    Some(match text.get(..2)? {
        "14" => answer(
            ProblemKind::UriTooLong,
            "the path is too long; send options in the body instead of the query",
        ),
        "31" => answer(
            ProblemKind::HeadersTooLarge,
            "the head of a request has at most 100 headers and 64 KiB; send fewer or shorter ones",
        ),
        _ => answer(
            ProblemKind::BadRequest,
            "this is not a request by the rules of HTTP/1.1; use an HTTP library",
        ),
    })
}

/// The answer to a head that came too slowly.
pub(super) fn too_slow() -> Vec<u8> {
    answer(ProblemKind::RequestTimeout, "the head of the request came too slowly; send it at once")
}

fn answer(kind: ProblemKind, detail: &'static str) -> Vec<u8> {
    let body = Problem::new(kind, detail).to_json(NO_ID);
    let status = kind.status();
    let mut answer = format!(
        "HTTP/1.1 {} {}\r\ncontent-type: application/problem+json\r\ncontent-length: {}\r\nx-request-id: {NO_ID}\r\n\
         cache-control: no-store\r\nx-content-type-options: nosniff\r\nconnection: close\r\n\r\n",
        status.as_u16(),
        status.canonical_reason().unwrap_or_default(),
        body.len()
    )
    .into_bytes();
    answer.extend_from_slice(&body);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bare_answers_are_replaced() {
        let bare =
            b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
        let problem = String::from_utf8(instead_of(bare).unwrap()).unwrap();
        assert!(problem.starts_with("HTTP/1.1 431 ") && problem.contains("/problems/headers-too-large"));
        let ours: [&[u8]; 3] = [
            b"HTTP/1.1 404 Not Found\r\nx-request-id: 1\r\ncontent-length: 0\r\n\r\n",
            b"HTTP/1.1 400 Bad Request",
            b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
        ];
        for one in ours {
            assert_eq!(instead_of(one), None);
        }
    }
}
