//! Why a page cannot be shown, as a page.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tally_jobs::ports::ListError;
use tally_kernel::{Fault, FaultKind};

use crate::problem_page::{ProblemView, problem_markup};
use crate::router::html;

/// Why a page cannot be shown.
#[derive(Debug)]
pub(crate) enum PageError {
    /// No page has this address.
    NoPage,
    /// No job has this id.
    UnknownJob,
    /// The job was deleted, or its retention is over.
    GoneJob,
    /// The cursor is not one of ours.
    BadCursor,
    /// The store could not answer.
    Fault(Fault),
}

impl From<Fault> for PageError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<ListError> for PageError {
    fn from(error: ListError) -> Self {
        match error {
            ListError::BadCursor => Self::BadCursor,
            ListError::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl PageError {
    const fn texts(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::NoPage => (
                StatusCode::NOT_FOUND,
                "There is no such page",
                "Check the address, or begin at one of the links above.",
            ),
            Self::UnknownJob => (
                StatusCode::NOT_FOUND,
                "There is no such job",
                "No job has this id. It may be of another server, or its last characters are missing.",
            ),
            Self::GoneJob => (
                StatusCode::GONE,
                "This job is gone",
                "It was deleted, or its retention is over. Submit it again if you need its numbers.",
            ),
            Self::BadCursor => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "This is not a page of the list",
                "The address holds a cursor that no list gave. Open the list again.",
            ),
            Self::Fault(fault) => match fault.kind {
                FaultKind::Corrupt => (
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "Stored data cannot be read",
                    "The log of the server has the cause.",
                ),
                _ => (
                    StatusCode::SERVICE_UNAVAILABLE,
                    "The store does not answer",
                    "Nothing was changed. Load this page again in a moment.",
                ),
            },
        }
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        if let Self::Fault(fault) = &self {
            let cause = std::error::Error::source(fault).map(ToString::to_string).unwrap_or_default();
            tracing::warn!(%fault, cause, "a page could not be shown");
        }
        let (status, title, detail) = self.texts();
        let view = ProblemView { status: status.as_u16(), title, detail, ..ProblemView::default() };
        html(status, &problem_markup(&view))
    }
}
