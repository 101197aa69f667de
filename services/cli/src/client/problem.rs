//! What a server's refusal means for the person at the command line.

use std::error::Error;

use reqwest::StatusCode;
use serde_json::Value;

use crate::exit::Exit;
use crate::trouble::Trouble;

/// The server could not be asked, or did not answer to its end.
pub(super) fn unreachable(base: &str, error: &reqwest::Error) -> Trouble {
    let said = if error.is_connect() {
        format!("cannot reach the server at {base}: {}", innermost(error))
    } else if error.is_timeout() {
        format!("the server at {base} does not answer")
    } else {
        format!("the connection to the server at {base} broke: {}", innermost(error))
    };
    Trouble::new(Exit::Unavailable, said)
        .hint("start one with: tally serve; or name another with --server or TALLY_URL")
}

/// What was wrong at the bottom of it: `Connection refused`.
pub(super) fn innermost(error: &dyn Error) -> String {
    let mut at = error;
    while let Some(source) = at.source() {
        at = source;
    }
    let text = at.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

/// Something answers there, but it is not a Tally server.
pub(super) fn foreign(base: &str) -> Trouble {
    Trouble::new(Exit::Unavailable, format!("what answers at {base} is not a tally server"))
        .hint("name the right one with --server or TALLY_URL")
}

/// The server answered with a problem (RFC 9457).
pub(super) fn refusal(base: &str, status: StatusCode, body: &[u8]) -> Trouble {
    let Ok(problem) = serde_json::from_slice::<Value>(body) else {
        let said = format!("the server at {base} answered {status}");
        return Trouble::new(exit(status), said);
    };
    let text = |name: &str| problem[name].as_str().map(str::to_owned);
    let title = text("title").unwrap_or_else(|| status.to_string());
    let said = match text("detail") {
        Some(detail) => format!("{}: {detail}", title.to_lowercase()),
        None => title,
    };
    let mut trouble = Trouble::new(exit(status), said);
    for error in problem["errors"].as_array().into_iter().flatten() {
        let (at, what) =
            (error["pointer"].as_str().unwrap_or_default(), error["detail"].as_str().unwrap_or_default());
        trouble = trouble.hint(format!("{at}: {what}").trim_start_matches(": ").to_owned());
    }
    match text("type").filter(|kind| kind.starts_with('/')) {
        Some(kind) => trouble.hint(format!("more about this: {base}{kind}")),
        None => trouble,
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
    fn a_problem_becomes_an_error_with_hints() {
        let body = br#"{"type":"/problems/invalid-input","title":"The request is not valid","status":422,
            "detail":"see errors","errors":[{"pointer":"?top","detail":"a whole number"}]}"#;
        let trouble = refusal("http://localhost", StatusCode::UNPROCESSABLE_ENTITY, body);
        assert_eq!(trouble.exit(), Exit::Error);
        assert_eq!(trouble.said(), "the request is not valid: see errors");
        assert_eq!(
            trouble.hints(),
            ["?top: a whole number", "more about this: http://localhost/problems/invalid-input"]
        );
    }

    #[test]
    fn statuses_lead_to_exits() {
        for (status, wanted) in [(404, 5), (410, 5), (401, 4), (503, 69), (429, 69), (409, 1), (500, 1)] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(exit(status) as i32, wanted, "{status}");
        }
        assert!(refusal("http://x", StatusCode::BAD_GATEWAY, b"<html>").said().contains("502"));
    }
}
