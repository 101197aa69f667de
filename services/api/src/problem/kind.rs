//! The closed list of problem types: stable path, status and title of each.
//!
//! The reasons for which a job fails are types too; `wordcount` has their names and titles.

use axum::http::StatusCode;
use tally_jobs::failure::FailureType;
use tally_wordcount::failure::types;

/// A type of problem. Its path under `/problems/` is stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProblemKind {
    /// The request breaks the rules of HTTP.
    BadRequest,
    /// The body is not JSON.
    InvalidJson,
    /// A form, a multipart body or a content coding is broken, or text in it is not UTF-8.
    InvalidBody,
    /// The query string is not UTF-8.
    InvalidQuery,
    /// A page of another site sent it.
    CrossSiteRequest,
    /// No route.
    NotFound,
    /// No such job.
    UnknownJob,
    /// The route does not take this method.
    MethodNotAllowed,
    /// No available form is acceptable.
    NotAcceptable,
    /// The request came too slowly.
    RequestTimeout,
    /// The job's state forbids it.
    WrongState,
    /// The job is no longer kept.
    ExpiredJob,
    /// The body is larger than the limit.
    BodyTooLarge,
    /// The address of the request is too long.
    UriTooLong,
    /// A content coding that is not decoded.
    UnsupportedContentCoding,
    /// A charset that this type of body may not have.
    UnsupportedCharset,
    /// The server does not answer to this host.
    HostNotAllowed,
    /// Understood, but wrong.
    InvalidInput,
    /// The idempotency key was used for another request.
    KeyReused,
    /// The caller asks too often.
    TooManyRequests,
    /// The head of the request is too large.
    HeadersTooLarge,
    /// Too much work at the moment.
    Overloaded,
    /// A dependency does not answer.
    Unavailable,
    /// It may or may not have been carried out.
    OutcomeUnknown,
    /// A defect in Tally.
    Internal,
}

impl ProblemKind {
    /// All of them, by status.
    pub const ALL: &'static [Self] = &[
        Self::BadRequest,
        Self::InvalidJson,
        Self::InvalidBody,
        Self::InvalidQuery,
        Self::CrossSiteRequest,
        Self::NotFound,
        Self::UnknownJob,
        Self::MethodNotAllowed,
        Self::NotAcceptable,
        Self::RequestTimeout,
        Self::WrongState,
        Self::ExpiredJob,
        Self::BodyTooLarge,
        Self::UriTooLong,
        Self::UnsupportedContentCoding,
        Self::UnsupportedCharset,
        Self::HostNotAllowed,
        Self::InvalidInput,
        Self::KeyReused,
        Self::TooManyRequests,
        Self::HeadersTooLarge,
        Self::Internal,
        Self::Overloaded,
        Self::Unavailable,
        Self::OutcomeUnknown,
    ];

    const fn row(self) -> (&'static str, StatusCode, &'static str) {
        match self {
            Self::BadRequest => {
                ("/problems/bad-request", StatusCode::BAD_REQUEST, "The request is malformed")
            }
            Self::InvalidJson => ("/problems/invalid-json", StatusCode::BAD_REQUEST, "The body is not JSON"),
            Self::InvalidBody => ("/problems/invalid-body", StatusCode::BAD_REQUEST, "The body is broken"),
            Self::InvalidQuery => {
                ("/problems/invalid-query", StatusCode::BAD_REQUEST, "The query string is broken")
            }
            Self::CrossSiteRequest => {
                let title = "Another site may not change anything here";
                ("/problems/cross-site-request", StatusCode::FORBIDDEN, title)
            }
            Self::NotFound => ("/problems/not-found", StatusCode::NOT_FOUND, "There is nothing at this path"),
            Self::UnknownJob => ("/problems/unknown-job", StatusCode::NOT_FOUND, "There is no such job"),
            Self::MethodNotAllowed => {
                let title = "This path does not take this method";
                ("/problems/method-not-allowed", StatusCode::METHOD_NOT_ALLOWED, title)
            }
            Self::NotAcceptable => {
                ("/problems/not-acceptable", StatusCode::NOT_ACCEPTABLE, "There is no such form of this")
            }
            Self::RequestTimeout => {
                ("/problems/request-timeout", StatusCode::REQUEST_TIMEOUT, "The request came too slowly")
            }
            Self::WrongState => {
                ("/problems/wrong-state", StatusCode::CONFLICT, "The job's state does not allow this")
            }
            Self::ExpiredJob => ("/problems/expired-job", StatusCode::GONE, "The job is kept no longer"),
            Self::BodyTooLarge => {
                ("/problems/body-too-large", StatusCode::PAYLOAD_TOO_LARGE, "The body is too large")
            }
            Self::UriTooLong => ("/problems/uri-too-long", StatusCode::URI_TOO_LONG, "The path is too long"),
            Self::UnsupportedContentCoding => {
                let title = "This content coding is not supported";
                ("/problems/unsupported-content-coding", StatusCode::UNSUPPORTED_MEDIA_TYPE, title)
            }
            Self::UnsupportedCharset => {
                let title = "This body must be UTF-8";
                ("/problems/unsupported-charset", StatusCode::UNSUPPORTED_MEDIA_TYPE, title)
            }
            Self::HostNotAllowed => {
                let title = "This server does not answer to this host";
                ("/problems/host-not-allowed", StatusCode::MISDIRECTED_REQUEST, title)
            }
            Self::InvalidInput => {
                ("/problems/invalid-input", StatusCode::UNPROCESSABLE_ENTITY, "The request is not valid")
            }
            Self::KeyReused => {
                let title = "The idempotency key was used for another request";
                ("/problems/key-reused", StatusCode::UNPROCESSABLE_ENTITY, title)
            }
            Self::TooManyRequests => {
                ("/problems/too-many-requests", StatusCode::TOO_MANY_REQUESTS, "Too many requests")
            }
            Self::HeadersTooLarge => {
                let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
                ("/problems/headers-too-large", status, "The headers are too large")
            }
            Self::Internal => ("/problems/internal", StatusCode::INTERNAL_SERVER_ERROR, "A defect in Tally"),
            Self::Overloaded => {
                ("/problems/overloaded", StatusCode::SERVICE_UNAVAILABLE, "Too much work just now")
            }
            Self::Unavailable => {
                ("/problems/unavailable", StatusCode::SERVICE_UNAVAILABLE, "Tally cannot do this just now")
            }
            Self::OutcomeUnknown => {
                ("/problems/outcome-unknown", StatusCode::SERVICE_UNAVAILABLE, "The outcome is unknown")
            }
        }
    }

    /// Its stable path: `/problems/unknown-job`.
    #[must_use]
    pub const fn type_path(self) -> &'static str {
        self.row().0
    }

    /// The status that it is answered with.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        self.row().1
    }

    /// Its title for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        self.row().2
    }

    /// The last part of its path.
    #[must_use]
    pub fn slug(self) -> &'static str {
        slug(self.type_path())
    }
}

fn slug(path: &'static str) -> &'static str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Every problem type: its name and its title, those of answers first, then those of failed jobs.
pub fn problem_types() -> impl Iterator<Item = (&'static str, &'static str)> {
    let answers = ProblemKind::ALL.iter().map(|kind| (kind.slug(), kind.title()));
    let failures = types().filter(|of| *of != FailureType::INTERNAL);
    answers.chain(failures.map(|of| (of.name, of.title)))
}
