//! Converts failed requests and problem responses to command errors.

use std::error::Error;

use reqwest::StatusCode;
use serde_json::Value;

use crate::command_error::CommandError;
use crate::exit::Exit;

/// The request did not reach the server, or the response is incomplete.
pub(super) fn unreachable(base: &str, error: &reqwest::Error) -> CommandError {
    let message = if error.is_connect() {
        format!("cannot reach the server at {base}: {}", root_cause(error))
    } else if error.is_timeout() {
        format!("the server at {base} does not answer")
    } else {
        format!("the connection to the server at {base} broke: {}", root_cause(error))
    };
    CommandError::new(Exit::Unavailable, message)
        .hint("start one with: tally serve; or name another with --server or TALLY_URL")
}

/// The innermost cause, such as `Connection refused`.
pub(super) fn root_cause(error: &dyn Error) -> String {
    let mut at = error;
    while let Some(source) = at.source() {
        at = source;
    }
    let text = at.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

/// The response is not from a Tally server.
pub(super) fn not_tally(base: &str) -> CommandError {
    CommandError::new(Exit::Unavailable, format!("what answers at {base} is not a tally server"))
        .hint("name the right one with --server or TALLY_URL")
}

/// The server responded with a problem (RFC 9457).
pub(super) fn from_response(base: &str, status: StatusCode, body: &[u8]) -> CommandError {
    let Ok(problem) = serde_json::from_slice::<Value>(body) else {
        let message = format!("the server at {base} answered {status}");
        return CommandError::new(exit(status), message);
    };
    let text = |name: &str| problem[name].as_str().map(str::to_owned);
    let title = text("title").unwrap_or_else(|| status.to_string());
    let message = match text("detail") {
        Some(detail) => format!("{}: {detail}", title.to_lowercase()),
        None => title,
    };
    let mut error = CommandError::new(exit(status), message);
    for part in problem["errors"].as_array().into_iter().flatten() {
        let (at, what) =
            (part["pointer"].as_str().unwrap_or_default(), part["detail"].as_str().unwrap_or_default());
        error = error.hint(format!("{at}: {what}").trim_start_matches(": ").to_owned());
    }
    match text("type").filter(|kind| kind.starts_with('/')) {
        Some(kind) => error.hint(format!("more about this: {base}{kind}")),
        None => error,
    }
}

fn exit(status: StatusCode) -> Exit {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Exit::Denied,
        StatusCode::NOT_FOUND | StatusCode::GONE => Exit::NotFound,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => Exit::Unavailable,
        StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT => Exit::Unavailable,
        _ => Exit::Error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn converts_a_problem_to_an_error_with_hints() {
        let body = br#"{"type":"/problems/invalid-input","title":"The request is not valid","status":422,
            "detail":"see errors","errors":[{"pointer":"?top","detail":"a whole number"}]}"#;
        let error = from_response("http://localhost", StatusCode::UNPROCESSABLE_ENTITY, body);
        assert_eq!(error.exit(), Exit::Error);
        assert_eq!(error.message(), "the request is not valid: see errors");
        assert_eq!(
            error.hints(),
            ["?top: a whole number", "more about this: http://localhost/problems/invalid-input"]
        );
    }

    #[test]
    fn maps_statuses_to_exit_statuses() {
        for (status, wanted) in [(404, 5), (410, 5), (401, 4), (503, 69), (429, 69), (409, 1), (500, 1)] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(exit(status) as i32, wanted, "{status}");
        }
        assert!(from_response("http://x", StatusCode::BAD_GATEWAY, b"<html>").message().contains("502"));
    }
}
