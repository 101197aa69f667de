//! What a response's status and headers mean: a document, a redirect, or a failure.

use http::HeaderMap;
use http::StatusCode;
use http::header::LOCATION;
use tally_jobs::failure::Failure;
use tally_kernel::PublicUrl;

use crate::{failures, retry_after};

/// What to do with a response.
pub(crate) enum ResponseAction {
    /// Read its body.
    Document,
    /// Request this address, if the limit allows another redirect.
    Redirect(PublicUrl),
    Failed(Failure),
}

impl ResponseAction {
    pub(crate) fn of(url: &PublicUrl, status: StatusCode, headers: &HeaderMap) -> Self {
        let code = status.as_u16();
        match code {
            // No part was requested, and a part must not be counted as the whole.
            206 => Self::Failed(failures::refused(
                url,
                code,
                "a part of the document where all of it was asked for",
            )),
            200..=299 => Self::Document,
            301 | 302 | 303 | 307 | 308 => redirect(url, code, headers),
            408 | 425 | 429 | 500.. => {
                let mut failure = failures::unavailable(url, code);
                failure.retry_after = retry_after::parse(headers);
                Self::Failed(failure)
            }
            401 | 403 | 407 => {
                let what = "it does not show the document to us; give an address that needs no login, or submit the document itself";
                Self::Failed(failures::refused(url, code, what))
            }
            404 | 410 => {
                Self::Failed(failures::refused(url, code, "there is no document; check the address"))
            }
            _ => Self::Failed(failures::refused(url, code, "that is no document; check the address")),
        }
    }
}

fn redirect(url: &PublicUrl, code: u16, headers: &HeaderMap) -> ResponseAction {
    let Some(location) = headers.get(LOCATION) else {
        return ResponseAction::Failed(failures::refused(url, code, "a redirect that names no target"));
    };
    // Some servers send raw UTF-8; the URL parser encodes it.
    let Ok(location) = std::str::from_utf8(location.as_bytes()) else {
        return ResponseAction::Failed(failures::redirect(url, "its target is not UTF-8"));
    };
    match url.join(location.trim()) {
        Err(error) => {
            ResponseAction::Failed(failures::redirect(url, &format!("its target is refused: {error}")))
        }
        Ok(next) if url.url().scheme() == "https" && next.url().scheme() != "https" => {
            ResponseAction::Failed(failures::redirect(url, "its target gives up https"))
        }
        Ok(next) => ResponseAction::Redirect(next),
    }
}
