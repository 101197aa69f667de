//! Puts the web pages behind the API: neither crate knows the other.

use std::sync::Arc;

use tally_api::{Pages, ShownProblem};
use tally_jobs::query::Query;
use tally_web::{PageDeps, ProblemView};

/// The pages over these jobs.
pub(super) fn pages(query: Query) -> Pages {
    Pages {
        router: tally_web::router(PageDeps { query }),
        problem: Arc::new(problem),
        policy: tally_web::POLICY,
    }
}

fn problem(problem: &ShownProblem<'_>) -> String {
    tally_web::problem_page(&ProblemView {
        status: problem.status.as_u16(),
        title: problem.title,
        detail: problem.detail,
        errors: problem.errors.clone(),
        type_path: Some(problem.type_path),
        request_id: Some(problem.request_id),
    })
}
