//! What an answer's status and headers mean: a document, a redirect, or a failure.
//!
//! Decides on the head alone and reads no body.

use http::HeaderMap;
use http::StatusCode;
use http::header::LOCATION;
use tally_jobs::address::PublicUrl;
use tally_jobs::failure::Failure;

use crate::{failures, retry_after};

/// What to do with an answer.
pub(crate) enum Answer {
    /// Read its body.
    Document,
    /// Ask there, if the limit allows one more.
    Redirect(PublicUrl),
    /// Give up.
    Failed(Failure),
}

/// Reads the head of the answer of `here`.
pub(crate) fn read(here: &PublicUrl, status: StatusCode, headers: &HeaderMap) -> Answer {
    let code = status.as_u16();
    match code {
        // Nobody asked for a part, and a part must not be counted as the whole.
        206 => Answer::Failed(failures::refused(
            here,
            code,
            "a part of the document where all of it was asked for",
        )),
        200..=299 => Answer::Document,
        301 | 302 | 303 | 307 | 308 => redirect(here, code, headers),
        408 | 425 | 429 | 500.. => {
            let mut failure = failures::unavailable(here, code);
            failure.retry_after = retry_after::wish(headers);
            Answer::Failed(failure)
        }
        401 | 403 | 407 => {
            let what = "it does not show the document to us; give an address that needs no login, or submit the document itself";
            Answer::Failed(failures::refused(here, code, what))
        }
        404 | 410 => Answer::Failed(failures::refused(here, code, "there is no document; check the address")),
        _ => Answer::Failed(failures::refused(here, code, "that is no document; check the address")),
    }
}

fn redirect(here: &PublicUrl, code: u16, headers: &HeaderMap) -> Answer {
    let Some(location) = headers.get(LOCATION) else {
        return Answer::Failed(failures::refused(here, code, "a redirect that names no target"));
    };
    // Some servers send raw UTF-8 here; the address parser encodes it.
    let Ok(location) = std::str::from_utf8(location.as_bytes()) else {
        return Answer::Failed(failures::redirect(here, "its target is not UTF-8"));
    };
    match here.join(location.trim()) {
        Err(error) => Answer::Failed(failures::redirect(here, &format!("its target is refused: {error}"))),
        Ok(next) if here.url().scheme() == "https" && next.url().scheme() != "https" => {
            Answer::Failed(failures::redirect(here, "its target gives up https"))
        }
        Ok(next) => Answer::Redirect(next),
    }
}
