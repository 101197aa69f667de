//! The texts of all failures: what was wrong and what the client can do.
//!
//! Addresses are shown without their query, which may contain secrets.

use tally_jobs::failure::Failure;
use tally_kernel::PublicUrl;
use tally_wordcount::CountFailure;

use crate::connector::DialError;

/// The maximum length of a quoted reason, in characters: a certificate can name hundreds of hosts.
const MAX_REASON: usize = 200;

/// The only text for denials. `asked` is the address that the client gave, not the target of a redirect.
pub(crate) fn denied(asked: &PublicUrl) -> Failure {
    CountFailure::TargetNotAllowed.because(format!(
            "{} may not be fetched: only public addresses on web ports are, also after redirects; to fetch from a \
             network of your own, its operator starts Tally with --fetch-allow and the range of that network",
            asked.without_query()
        ),
    )
}

/// No connection. `url` is the address of the current hop.
pub(crate) fn no_connection(asked: &PublicUrl, url: &PublicUrl, error: &DialError) -> Failure {
    let at = url.without_query();
    let unreachable = |detail| CountFailure::Unreachable.because(detail);
    match error {
        DialError::Denied(_) => denied(asked),
        DialError::Unresolved => {
            unreachable(format!("the host name of {at} does not resolve; check its spelling"))
        }
        DialError::Refused => unreachable(format!(
            "{at} takes no connection; check that the server runs and can be reached from url"
        )),
        DialError::Slow => too_slow(url, "it did not open a connection in time"),
        DialError::Tls(reason) => unreachable(format!(
            "no secure connection to {at} ({}); check its certificate and that it speaks TLS",
            shortened(reason)
        )),
    }
}

/// The connection opened, but no response arrived.
pub(crate) fn no_answer(url: &PublicUrl) -> Failure {
    CountFailure::Unreachable
        .because(format!("{} closed the connection without an answer; try again later", url.without_query()))
}

/// The response is not HTTP.
pub(crate) fn not_http(url: &PublicUrl) -> Failure {
    CountFailure::SourceRefused
        .because(format!("{} does not answer in HTTP; check the scheme and port", url.without_query()))
}

/// The headers exceed the limit.
pub(crate) fn headers_too_large(url: &PublicUrl) -> Failure {
    CountFailure::TooLarge.because(format!(
        "{} answers with more than 64 KiB or 100 lines of headers, which is not read",
        url.without_query()
    ))
}

/// A step exceeded its time limit; `what` says which.
pub(crate) fn too_slow(url: &PublicUrl, what: &str) -> Failure {
    CountFailure::FetchTimeout.because(format!(
        "{} is too slow: {what}; try again later, or submit the document itself",
        url.without_query()
    ))
}

/// A redirect that is not followed; `why` says the reason.
pub(crate) fn redirect(url: &PublicUrl, why: &str) -> Failure {
    CountFailure::TooManyRedirects
        .because(format!("{} redirects, and {why}; submit the final address", url.without_query()))
}

/// A status without a document.
pub(crate) fn refused(url: &PublicUrl, status: u16, what: &str) -> Failure {
    CountFailure::SourceRefused.because(format!("{} answered {status}: {what}", url.without_query()))
}

/// A temporary error status.
pub(crate) fn unavailable(url: &PublicUrl, status: u16) -> Failure {
    CountFailure::SourceUnavailable.because(format!(
        "{} answered {status}: it has no document just now; try again later",
        url.without_query()
    ))
}

/// The document exceeds a limit; `what` names the limit.
pub(crate) fn too_large(from: &str, what: &str) -> Failure {
    CountFailure::TooLarge.because(format!(
        "the document of {from} is too large: {what}; split it, or raise the limit where you run Tally"
    ))
}

/// The body ended early or is invalid.
pub(crate) fn broken(from: &str, why: &str) -> Failure {
    CountFailure::BrokenBody
        .because(format!("the document of {from} arrived broken ({}); try again later", shortened(why)))
}

/// A content coding that is not supported.
pub(crate) fn foreign_coding(url: &PublicUrl, coding: &str) -> Failure {
    CountFailure::UnsupportedMediaType.because(format!(
        "{} answers with the content coding `{}`; one of gzip, br, zstd and deflate is read, once",
        url.without_query(),
        shortened(coding)
    ))
}

fn shortened(reason: &str) -> String {
    reason.chars().filter(|c| !c.is_control()).take(MAX_REASON).collect()
}
