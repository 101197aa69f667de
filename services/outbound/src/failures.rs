//! The words of every failure: what was wrong with the address and what to do.
//!
//! Addresses are named without their query, which may carry secrets. Decides nothing.

use tally_jobs::address::PublicUrl;
use tally_jobs::failure::{Failure, FailureKind};

use crate::connect::ConnectError;

/// The longest reason of a far side that is repeated; certificates can name hundreds of hosts.
const LONGEST_REASON: usize = 200;

/// The one text for every denial. `asked` is the address as the client gave it, not the one that was found.
pub(crate) fn denied(asked: &PublicUrl) -> Failure {
    Failure::new(
        FailureKind::TargetNotAllowed,
        format!(
            "{} may not be fetched: only public addresses on web ports are, also after redirects; to fetch from a \
             network of your own, its operator starts Tally with --fetch-allow and the range of that network",
            asked.without_query()
        ),
    )
}

/// No connection. `here` is the address of this hop.
pub(crate) fn no_connection(asked: &PublicUrl, here: &PublicUrl, error: &ConnectError) -> Failure {
    let at = here.without_query();
    let unreachable = |detail| Failure::new(FailureKind::Unreachable, detail);
    match error {
        ConnectError::Denied(_) => denied(asked),
        ConnectError::Unresolved => {
            unreachable(format!("the host name of {at} does not resolve; check its spelling"))
        }
        ConnectError::Refused => unreachable(format!(
            "{at} takes no connection; check that the server runs and can be reached from here"
        )),
        ConnectError::Slow => too_slow(here, "it did not open a connection in time"),
        ConnectError::Tls(reason) => unreachable(format!(
            "no secure connection to {at} ({}); check its certificate and that it speaks TLS",
            shortened(reason)
        )),
    }
}

/// The connection opened, but nothing that can be used came over it.
pub(crate) fn no_answer(here: &PublicUrl) -> Failure {
    Failure::new(
        FailureKind::Unreachable,
        format!("{} closed the connection without an answer; try again later", here.without_query()),
    )
}

/// What came back is not HTTP.
pub(crate) fn not_http(here: &PublicUrl) -> Failure {
    Failure::new(
        FailureKind::SourceRefused,
        format!("{} does not answer in HTTP; check the scheme and port", here.without_query()),
    )
}

/// The headers are larger than our bound.
pub(crate) fn headers_too_large(here: &PublicUrl) -> Failure {
    Failure::new(
        FailureKind::TooLarge,
        format!(
            "{} answers with more than 64 KiB or 100 lines of headers, which is not read",
            here.without_query()
        ),
    )
}

/// Some step took too long; `what` says which.
pub(crate) fn too_slow(here: &PublicUrl, what: &str) -> Failure {
    Failure::new(
        FailureKind::FetchTimeout,
        format!(
            "{} is too slow: {what}; try again later, or submit the document itself",
            here.without_query()
        ),
    )
}

/// A redirect that is not followed, and why.
pub(crate) fn redirect(here: &PublicUrl, why: &str) -> Failure {
    Failure::new(
        FailureKind::TooManyRedirects,
        format!("{} redirects, and {why}; submit the final address", here.without_query()),
    )
}

/// A status without a document.
pub(crate) fn refused(here: &PublicUrl, status: u16, what: &str) -> Failure {
    Failure::new(FailureKind::SourceRefused, format!("{} answered {status}: {what}", here.without_query()))
}

/// A status that may pass.
pub(crate) fn unavailable(here: &PublicUrl, status: u16) -> Failure {
    Failure::new(
        FailureKind::SourceUnavailable,
        format!("{} answered {status}: it has no document just now; try again later", here.without_query()),
    )
}

/// More than a limit; `what` names the limit.
pub(crate) fn too_large(from: &str, what: &str) -> Failure {
    Failure::new(
        FailureKind::TooLarge,
        format!(
            "the document of {from} is too large: {what}; split it, or raise the limit where you run Tally"
        ),
    )
}

/// The body broke off or makes no sense.
pub(crate) fn broken(from: &str, why: &str) -> Failure {
    Failure::new(
        FailureKind::BrokenBody,
        format!("the document of {from} arrived broken ({}); try again later", shortened(why)),
    )
}

/// A content coding that is not undone.
pub(crate) fn foreign_coding(here: &PublicUrl, coding: &str) -> Failure {
    Failure::new(
        FailureKind::UnsupportedMediaType,
        format!(
            "{} answers with the content coding `{}`; one of gzip, br, zstd and deflate is read, once",
            here.without_query(),
            shortened(coding)
        ),
    )
}

fn shortened(reason: &str) -> String {
    reason.chars().filter(|c| !c.is_control()).take(LONGEST_REASON).collect()
}
