//! The page of a problem: what was wrong and what to do.

use maud::{Markup, html};

use crate::layout::{PageHead, page};

/// A problem to show.
#[derive(Clone, Debug, Default)]
pub struct ProblemView<'a> {
    /// The status of the answer.
    pub status: u16,
    /// The title of its type.
    pub title: &'a str,
    /// What was wrong this time, and what to do.
    pub detail: &'a str,
    /// Each wrong part of a form, as name and detail.
    pub errors: Vec<(&'a str, &'a str)>,
    /// The path that explains its type.
    pub type_path: Option<&'a str>,
    /// The id under which the log has the cause.
    pub request_id: Option<&'a str>,
}

/// The page of a problem, as HTML.
#[must_use]
pub fn problem_page(problem: &ProblemView<'_>) -> String {
    problem_markup(problem).into_string()
}

pub(crate) fn problem_markup(problem: &ProblemView<'_>) -> Markup {
    let head = PageHead { title: problem.title, ..PageHead::default() };
    let is_form = !problem.errors.is_empty();
    page(
        &head,
        &html! {
            section.narrow.problem {
                p.eyebrow { "Error " (problem.status) }
                h1 { (problem.title) }
                @if is_form {
                    ul.plain { @for (part, detail) in &problem.errors {
                        li { @if !part.is_empty() { code { (part.trim_start_matches(['/', '?'])) } " " } (detail) }
                    } }
                } @else {
                    p.lead { (problem.detail) }
                }
                p.actions {
                    a.button href="/" { "Count something" }
                    a.button.quiet href="/ui/jobs" { "All jobs" }
                    @if let Some(path) = problem.type_path { a.button.quiet href=(path) { "What this means" } }
                }
                @if let Some(id) = problem.request_id { p.fine { "Request " code { (id) } } }
            }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_texts_are_text() {
        let hostile = "<script>alert(1)</script>\"'&";
        let view = ProblemView {
            status: 422,
            title: hostile,
            errors: vec![(hostile, hostile)],
            ..ProblemView::default()
        };
        let html = problem_page(&view);
        assert!(!html.contains("<script>alert"), "{html}");
        assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    }
}
